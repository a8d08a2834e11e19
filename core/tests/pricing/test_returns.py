"""H-32 for returns: whatever the parts in which a line comes back, they sum to the line, none above zero."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.tests.pricing.invoices import cases, thorough
from fetlock.pricing import PricedLine, SoldCoverage, SoldLine, price_return

pytestmark = pytest.mark.req("H-32", "CP-64")

ZERO = Decimal(0)
SMALLEST = Decimal("0.0001")
FIGURES = (
    "quantity",
    "list_amount",
    "covered_quantity",
    "savings",
    "discount",
    "amount",
    "net",
    "tax",
    "gross",
)


def sold(line: PricedLine) -> SoldLine:
    """A priced line as a later return sees it."""
    return SoldLine(
        quantity=line.quantity,
        unit_price=line.unit_price,
        list_amount=line.list_amount,
        savings=line.savings,
        discount=line.discount,
        amount=line.amount,
        net=line.net,
        tax_percent=line.tax_percent,
        tax=line.tax,
        gross=line.gross,
        coverage=tuple(SoldCoverage(c.entitlement_id, c.quantity, c.amount) for c in line.coverage),
    )


@st.composite
def partitions(draw: st.DrawFn) -> tuple[PricedLine, list[PricedLine]]:
    """A line as sold, and the returns that bring all of it back, one after the other."""
    line = draw(st.sampled_from(draw(cases()).priced().lines))
    units = int(line.quantity / SMALLEST)
    whole = line.quantity == int(line.quantity)
    grain = 10_000 if whole else 1
    cuts = draw(st.sets(st.integers(min_value=0, max_value=units // grain), max_size=12))
    marks = sorted({0, units} | {cut * grain for cut in cuts})
    before = sold(line)
    return line, [
        price_return(number, before, first * SMALLEST, (last - first) * SMALLEST, "Return")
        for number, (first, last) in enumerate(pairwise(marks))
    ]


@thorough
@given(partitions())
def test_the_parts_sum_to_the_whole(case: tuple[PricedLine, list[PricedLine]]) -> None:
    line, parts = case
    for name in FIGURES:
        assert sum((getattr(part, name) for part in parts), ZERO) == -getattr(line, name), name
    for row in line.coverage:
        came_back = [c for part in parts for c in part.coverage if c.entitlement_id == row.entitlement_id]
        assert sum((c.quantity for c in came_back), ZERO) == -row.quantity
        assert sum((c.amount for c in came_back), ZERO) == -row.amount


@thorough
@given(partitions())
def test_no_figure_of_a_return_is_above_zero_nor_beyond_its_list_amount(
    case: tuple[PricedLine, list[PricedLine]],
) -> None:
    for part in case[1]:
        for name in FIGURES:
            assert getattr(part, name) <= ZERO, name
        assert abs(part.net) <= abs(part.list_amount)
        assert part.list_amount - part.savings - part.discount == part.amount
        assert part.net + part.tax == part.gross


@thorough
@given(partitions())
def test_the_trace_of_a_return_is_a_chain_to_its_total(case: tuple[PricedLine, list[PricedLine]]) -> None:
    for part in case[1]:
        assert [step.before for step in part.steps] == [ZERO] + [step.after for step in part.steps[:-1]]
        assert part.steps[-1].after == part.gross


@thorough
@given(partitions())
def test_the_charged_quantity_comes_back_first_then_the_latest_coverage(
    case: tuple[PricedLine, list[PricedLine]],
) -> None:
    line, parts = case
    charged = line.quantity - line.covered_quantity
    back = ZERO
    latest_first = [row.entitlement_id for row in reversed(line.coverage)]
    touched: list[int] = []
    for part in parts:
        before, back = back, back - part.quantity
        assert -part.covered_quantity == max(back, charged) - max(before, charged)
        touched += [row.entitlement_id for row in part.coverage]
    in_order = [key for place, key in enumerate(touched) if key not in touched[:place]]
    assert in_order == latest_first


@thorough
@given(partitions(), st.integers(min_value=0, max_value=3))
def test_more_than_was_sold_does_not_come_back(
    case: tuple[PricedLine, list[PricedLine]], already: int
) -> None:
    line = case[0]
    assume(already <= line.quantity)
    for quantity in (line.quantity - already + SMALLEST, ZERO, -SMALLEST):
        with pytest.raises(ValueError, match="More is returned"):
            price_return(1, sold(line), Decimal(already), quantity, "Return")


def test_a_part_never_moves_back_by_a_cent() -> None:
    """Each figure rounded by itself would give the second of these ten units back at plus one cent."""
    line = SoldLine(
        quantity=Decimal(10),
        unit_price=Decimal("0.006"),
        list_amount=Decimal("0.06"),
        savings=ZERO,
        discount=Decimal("0.05"),
        amount=Decimal("0.01"),
        net=Decimal("0.01"),
        tax_percent=ZERO,
        tax=ZERO,
        gross=Decimal("0.01"),
        coverage=(),
    )
    parts = [price_return(n, line, Decimal(n), Decimal(1), "Return") for n in range(10)]
    assert max(part.amount for part in parts) <= ZERO
    assert sum((part.amount for part in parts), ZERO) == Decimal("-0.01")
