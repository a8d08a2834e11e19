"""What the vendor says of plans is kept: under both our ids, its included, its alternates, its states."""

from decimal import Decimal

import pytest

from fetlock.domain.plugins import settings as plugin_settings
from fetlock_careplans_covetrus.naming import NAME
from plugins.careplans_covetrus.tests.practice import Practice

ITEM = "P1-T1-NAIL"


@pytest.fixture
def nails(practice: Practice) -> Practice:
    """57A has a plan of six nail trims."""
    practice.plan([{"code": "NAIL", "included": 6}])
    practice.refresh()
    return practice


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


def test_ids_with_slashes_and_the_longest_names_are_kept(practice: Practice) -> None:
    term = {"id": "T/1", "items": [{"id": "50%/NAIL", "code": "NAIL", "name": "n" * 200, "included": 2}]}
    practice.plan(plan_id="P/1", name="p" * 200, terms=[term])
    practice.refresh()
    practice.close(practice.add(("NAIL", 1)).invoice.id)
    practice.work_off()
    usage = practice.vendor.usages()[0]
    assert (usage["plan_id"], usage["term_id"], usage["item_id"]) == ("P/1", "T/1", "50%/NAIL")


def test_settings_of_another_account_see_other_plans(nails: Practice) -> None:
    nails.clinic.run(
        lambda work: plugin_settings.save(work, nails.runtime.secrets, NAME, {"api_key": "OTHER"})
    )
    assert nails.plans() == []
    assert nails.plans(site="south")
