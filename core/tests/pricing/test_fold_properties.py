"""H-32, for any invoice: what the fold promises whatever plugins propose, in whatever order."""

from collections import defaultdict
from decimal import ROUND_HALF_EVEN, Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.tests.pricing.invoices import Case, cases, thorough
from fetlock.contracts import AdjustmentKind, Outcome, Phase
from fetlock.pricing import PricedLine, Step, fold

pytestmark = pytest.mark.req("H-32")

CENT = Decimal("0.01")
ZERO = Decimal(0)
DISCOUNTS = (AdjustmentKind.PERCENT, AdjustmentKind.AMOUNT)


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_EVEN)


def opening(line: PricedLine) -> Decimal:
    """What the discount phase opens with."""
    return line.list_amount - line.savings


def discounts_of(line: PricedLine) -> list[Step]:
    return [step for step in line.steps if step.phase is Phase.DISCOUNT]


@thorough
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_proposals_changes_nothing(case: Case, random: Random) -> None:
    proposals, availability = list(case.proposals), list(case.availability)
    random.shuffle(proposals)
    random.shuffle(availability)
    assert fold(case.quote, proposals, availability) == case.priced()


@thorough
@given(cases())
def test_pricing_twice_changes_nothing(case: Case) -> None:
    assert case.priced() == case.priced()


@thorough
@given(cases())
def test_the_figures_of_a_line_fit_together(case: Case) -> None:
    for line in case.priced().lines:
        assert line.list_amount - line.savings - line.discount == line.amount
        assert line.net + line.tax == line.gross
        assert ZERO <= line.net <= line.list_amount
        assert min(line.savings, line.discount, line.tax, line.unit_price) >= ZERO
        assert line.list_amount == cents(line.unit_price * line.quantity)
        for figure in (line.list_amount, line.savings, line.discount, line.amount, line.net, line.tax):
            assert figure == cents(figure)


@thorough
@given(cases())
def test_the_trace_is_a_chain_from_nothing_to_the_total(case: Case) -> None:
    order = list(Phase)
    for line in case.priced().lines:
        assert [step.before for step in line.steps] == [ZERO] + [step.after for step in line.steps[:-1]]
        assert line.steps[-1].after == line.gross
        before_tax = [step for step in line.steps if step.phase is not Phase.TAX]
        assert sum((step.after - step.before for step in before_tax), ZERO) == line.amount
        phases = [order.index(step.phase) for step in line.steps if step.phase is not Phase.ROUNDING]
        assert phases == sorted(phases)


@thorough
@given(cases())
def test_every_proposal_that_may_apply_stands_in_the_trace(case: Case) -> None:
    owners = {entry.entitlement_id: (entry.plugin, entry.patient_id) for entry in case.availability}
    for quoted, line in zip(case.quote.lines, case.priced().lines, strict=True):
        expected = []
        for proposal in case.proposed(quoted.key):
            adjustment = proposal.adjustment
            if adjustment.kind is AdjustmentKind.COVER:
                owner = owners[adjustment.entitlement_id or 0]
                if owner != (proposal.plugin, quoted.patient_id):
                    continue
            if adjustment.kind in DISCOUNTS and opening(line) == ZERO:
                continue
            expected.append((adjustment.kind.phase, proposal.plugin, adjustment.reason_code))
        traced = [(s.phase, s.plugin, s.reason_code) for s in line.steps if s.plugin != "core"]
        assert sorted(traced) == sorted(expected)


@thorough
@given(cases())
def test_covers_what_its_owner_has_left_for_that_patient_and_no_more(case: Case) -> None:
    known = {entry.entitlement_id: entry for entry in case.availability}
    used: dict[int, Decimal] = defaultdict(Decimal)
    for quoted, line in zip(case.quote.lines, case.priced().lines, strict=True):
        assert line.covered_quantity == sum((part.quantity for part in line.coverage), ZERO) <= line.quantity
        assert line.savings == sum((part.amount for part in line.coverage), ZERO)
        assert all((step.quantity or ZERO) >= ZERO for step in line.steps)
        rows = [part.entitlement_id for part in line.coverage]
        assert len(rows) == len(set(rows))
        for part in line.coverage:
            used[part.entitlement_id] += part.quantity
            assert part.quantity > ZERO
            entry = known[part.entitlement_id]
            assert entry.patient_id == quoted.patient_id
            plugins = {
                p.plugin
                for p in case.proposed(quoted.key, AdjustmentKind.COVER)
                if p.adjustment.entitlement_id == part.entitlement_id
            }
            assert entry.plugin in plugins
    for entitlement_id, quantity in used.items():
        assert quantity <= known[entitlement_id].available


