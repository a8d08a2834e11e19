"""What the vendor says of plans is kept; what it counts beyond us was used elsewhere."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from fetlock import clock
from fetlock.domain.plugins import settings as plugin_settings
from fetlock.domain.plugins import switching
from fetlock.outbox import resending
from fetlock.outbox.models import AskRow
from fetlock.services import ask
from fetlock_careplans_covetrus import keeping
from fetlock_careplans_covetrus.asking import answer
from fetlock_careplans_covetrus.lookups import question
from fetlock_careplans_covetrus.naming import NAME
from fetlock_careplans_covetrus.settings import CarePlanSettings
from plugins.careplans_covetrus.tests.practice import Practice, later

ITEM = "P1-T1-NAIL"


@pytest.fixture
def nails(practice: Practice) -> Practice:
    """57A has a plan of six nail trims."""
    practice.plan([{"code": "NAIL", "included": 6}])
    practice.refresh()
    return practice


def vendor_used(practice: Practice, count: int) -> None:
    """Somebody else uses the plan: the vendor's counter is now `count`."""
    practice.vendor.call("PATCH", f"/plans/P1/items/{ITEM}", {"used": count})


def ask_only(practice: Practice, *, client: str = "57", patient: str = "57A") -> Any:
    """The vendor's answer, not yet kept."""
    from fetlock.contracts import Ask
    from fetlock.platform import settings

    with practice.clinic.reading() as session:
        model, _ = settings.load(
            session,
            practice.runtime.secrets,
            practice.runtime.registry,
            NAME,
            practice.clinic.records.sites["north"],
        )
    wanted = question(practice.clinic.records.patients[patient], client, patient)
    with httpx.Client(trust_env=False, timeout=10) as http:
        return answer(
            Ask(ask_id="1", question=wanted.question, data=wanted.data, settings=model, site_id=1, http=http)
        )


def keep(practice: Practice, answered: Any, patient: str = "57A") -> None:
    """Keep an answer now."""
    from fetlock import AppliedAnswer

    asked = question(practice.clinic.records.patients[patient], patient[:2], patient).data
    practice.clinic.run(
        lambda work: keeping.keep(
            AppliedAnswer(
                work=work,
                question="refresh",
                asked=asked,
                answer=answered.data,
                settings=CarePlanSettings(),
            )
        )
    )


@pytest.mark.req("CP-41")
@pytest.mark.parametrize(("client", "patient"), [("58", "57A"), ("57", "57B")])
def test_either_id_wrong_finds_no_plan(practice: Practice, client: str, patient: str) -> None:
    practice.vendor.call(
        "POST",
        "/plans",
        {
            "id": "P1",
            "pims_client_id": client,
            "pims_patient_id": patient,
            "items": [{"code": "NAIL", "included": 6}],
        },
    )
    practice.refresh("57A")
    assert practice.plans("57A") == []
    assert practice.line(practice.add(("NAIL", 1)).line_ids[0]).net == 30


@pytest.mark.req("CP-41")
def test_a_plan_that_is_no_longer_ours_counts_nowhere(nails: Practice) -> None:
    nails.vendor.call("PATCH", "/plans/P1", {"pims_patient_id": "57B"})
    nails.refresh()
    assert nails.plans()[0].status.text == "No longer found"
    assert nails.line(nails.add(("NAIL", 1)).line_ids[0]).net == 30
    nails.refresh("57B")
    assert nails.plans() == []
    assert nails.line(nails.add(("NAIL", 1), patient="57B").line_ids[0]).net == 0


def test_a_plan_that_comes_back_counts_again(nails: Practice) -> None:
    nails.vendor.call("PATCH", "/plans/P1", {"pims_client_id": "99"})
    nails.refresh()
    nails.vendor.call("PATCH", "/plans/P1", {"pims_client_id": "57"})
    nails.refresh()
    assert nails.line(nails.add(("NAIL", 1)).line_ids[0]).net == 0


def test_the_vendors_included_always_wins(nails: Practice) -> None:
    nails.vendor.call("PATCH", f"/plans/P1/items/{ITEM}", {"included": 9})
    nails.refresh()
    shown = nails.item("NAIL")
    assert (shown.included, shown.left) == (9, 9)


def test_use_elsewhere_becomes_an_external_entry_once(nails: Practice) -> None:
    vendor_used(nails, 2)
    nails.refresh()
    nails.refresh()
    assert nails.entries() == [("external", 2, 2)]
    assert nails.left("NAIL") == 4
    vendor_used(nails, 3)
    nails.refresh()
    assert nails.entries() == [("external", 2, 2), ("external", 1, 1)]


def test_what_we_merely_reserved_is_not_the_vendors_business(nails: Practice) -> None:
    nails.add(("NAIL", 2))
    vendor_used(nails, 1)
    nails.refresh()
    assert nails.entries() == [("reserve", 2, 2), ("external", 1, 1)]
    assert nails.left("NAIL") == 3


