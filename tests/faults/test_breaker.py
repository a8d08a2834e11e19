"""PL-5: a hook that keeps failing at a site is left alone for a while, and everybody can see that."""

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from fetlock import Blocked, Conflict, Invalid, Work, clock
from fetlock.domain.audit.models import AuditEntry
from fetlock.domain.invoices import closing, payments
from fetlock.domain.invoices.models import Invoice
from fetlock.domain.plugins.standing import State
from fetlock.hooks.markers import HookKind
from fetlock.outbox.models import AskRow, OutboxState
from fetlock.platform import breaker
from fetlock.platform.breaker import BreakerState, Rules
from fetlock.platform.runtime import Runtime
from fetlock.services import ask, reprice_invoice, store_parcel
from fetlock_hostapp.web.kernel.plugin_pages import PageHooks, load_pages
from tests.dummy_plugin.counting import broken, instead, names
from tests.dummy_plugin.naming import JOIN, NAME
from tests.dummy_plugin.plugin import plugin
from tests.hook_contracts.club_service import ClubService
from tests.hook_contracts.hosting import Host, installed

MANY = Rules().failures
PAUSE = Rules().pause


def states(host: Host) -> dict[str, BreakerState]:
    with host.runtime.database.reading() as session:
        return {row.hook: row for row in breaker.states(session)}


def panel(host: Host, *, site: str = "north") -> str:
    return host.page(f"patients/{host.clinic.patient_id}/panels/dummy", site=site)


def calls(hook: str) -> int:
    return names().count(hook)


def later(host: Host, by: timedelta, act: Callable[[], Any]) -> Any:
    with clock.set_to(clock.now() + by):
        return act()


@pytest.mark.req("PL-5")
def test_after_many_failures_in_a_row_a_hook_is_left_alone_and_its_card_says_so(host: Host) -> None:
    broken.add("patient_panels")
    for _ in range(MANY):
        assert "can’t be shown right now" in panel(host)
    before = calls("patient_panels")
    card = panel(host)
    assert "failed several times in a row and is left alone" in card
    assert calls("patient_panels") == before, "it is not called"
    assert states(host)["patient_panels"].incident in card
    assert "Member of the club" in card, "other hooks of the plugin go on"
    assert "Weight" in host.page(f"patients/{host.clinic.patient_id}/panels/weights")


@pytest.mark.req("PL-5")
def test_each_site_has_a_breaker_of_its_own(host: Host, service: ClubService) -> None:
    host.settings(site="south", address=service.address, api_secret="s")
    host.switch("on", site="south")
    broken.add("patient_panels")
    for _ in range(MANY):
        panel(host)
    broken.clear()
    assert "left alone" in panel(host)
    assert "Club member" in panel(host, site="south")


@pytest.mark.req("PL-5")
def test_after_the_pause_one_success_closes_it_and_one_failure_opens_it_for_longer(
    host_on_both: Host,
) -> None:
    host = host_on_both
    broken.add("patient_panels")
    for _ in range(MANY):
        panel(host)
    first = states(host)["patient_panels"]
    assert (first.state, first.retry_at) == (State.OPEN, first.last_at + PAUSE)
    later(host, PAUSE * 1.1, lambda: panel(host))
    second = states(host)["patient_panels"]
    assert second.retry_at is not None
    assert second.retry_at - second.last_at == PAUSE * 2, "the trial failed"
    assert second.opened_at == first.opened_at
    broken.clear()
    assert "Club member" in later(host, PAUSE * 4, lambda: panel(host))
    assert states(host)["patient_panels"].state is State.CLOSED
    assert "Club member" in panel(host)


@pytest.mark.req("PL-5")
def test_all_processes_agree(host_on_both: Host) -> None:
    """What one process found out another one keeps to, with no word between them but the database."""
    host = host_on_both
    broken.add("patient_panels")
    for _ in range(MANY):
        panel(host)
    broken.clear()
    other = Runtime.start(
        host.runtime.installation, specs=(PageHooks,), parts=load_pages, installed=installed(plugin)
    )
    with other.database.reading() as session:
        work = other.work_at(session, host.clinic.records.sites["north"])
        assert work.site_facts.standings["dummy/patient_panels"].state is State.OPEN
        answer = other.hooks.call_plugin("patient_panels", work, NAME)
    other.close()
    assert answer is not None
    assert answer.failure is not None
    assert answer.failure.cause == "paused"


@pytest.mark.req("PL-5")
def test_failures_that_are_not_in_a_row_or_long_ago_open_nothing(host: Host) -> None:
    for _ in range(MANY):
        broken.add("patient_panels")
        panel(host)
        broken.clear()
        panel(host)
    assert states(host)["patient_panels"].state is State.CLOSED
    broken.add("patient_panels")
    for _ in range(MANY - 1):
        panel(host)
    later(host, Rules().window * 1.1, lambda: panel(host))
    found = states(host)["patient_panels"]
    assert (found.state, found.failures, found.total) == (State.FAILING, 1, 2 * MANY)


@pytest.mark.req("PL-5")
def test_what_a_person_types_trips_no_breaker(host: Host) -> None:
    def refuse(real: Any, context: Any) -> Any:
        raise Invalid("Enter something else.")

    instead["patient_panels"] = refuse
    for _ in range(MANY + 1):
        assert "can’t be shown right now" in panel(host)
    typed = {"address": "http://127.0.0.1:1", "api_secret": "wrong", "discount": "5"}
    for number in range(MANY + 1):
        host.staff().post(
            "/s/north/administration/plugins/dummy/settings/test", data=typed | {"api_secret": str(number)}
        )
        host.work_off()
    assert calls("answer_ask") > MANY
    assert states(host) == {}