@thorough
@given(cases())
def test_covers_as_much_as_is_proposed_and_left(case: Case) -> None:
    """Whoever is not covered in full has used up all that was proposed to it."""
    priced = case.priced()
    used: dict[int, Decimal] = defaultdict(Decimal)
    for line in priced.lines:
        for part in line.coverage:
            used[part.entitlement_id] += part.quantity
    known = {entry.entitlement_id: entry for entry in case.availability}
    for quoted, line in zip(case.quote.lines, priced.lines, strict=True):
        if line.covered_quantity == line.quantity:
            continue
        for proposal in case.proposed(quoted.key, AdjustmentKind.COVER):
            adjustment = proposal.adjustment
            entry = known[adjustment.entitlement_id or 0]
            if (entry.plugin, entry.patient_id) != (proposal.plugin, quoted.patient_id):
                continue
            taken = sum((p.quantity for p in line.coverage if p.entitlement_id == entry.entitlement_id), ZERO)
            assert used[entry.entitlement_id] >= entry.available or taken >= (adjustment.quantity or ZERO) > 0


@thorough
@given(cases())
def test_a_percentage_never_touches_covered_quantity_nor_excluded_products(case: Case) -> None:
    for quoted, line in zip(case.quote.lines, case.priced().lines, strict=True):
        if line.covered_quantity == line.quantity:
            assert line.discount == ZERO
        worth = [
            cents(opening(line) * (p.adjustment.percent or ZERO) / 100)
            for p in case.proposed(quoted.key, AdjustmentKind.PERCENT)
        ]
        amounts = [p.adjustment.amount or ZERO for p in case.proposed(quoted.key, AdjustmentKind.AMOUNT)]
        if quoted.excluded_from_percentage_discount:
            assert line.discount <= sum(amounts, ZERO)
        elif not amounts:
            assert line.discount <= sum(worth, ZERO)
        assert line.discount <= opening(line)


@thorough
@given(cases())
def test_the_best_single_discount_wins_unless_the_site_stacks(case: Case) -> None:
    for quoted, line in zip(case.quote.lines, case.priced().lines, strict=True):
        worth = [
            min(
                opening(line),
                p.adjustment.amount or ZERO
                if p.adjustment.kind is AdjustmentKind.AMOUNT
                else cents(opening(line) * (p.adjustment.percent or ZERO) / 100),
            )
            for p in case.proposed(quoted.key, *DISCOUNTS)
            if p.adjustment.kind is AdjustmentKind.AMOUNT or not quoted.excluded_from_percentage_discount
        ]
        given_by = [step for step in discounts_of(line) if step.after != step.before]
        if not case.quote.discounts_stack:
            assert line.discount == max(worth, default=ZERO)
            assert len(given_by) <= 1
        elif all(not p.adjustment.exclusive_group for p in case.proposed(quoted.key, *DISCOUNTS)):
            assert line.discount == min(sum(worth, ZERO), opening(line))


@thorough
@given(cases())
def test_of_an_exclusive_group_the_best_applies_and_no_other(case: Case) -> None:
    for quoted, line in zip(case.quote.lines, case.priced().lines, strict=True):
        grouped = {
            (p.plugin, p.adjustment.reason_code)
            for p in case.proposed(quoted.key, *DISCOUNTS)
            if p.adjustment.exclusive_group
        }
        free = {
            (p.plugin, p.adjustment.reason_code)
            for p in case.proposed(quoted.key, *DISCOUNTS)
            if not p.adjustment.exclusive_group
        }
        given_by = [
            step
            for step in discounts_of(line)
            if step.outcome in (Outcome.APPLIED, Outcome.CAPPED)
            and (step.plugin, step.reason_code) in grouped - free
        ]
        assert len(given_by) <= 1


@thorough
@given(cases())
def test_tax_falls_on_what_is_charged(case: Case) -> None:
    for quoted, line in zip(case.quote.lines, case.priced().lines, strict=True):
        flags = {p.adjustment.taxable for p in case.proposed(quoted.key, AdjustmentKind.COVER)}
        if flags == {True, False}:
            continue
        taxed = line.savings if flags == {True} else ZERO
        percent = quoted.tax_percent
        if case.quote.prices_include_tax:
            assert line.gross == line.amount + cents(taxed * percent / (100 + percent))
            assert abs(line.net * (100 + percent) / 100 - line.amount) <= Decimal("0.01")
        else:
            assert line.tax == cents((line.amount + taxed) * percent / 100)
            assert line.net == line.amount


@thorough
@given(cases())
def test_the_sums_of_the_invoice_are_those_of_its_lines(case: Case) -> None:
    priced = case.priced()
    assert priced.gross == sum((line.gross for line in priced.lines), ZERO)
    by_rate = {entry.percent: entry for entry in priced.taxes()}
    for percent, entry in by_rate.items():
        of_rate = [line for line in priced.lines if line.tax_percent == percent]
        assert entry.tax == sum((line.tax for line in of_rate), ZERO)
        assert entry.net == sum((line.net for line in of_rate), ZERO)
    assert all(percent > ZERO for percent in by_rate)
    assert sum((e.tax for e in by_rate.values()), ZERO) == sum((line.tax for line in priced.lines), ZERO)