def test_what_the_vendor_counts_less_is_no_entry(nails: Practice) -> None:
    nails.close(nails.add(("NAIL", 2)).invoice.id)
    nails.work_off()
    vendor_used(nails, 0)
    nails.refresh()
    assert [kind for kind, _, _ in nails.entries()] == ["reserve", "commit"]
    assert nails.left("NAIL") == 4


def test_nothing_is_compared_while_a_posting_is_on_its_way(nails: Practice) -> None:
    nails.close(nails.add(("NAIL", 2)).invoice.id)
    vendor_used(nails, 3)
    nails.vendor.fault("error500", paths=["/v1/usages"])
    nails.work_off()
    nails.refresh()
    assert [kind for kind, _, _ in nails.entries()] == ["reserve", "commit"]
    nails.vendor.fault("none")
    with later(hours=3):
        nails.work_off()
    with later(hours=4):
        nails.refresh()
    assert nails.vendor.used(ITEM) == 5
    assert nails.entries()[-1] == ("external", 3, 3)
    assert nails.left("NAIL") == 1


def test_a_posting_between_question_and_answer_is_not_taken_for_use_elsewhere(nails: Practice) -> None:
    """The race: the vendor counted our usage before it answered, and we know that it did only now."""
    nails.close(nails.add(("NAIL", 2)).invoice.id)
    asked_first = clock.now()
    nails.work_off()
    answered = ask_only(nails)
    # the vendor had looked when our usage was just in; whichever way it was, our count may be in its own
    answered.data["asked_at"] = asked_first.isoformat()
    keep(nails, answered)
    assert [kind for kind, _, _ in nails.entries()] == ["reserve", "commit"]
    nails.refresh()
    assert [kind for kind, _, _ in nails.entries()] == ["reserve", "commit"]


def test_a_close_between_answer_and_keeping_is_not_taken_for_use_elsewhere(nails: Practice) -> None:
    answered = ask_only(nails)
    nails.close(nails.add(("NAIL", 2)).invoice.id)
    keep(nails, answered)
    nails.work_off()
    keep(nails, answered)
    nails.refresh()
    assert [kind for kind, _, _ in nails.entries()] == ["reserve", "commit"]


def test_a_dropped_posting_hides_no_use_elsewhere(nails: Practice) -> None:
    nails.vendor.call("PATCH", "/plans/P1", {"status": "suspended"})
    nails.close(nails.add(("NAIL", 1)).invoice.id)
    nails.work_off()
    row = nails.parcels()[0]
    assert row.state == "conflict"
    nails.clinic.run(lambda work: resending.drop(work, row.id, reason="done by hand"))
    nails.vendor.call("PATCH", "/plans/P1", {"status": "active"})
    vendor_used(nails, 4)
    nails.refresh()
    assert nails.entries()[-1] == ("external", 3, 3)


def test_an_answer_that_was_overtaken_changes_nothing(nails: Practice) -> None:
    old = ask_only(nails)
    nails.vendor.call("PATCH", "/plans/P1", {"status": "suspended"})
    nails.refresh()
    keep(nails, old)
    assert nails.plans()[0].plan.status == "suspended"


def test_two_answers_at_once_count_use_elsewhere_once(nails: Practice) -> None:
    vendor_used(nails, 2)
    first, second = ask_only(nails), ask_only(nails)
    keep(nails, second)
    keep(nails, first)
    keep(nails, second)
    assert nails.entries() == [("external", 2, 2)]


@pytest.mark.req("CP-38")
def test_alternates_come_and_go_the_items_own_code_stays(practice: Practice) -> None:
    practice.clinic.product("A", "10.00")
    practice.clinic.product("B", "10.00")
    practice.plan([{"code": "NAIL", "included": 6, "alternates": ["A"]}])
    practice.refresh()
    practice.vendor.call("DELETE", f"/plans/P1/items/{ITEM}/alternates/A")
    practice.vendor.call("POST", f"/plans/P1/items/{ITEM}/alternates", {"code": "B", "name": "B"})
    practice.refresh()
    lines = practice.add(("NAIL", 1), ("A", 1), ("B", 1)).line_ids
    assert [practice.line(line).net for line in lines] == [0, 10, 0]
    practice.vendor.call("PATCH", f"/plans/P1/items/{ITEM}", {"code": "EXAM"})
    practice.refresh()
    lines = practice.add(("NAIL", 1), ("EXAM", 1)).line_ids
    assert [practice.line(line).net for line in lines] == [0, Decimal("58.00")]


def test_an_item_that_left_the_plan_stays_for_its_term_and_follows_the_plans_state(nails: Practice) -> None:
    """QA10."""
    nails.vendor.call("DELETE", f"/plans/P1/items/{ITEM}")
    nails.refresh()
    sold = nails.add(("NAIL", 2))
    assert nails.line(sold.line_ids[0]).net == 0
    nails.close(sold.invoice.id)
    nails.vendor.call("PATCH", "/plans/P1", {"status": "cancelled"})
    nails.refresh()
    nails.close(nails.give_back(sold.line_ids[0], 1).invoice.id)
    assert nails.entries()[-1] == ("reverse", 1, 0)  # a cancelled plan restores nothing


