"""Settled cases of pricing, by the table: over-allotment, terms, several plans, discounts, tax, rounding."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from core.tests.pricing.invoices import DAY, line_of, quote_of
from fetlock.contracts import AdjustmentKind, LineAdjustment, Outcome, Phase
from fetlock.pricing import Availability, PricedLine, Proposal, fold
from fetlock.pricing.rounding import to_minor_unit

D = Decimal


def price(amount: str, *, rank: int = 0, plugin: str = "pricelist") -> Proposal:
    return Proposal(
        plugin,
        "1",
        LineAdjustment(
            line=1,
            kind=AdjustmentKind.UNIT_PRICE,
            amount=D(amount),
            rank=rank,
            reason_code="list",
            label="Price list",
        ),
    )


def cover(
    entitlement_id: int, *, rank: int = 0, plugin: str = "plans", quantity: str | None = None
) -> Proposal:
    return Proposal(
        plugin,
        "1",
        LineAdjustment(
            line=1,
            kind=AdjustmentKind.COVER,
            entitlement_id=entitlement_id,
            quantity=None if quantity is None else D(quantity),
            rank=rank,
            reason_code="plan",
            label="Plan",
        ),
    )


def percent(value: str, *, plugin: str = "plans", group: str = "") -> Proposal:
    return Proposal(
        plugin,
        "1",
        LineAdjustment(
            line=1,
            kind=AdjustmentKind.PERCENT,
            percent=D(value),
            reason_code="percent",
            label=f"{value} %",
            exclusive_group=group,
        ),
    )


def amount(value: str, *, plugin: str = "coupons") -> Proposal:
    return Proposal(
        plugin,
        "1",
        LineAdjustment(
            line=1, kind=AdjustmentKind.AMOUNT, amount=D(value), reason_code="amount", label=f"{value} off"
        ),
    )


def left(
    entitlement_id: int, available: str, *, ends: int = 30, starts: int = -335, chain: str = "gold"
) -> Availability:
    order = (DAY + timedelta(days=ends), DAY + timedelta(days=starts), chain)
    return Availability(entitlement_id, "plans", 1, D(available), order)


def priced(
    quantity: str,
    proposals: list[Proposal],
    availability: list[Availability] | None = None,
    *,
    stack: bool = False,
    includes_tax: bool = False,
    tax_percent: str = "0",
    excluded: bool = False,
    preferred: int | None = None,
) -> PricedLine:
    line = line_of(1, quantity, tax_percent=tax_percent, excluded=excluded, preferred=preferred)
    return fold(
        quote_of([line], includes_tax=includes_tax, stack=stack), proposals, availability or []
    ).lines[0]


def coverage(line: PricedLine) -> list[tuple[int, str, str]]:
    """Rows of entitlement, quantity, amount."""
    return [(c.entitlement_id, f"{c.quantity:f}", f"{c.amount:.2f}") for c in line.coverage]


def money(*amounts: Decimal) -> str:
    return " ".join(f"{amount:.2f}" for amount in amounts)


@pytest.mark.req("CPX-1")
def test_beyond_its_allotment_a_plan_item_costs_the_normal_price() -> None:
    """Available 1, price 30, quantity 3: the plan proposes no discount for an item of the plan (QA31)."""
    line = priced("3", [price("30"), cover(1)], [left(1, "1")])
    assert coverage(line) == [(1, "1", "30.00")]
    assert money(line.savings, line.discount, line.net) == "30.00 0.00 60.00"
    step = next(s for s in line.steps if s.phase is Phase.ENTITLEMENT)
    assert (step.outcome, step.quantity) == (Outcome.CAPPED, D(1))
    assert money(step.before, step.after) == "90.00 60.00"


@pytest.mark.req("CPX-1")
def test_with_the_setting_on_the_discount_falls_on_the_rest_alone() -> None:
    line = priced("3", [price("30"), cover(1), percent("10")], [left(1, "1")])
    assert coverage(line) == [(1, "1", "30.00")]
    assert money(line.discount, line.net) == "6.00 54.00"


@pytest.mark.req("CP-61")
def test_the_current_term_is_used_before_the_renewed_one() -> None:
    """Current 1, renewed 2, quantity 2: one of each; the renewed term has the lower id."""
    terms = [left(7, "2", ends=395, starts=31), left(9, "1", ends=30)]
    line = priced("2", [price("30"), cover(7), cover(9)], terms)
    assert coverage(line) == [(9, "1", "30.00"), (7, "1", "30.00")]
    assert line.net == 0


@pytest.mark.req("CPX-23")
@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(left(2, "1", ends=10), left(1, "1", ends=20), id="earliest end"),
        pytest.param(left(2, "1", starts=-9), left(1, "1", starts=-8), id="then earliest start"),
        pytest.param(left(2, "1", chain="a"), left(1, "1", chain="b"), id="then the plan"),
        pytest.param(left(1, "1"), left(2, "1"), id="then the id"),
        pytest.param(
            left(2, "1", ends=10, starts=5, chain="b"), left(1, "1", chain="a"), id="end before all"
        ),
    ],
)
def test_several_plans_are_used_in_one_order(first: Availability, second: Availability) -> None:
    for availability in ([first, second], [second, first]):
        for proposals in ([cover(1), cover(2)], [cover(2), cover(1)]):
            line = priced("1", [price("30"), *proposals], availability)
            assert coverage(line) == [(first.entitlement_id, "1", "30.00")]


@pytest.mark.req("CPX-23")
def test_staff_may_choose_the_plan() -> None:
    terms = [left(1, "1", ends=10), left(2, "1", ends=20)]
    line = priced("2", [price("30"), cover(1), cover(2)], terms, preferred=2)
    assert [row[0] for row in coverage(line)] == [2, 1]


def test_a_plan_may_cover_less_than_the_line() -> None:
    line = priced("3", [price("30"), cover(1, quantity="2")], [left(1, "5")])
    assert coverage(line) == [(1, "2", "60.00")]
    assert line.net == 30


def test_two_proposals_for_one_entitlement_make_one_row() -> None:
    line = priced("3", [price("30"), cover(1, quantity="1"), cover(1, quantity="1", rank=1)], [left(1, "5")])
    assert coverage(line) == [(1, "2", "60.00")]


@pytest.mark.req("H-32")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        (cover(1, quantity="1"), cover(1, quantity="2")),
        (price("30"), replace(price("30"), adjustment=replace(price("30").adjustment, label="Other list"))),
        (amount("50"), amount("60")),
    ],
)
def test_proposals_that_differ_in_one_figure_have_one_order(one: Proposal, other: Proposal) -> None:
    rest = [price("20", rank=1)]
    assert priced("2", [one, other, *rest], [left(1, "5")]) == priced(
        "2", [*rest, other, one], [left(1, "5")]
    )


def test_lines_share_what_is_left_in_their_order() -> None:
    lines = [line_of(1, "2"), line_of(2, "2")]
    proposals = [
        replace(p, adjustment=replace(p.adjustment, line=key))
        for key in (2, 1)
        for p in (price("30"), cover(1))
    ]
    first, second = fold(quote_of(lines), proposals, [left(1, "3")]).lines
    assert coverage(first) == [(1, "2", "60.00")]
    assert coverage(second) == [(1, "1", "30.00")]


@pytest.mark.req("H-32")
def test_another_plugin_cannot_use_an_entitlement_nor_keep_its_owner_from_it() -> None:
    thief = cover(1, plugin="another")
    for proposals in ([thief, cover(1)], [cover(1), thief]):
        line = priced("1", [price("30"), *proposals], [left(1, "1")])
        assert coverage(line) == [(1, "1", "30.00")]
        assert [s.plugin for s in line.steps if s.phase is Phase.ENTITLEMENT] == ["plans"]
    assert priced("1", [price("30"), thief], [left(1, "1")]).net == 30


@pytest.mark.req("H-32", "CP-99")
def test_a_product_that_is_excluded_keeps_its_price() -> None:
    line = priced("1", [price("84"), percent("10")], excluded=True)
    assert line.net == 84
    assert line.steps[-1].outcome is Outcome.EXCLUDED
    assert priced("1", [price("84"), percent("10"), amount("4")], excluded=True).net == 80


@pytest.mark.req("H-32")
@pytest.mark.parametrize(
    ("stack", "proposals", "net"),
    [
        (False, [percent("10"), percent("15", plugin="loyal")], "85.00"),
        (False, [percent("10"), amount("20")], "80.00"),
        (True, [percent("10"), amount("20")], "70.00"),
        (True, [percent("10", group="g"), percent("15", plugin="loyal", group="g")], "85.00"),
        (True, [percent("10", group="g"), percent("15", plugin="loyal", group="g"), amount("5")], "80.00"),
        (True, [percent("60"), percent("70", plugin="loyal")], "0.00"),
        (False, [amount("500")], "0.00"),
    ],
)
def test_one_discount_or_all(stack: bool, proposals: list[Proposal], net: str) -> None:
    assert priced("1", [price("100"), *proposals], stack=stack).net == D(net)


@pytest.mark.req("H-32")
def test_a_discount_that_could_not_be_given_in_full_says_so() -> None:
    line = priced("1", [price("100"), percent("70"), amount("60")], stack=True)
    assert [s.outcome for s in line.steps if s.phase is Phase.DISCOUNT] == [Outcome.APPLIED, Outcome.CAPPED]
    assert line.net == 0


@pytest.mark.req("CP-63", "CP-100")
def test_a_covered_line_costs_nothing_and_shows_its_list_value_as_savings() -> None:
    line = priced("2", [price("30"), cover(1), percent("10")], [left(1, "5")])
    assert money(line.list_amount, line.savings, line.discount, line.net) == "60.00 60.00 0.00 0.00"


@pytest.mark.req("CP-96")
def test_the_out_of_plan_discount() -> None:
    assert priced("1", [price("50"), percent("10")]).net == D("45.00")


@pytest.mark.parametrize(
    ("includes_tax", "figures"),
    [(False, ("50.00", "3.18", "53.18")), (True, ("47.01", "2.99", "50.00"))],
)
def test_tax_on_top_or_within(includes_tax: bool, figures: tuple[str, str, str]) -> None:
    line = priced("1", [price("50")], tax_percent="6.35", includes_tax=includes_tax)
    assert (line.net, line.tax, line.gross) == tuple(D(figure) for figure in figures)


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [
        ("2.5", "2.5"),
        ("0.005", "0.00"),
        ("0.015", "0.02"),
        ("0.025", "0.02"),
        ("-0.015", "-0.02"),
        ("0.0151", "0.02"),
    ],
)
def test_rounds_half_to_even(exact: str, rounded: str) -> None:
    assert to_minor_unit(D(exact)) == D(rounded)


def test_a_rounded_list_amount_says_so() -> None:
    line = priced("1.11", [price("12.45")])
    assert line.list_amount == D("13.82")  # 13.8195
    assert [s.label for s in line.steps if s.phase is Phase.ROUNDING] == ["Rounded half to even from 13.8195"]


@pytest.mark.req("H-20")
def test_the_lowest_rank_sets_the_price_then_the_lowest_price() -> None:
    line = priced("1", [price("40", rank=1), price("55", plugin="a"), price("50", plugin="b")])
    assert line.unit_price == 50
    assert [s.outcome for s in line.steps] == [Outcome.APPLIED, Outcome.SUPERSEDED, Outcome.SUPERSEDED]


def test_a_product_without_price_costs_nothing_and_says_so() -> None:
    line = priced("1", [percent("10")])
    assert line.net == 0
    assert line.steps[0].reason_code == "no_price"
