"""What is not in the plan gets the plan's discount; what is, gets none, however much of it is used."""

from decimal import Decimal

import pytest

from plugins.careplans_covetrus.tests.practice import Practice

TEN_PERCENT = {"percent": "10", "name": "Member savings"}


@pytest.fixture
def clinic_database_url(database_url: str) -> str:
    """On both databases."""
    return database_url


@pytest.mark.req("CP-96", "CP-99", "CP-100")
def test_the_discount_is_for_what_is_not_in_the_plan_and_not_excluded(practice: Practice) -> None:
    practice.plan([{"code": "NAIL", "included": 1}], out_of_plan_discount=TEN_PERCENT)
    practice.refresh()
    nail, food, blood = practice.add(("NAIL", 1), ("FOOD", 1), ("BLOOD", 1)).line_ids
    assert (practice.line(nail).net, practice.line(nail).discount) == (0, 0)
    assert (practice.line(food).net, practice.line(food).discount) == (Decimal("45.00"), 5)
    assert (practice.line(blood).net, practice.line(blood).discount) == (Decimal("84.00"), 0)
    outcomes = {step.reason_code: step.outcome for step in practice.line(blood).steps}
    assert outcomes["out_of_plan"] == "excluded"
    labels = [step.label for step in practice.line(food).steps if step.reason_code == "out_of_plan"]
    assert labels == ["Member savings 10 %, Care Plan: Gold"]


@pytest.mark.req("CP-99")
@pytest.mark.parametrize("kind", ["inventory", "lab", "procedure"])
def test_any_kind_of_product_can_be_excluded(practice: Practice, kind: str) -> None:
    practice.clinic.product("X", "50.00", kind=kind, excluded_from_percentage_discount=True)
    practice.clinic.product("Y", "50.00", kind=kind)
    practice.plan([{"code": "NAIL", "included": 1}], out_of_plan_discount=TEN_PERCENT)
    practice.refresh()
    lines = practice.add(("X", 1), ("Y", 1)).line_ids
    assert [practice.line(line).net for line in lines] == [Decimal("50.00"), Decimal("45.00")]


@pytest.mark.req("CP-96")
@pytest.mark.parametrize("status", ["suspended", "cancelled"])
def test_a_plan_that_is_not_active_gives_nothing(practice: Practice, status: str) -> None:
    practice.plan([{"code": "NAIL", "included": 1}], out_of_plan_discount=TEN_PERCENT, status=status)
    practice.refresh()
    lines = practice.add(("NAIL", 1), ("FOOD", 1)).line_ids
    assert [practice.line(line).net for line in lines] == [30, 50]


@pytest.mark.req("CPX-1")
@pytest.mark.parametrize(("beyond", "net"), [(False, "60.00"), (True, "54.00")])
def test_over_allotment_is_split(practice: Practice, beyond: bool, net: str) -> None:
    practice.settings(discount_beyond_allotment=beyond)
    practice.plan([{"code": "NAIL", "included": 1}], out_of_plan_discount=TEN_PERCENT)
    practice.refresh()
    changed = practice.add(("NAIL", 3))
    line = practice.line(changed.line_ids[0])
    assert (line.covered_quantity, line.quantity - line.covered_quantity) == (1, 2)
    assert line.net == Decimal(net)
    assert changed.told  # what the plan no longer covers is said at once


def test_an_alternate_beyond_the_allotment_gets_no_discount_either(practice: Practice) -> None:
    """QA31."""
    practice.plan([{"code": "NAIL", "included": 1, "alternates": ["EXAM"]}], out_of_plan_discount=TEN_PERCENT)
    practice.refresh()
    practice.add(("NAIL", 1))
    assert practice.line(practice.add(("EXAM", 1)).line_ids[0]).net == Decimal("58.00")