@pytest.mark.req("CP-53")
def test_refreshing_reads_again_and_moves_the_time(nails: Practice) -> None:
    before = nails.plans()[0].plan.as_of
    nails.vendor.call("PATCH", "/plans/P1", {"name": "Gold and more"})
    nails.refresh()
    shown = nails.plans()[0]
    assert shown.title == "Care Plan: Gold and more"
    assert shown.plan.as_of > before


def test_asking_twice_while_the_first_waits_asks_once(practice: Practice) -> None:
    wanted = question(practice.clinic.patient_id, "57", "57A")
    keys = {
        practice.clinic.run(
            lambda work: ask(work, NAME, wanted.question, wanted.data, subject=wanted.subject)
        ).key
        for _ in range(3)
    }
    assert len(keys) == 1


@pytest.mark.req("CP-53")
@pytest.mark.parametrize("fault", ["not_json", "missing_fields", "error500", "wrong_credentials"])
def test_a_failed_refresh_says_why_and_leaves_what_is_known(nails: Practice, fault: str) -> None:
    nails.settings(support_contact="Lena Marchetti, ext. 204")
    before = nails.plans()
    nails.vendor.fault(fault, times=1)
    nails.refresh()
    with nails.clinic.reading() as session:
        row = session.query(AskRow).order_by(AskRow.id.desc()).first()
        assert row is not None
        assert (row.state, row.ok) == ("answered", False)
        assert "Lena Marchetti, ext. 204" in row.message
    assert nails.plans()[0].plan.as_of == before[0].plan.as_of
    assert nails.line(nails.add(("NAIL", 1)).line_ids[0]).net == 0


def test_ids_with_slashes_and_the_longest_names_are_kept(practice: Practice) -> None:
    term = {"id": "T/1", "items": [{"id": "50%/NAIL", "code": "NAIL", "name": "n" * 200, "included": 2}]}
    practice.plan(plan_id="P/1", name="p" * 200, terms=[term])
    practice.refresh()
    practice.close(practice.add(("NAIL", 1)).invoice.id)
    practice.work_off()
    usage = practice.vendor.usages()[0]
    assert (usage["plan_id"], usage["term_id"], usage["item_id"]) == ("P/1", "T/1", "50%/NAIL")


@pytest.mark.req("CP-53")
def test_the_worker_refreshes_what_has_grown_old(nails: Practice) -> None:
    nails.vendor.call("PATCH", "/plans/P1", {"name": "Silver"})
    nails.work_off()
    assert nails.plans()[0].plan.name == "Gold"  # still fresh
    with later(minutes=30):
        nails.work_off()
    assert nails.plans()[0].plan.name == "Silver"
    assert _refreshes(nails) == 2  # both sites have the account: it is asked once


@pytest.mark.req("CP-53")
def test_plans_that_ended_and_plans_not_found_are_left_alone(nails: Practice) -> None:
    nails.vendor.call("PATCH", "/plans/P1", {"status": "cancelled"})
    nails.refresh()
    with later(hours=2):
        nails.work_off()
    assert _refreshes(nails) == 2
    with later(hours=26):
        nails.work_off()
    assert _refreshes(nails) == 3


def test_while_the_vendor_is_away_one_question_finds_out(practice: Practice) -> None:
    for patient in ("57A", "57B", "58A"):
        practice.plan([{"code": "NAIL"}], plan_id=f"P{patient}", patient=patient)
        practice.refresh(patient)
    practice.vendor.fault("error503")
    with later(minutes=30):
        practice.work_off()
    assert _refreshes(practice) == 6  # nobody knew before
    with later(minutes=60):
        practice.work_off()
    assert _refreshes(practice) <= 8  # one for each site's turn
    practice.vendor.fault("none")
    with later(minutes=90):
        practice.work_off()
    with later(minutes=97):
        practice.work_off()
    assert all(
        practice.plans(p)[0].plan.as_of > clock.now() - timedelta(minutes=1) for p in ("57A", "57B", "58A")
    )


@pytest.mark.req("CP-2")
def test_where_it_is_off_nothing_is_asked(nails: Practice) -> None:
    for site in ("north", "south"):
        nails.clinic.run(lambda work: switching.set_state(work, NAME, "off", "test"), site=site)
    before = len(nails.vendor.state()["attempts"])
    nails.refresh()
    with later(hours=30):
        nails.work_off()
    assert len(nails.vendor.state()["attempts"]) == before


def test_settings_of_another_account_see_other_plans(nails: Practice) -> None:
    nails.clinic.run(
        lambda work: plugin_settings.save(work, nails.runtime.secrets, NAME, {"api_key": "OTHER"})
    )
    assert nails.plans() == []
    assert nails.plans(site="south")


def _refreshes(practice: Practice) -> int:
    with practice.clinic.reading() as session:
        return session.query(AskRow).filter(AskRow.question == "refresh").count()
