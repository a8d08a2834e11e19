"""What the worker asks of the plugin: parcels, questions, answers, jobs; and what hangs on it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from fetlock.domain.plugins.switching import hangs_on
from fetlock.jobs.models import JobState
from fetlock.outbox.models import AskRow, OutboxState
from tests.dummy_plugin.counting import broken, context_of, names
from tests.dummy_plugin.models import Member
from tests.dummy_plugin.naming import NAME
from tests.hook_contracts.club_service import ClubService
from tests.hook_contracts.hosting import SECRET, Host


def asks(host: Host) -> list[AskRow]:
    with host.runtime.database.reading() as session:
        return list(session.scalars(select(AskRow).order_by(AskRow.id)))


@pytest.mark.req("PL-7", "PL-8")
def test_deliver_hands_each_unit_over_once_under_its_key(host: Host, club: ClubService) -> None:
    host.join("57A")
    host.close(host.add("FOOD").invoice.id)
    [parcel] = host.outbox()
    club.closed = True
    host.work_off()
    assert host.outbox()[0].state == OutboxState.FAILED
    assert host.outbox()[0].problem == "The club is closed just now."
    club.closed = False
    host.work_off(later=timedelta(minutes=1))
    [row] = host.outbox()
    assert (row.state, row.reference) == (OutboxState.SENT, f"R{len(club.asked)}")
    sent = [asked for asked in club.asked if asked.path == "/entitlement"]
    assert {asked.headers["idempotency-key"] for asked in sent} == {str(parcel.key)}
    assert (sent[-1].body["patient"], sent[-1].body["quantity"]) == ("57A", "1")
    assert context_of("deliver").attempt == len(sent)


@pytest.mark.req("PL-5", "PL-8")
def test_deliver_failing_counts_as_an_unclear_end(host: Host) -> None:
    host.join("57A")
    host.close(host.add("FOOD").invoice.id)
    broken.add("deliver")
    host.work_off()
    [row] = host.outbox()
    assert row.state == OutboxState.FAILED, "tried again, since the receiver takes keys"
    assert "incident" in row.problem
    assert "Biscuit" not in row.problem


@pytest.mark.req("PL-7", "UI-3")
def test_answer_ask_runs_in_the_worker_with_the_settings(host: Host, club: ClubService) -> None:
    host.join("57A")
    [asked] = club.asked
    assert asked.headers["authorization"] == f"Bearer {SECRET}"
    host.join("58A")
    found, unknown = asks(host)
    assert (found.ok, found.message) == (True, "The club answered.")
    assert (unknown.ok, unknown.message) == (False, "The club does not know this patient.")


@pytest.mark.req("PL-7", "CP-6")
def test_answer_ask_tries_typed_settings_while_the_plugin_is_set_up(
    off_host: Host, club: ClubService
) -> None:
    off_host.switch("setup")
    typed = {"address": club.address, "api_secret": "typed and not saved", "discount": "5"}
    started = off_host.staff().post("/s/north/administration/plugins/dummy/settings/test", data=typed)
    assert started.status_code in (200, 303)
    assert club.asked == []
    off_host.work_off()
    [asked] = club.asked
    assert (asked.path, asked.headers["authorization"]) == ("/account", "Bearer typed and not saved")
    [row] = asks(off_host)
    assert (row.ok, row.sealed) == (True, None)


@pytest.mark.req("PL-5")
def test_answer_ask_failing_is_told_with_its_incident(host: Host) -> None:
    broken.add("answer_ask")
    host.join("57A")
    [row] = asks(host)
    assert row.ok is False
    assert "incident" in row.message


@pytest.mark.req("PL-7", "CP-53")
def test_apply_ask_keeps_the_answer_in_a_transaction_of_its_own(host: Host) -> None:
    host.join("57A")
    with host.runtime.database.reading() as session:
        assert session.get_one(Member, host.clinic.patient_id).number == "M-57A"
    host.join("58A")
    assert "apply_ask" not in names(), "there is nothing to keep of a refusal"


@pytest.mark.req("PL-5")
def test_apply_ask_failing_undoes_its_own_part_and_says_so(host: Host) -> None:
    broken.add("apply_ask")
    host.join("57A")
    [row] = asks(host)
    assert (row.state, row.ok) == ("answered", False)
    assert "could not be stored" in row.message
    with host.runtime.database.reading() as session:
        assert session.scalars(select(Member)).all() == []


@pytest.mark.req("PL-7", "PL-9")
def test_run_job_runs_on_its_schedule_and_may_ask(host: Host, club: ClubService) -> None:
    host.join("57A")
    host.work_off(later=timedelta(hours=5))
    assert "run_job" not in names()
    host.work_off(later=timedelta(hours=7))
    run = context_of("run_job")
    assert (run.job, run.work.site.slug, run.settings.discount) == ("recheck", "north", 5)
    assert club.paths() == ["GET /members/57A"] * 2


@pytest.mark.req("PL-5", "PL-9")
def test_run_job_failing_is_said_in_the_schedule(host: Host) -> None:
    broken.add("run_job")
    host.work_off(later=timedelta(hours=7))
    with host.runtime.database.reading() as session:
        [state] = session.scalars(select(JobState))
    assert state.last_problem.startswith("Failed (incident ")


@pytest.mark.req("PL-7", "PL-2")
def test_open_work_is_said_before_the_plugin_is_switched_off(host: Host, club: ClubService) -> None:
    club.owes_fee = True
    host.join("57A")
    words = "1 members owe the club their fee."
    assert words in host.page("administration/plugins/dummy/switch/off")
    assert words in host.switch("off")
    asked = names().count("open_work")
    assert host.run(lambda work: hangs_on(work, NAME)) == []
    assert names().count("open_work") == asked, "a plugin that is off is not asked"
    host.switch("on")
    broken.add("open_work")
    assert host.switch("off") == [], "it can be switched off all the same"