@pytest.mark.req("PL-5")
def test_pricing_and_checks_are_asked_again_however_often_they_fail(host: Host) -> None:
    """Somebody's odd input may be what they stumble over: it must not stop the till for everybody."""
    broken.update({"propose_line_adjustments", "check_invoice_close"})
    added = host.add("NAIL")
    for _ in range(MANY + 1):
        added = host.add("NAIL")
    assert added.invoice.incomplete == [NAME]
    for _ in range(MANY + 2):
        with pytest.raises(Blocked, match="could not check this"):
            host.close(added.invoice.id)
    broken.clear()
    assert host.add("NAIL").invoice.incomplete == []
    found = states(host)
    assert {hook: (row.state, row.failures) for hook, row in found.items()} == {
        "propose_line_adjustments": (State.CLOSED, 0),
        "check_invoice_close": (State.CLOSED, 0),
    }
    assert found["propose_line_adjustments"].total >= MANY, "but every failure is counted"


@pytest.mark.req("PL-5", "H-33")
def test_pricing_that_is_slow_again_and_again_is_left_alone_and_never_in_silence(host: Host) -> None:
    assert host.runtime.hooks.breaker is not None
    host.runtime.hooks.breaker.rules = Rules(slow={HookKind.PROPOSE: 0.0, HookKind.CHECK: 0.0})
    for _ in range(MANY):
        added = host.add("NAIL")
        assert added.invoice.incomplete == [], "a late answer is an answer"
    host.runtime.hooks.breaker.rules = Rules()
    assert {states(host)[hook].state for hook in ("propose_line_adjustments", "check_invoice_line")} == {
        State.OPEN
    }
    assert {row.reason for row in states(host).values()} == {breaker.SLOW}
    asked = calls("check_invoice_line")
    with pytest.raises(Blocked, match="Dummy Club could not check this"):
        host.add("NAIL")
    assert calls("check_invoice_line") == asked
    asked = calls("propose_line_adjustments")
    with pytest.raises(Conflict, match="Price incomplete: Dummy Club"):
        host.run(lambda work: _reprice_and_close(work, added.invoice.id))
    assert calls("propose_line_adjustments") == asked


def _ask(data: dict[str, Any], work: Work) -> None:
    ask(work, NAME, JOIN, data)


def _reprice_and_close(work: Work, invoice_id: int) -> None:
    reprice_invoice(work, invoice_id, cause="A plan changed")
    invoice = work.session.get_one(Invoice, invoice_id)
    payments.take_payment(work, invoice_id, invoice.balance, "cash")
    closing.close(work, invoice_id)


@pytest.mark.req("PL-5", "PL-8")
def test_deliveries_that_fail_in_a_row_let_the_rest_wait_where_people_see_it(
    host_on_both: Host, service: ClubService
) -> None:
    host = host_on_both
    service.closed = True

    def store(work: Work) -> None:
        for number in range(MANY + 3):
            store_parcel(work, NAME, "owner", f"member {number}", {})

    host.run(store)
    host.work_off()
    rows = host.outbox()
    assert [row.attempts for row in rows] == [1] * MANY + [0] * 3
    assert {row.state for row in rows[MANY:]} == {OutboxState.PENDING}
    assert all("Dummy Club is left alone after several failures" in row.problem for row in rows[MANY:])
    assert states(host)["deliver"].state is State.OPEN
    service.closed = False
    host.work_off(later=timedelta(minutes=2))
    assert {row.state for row in host.outbox()} == {OutboxState.SENT}
    assert states(host)["deliver"].state is State.CLOSED


@pytest.mark.req("PL-5", "UI-3")
def test_questions_are_answered_at_once_that_the_plugin_is_left_alone(host: Host) -> None:
    broken.add("answer_ask")
    for number in range(MANY + 1):
        data = {"patient_id": 1, "code": "57A", "time": number}
        host.run(partial(_ask, data))
        host.work_off()
    with host.runtime.database.reading() as session:
        *_, failed, last = session.scalars(select(AskRow).order_by(AskRow.id))
    assert "incident" in failed.message
    assert last.message == (
        "Dummy Club is left alone for a moment after several failures in a row. Try again later."
    )


@pytest.mark.req("PL-5", "H-3", "H-5")
def test_administrators_see_state_reason_and_time_and_may_reset_it(host: Host) -> None:
    page = "administration/plugins"
    assert "Failing" not in host.page(page)
    broken.add("patient_panels")
    for _ in range(MANY):
        panel(host)
    found = states(host)["patient_panels"]
    shown = host.page(page)
    for words in ("Left alone", "Dummy Club", "patient_panels", "RuntimeError", found.incident):
        assert words in shown, words
    [listed] = host.staff().get("/api/v1/s/north/breakers").json()
    assert (listed["state"], listed["failures"], listed["reason"]) == ("open", MANY, "RuntimeError")
    address = re.search(r'action="([^"]+/breakers/reset)"', shown)
    assert address is not None
    assert host.staff("Receptionist").post(address[1]).status_code == 403
    without_token = host.staff().post(address[1], headers={"x-csrf-token": "", "cookie": ""})
    assert without_token.status_code in (303, 401, 403)
    assert states(host)["patient_panels"].state is State.OPEN
    broken.clear()
    assert host.staff().post(address[1], data={"back": "north"}).status_code == 303
    assert "Club member" in panel(host)
    assert "Left alone" not in host.page(page)
    with host.runtime.database.reading() as session:
        [entry] = session.scalars(select(AuditEntry).where(AuditEntry.action == "plugin.breaker_reset"))
    assert (entry.subject, entry.detail) == ("plugin:dummy", {"hooks": ["patient_panels"]})
    again = host.staff().post("/api/v1/s/north/plugins/dummy/breakers/reset")
    assert again.status_code == 404
