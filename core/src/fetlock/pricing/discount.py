"""Phase three: discounts on what is not covered, each by the amount with which the phase opens."""

from collections.abc import Sequence
from decimal import Decimal

from fetlock.contracts.pricing import AdjustmentKind, Outcome, Phase, QuoteLine
from fetlock.pricing.rounding import HUNDRED, to_minor_unit
from fetlock.pricing.values import ZERO, Proposal, Step


def discount(
    line: QuoteLine, opening: Decimal, proposals: Sequence[Proposal], *, stack: bool
) -> tuple[Decimal, list[Step]]:
    """The discount in all, and the steps.

    A percentage never touches a product marked excluded. The best single discount wins; where the site
    stacks, all apply but at most the best of each exclusive group, and never more than `opening` (H-32).
    """
    if opening == ZERO:
        return ZERO, []
    worth = [(_worth(line, opening, proposal), proposal) for proposal in proposals]
    worth.sort(key=_order)
    steps: list[Step] = []
    taken = ZERO
    groups: set[str] = set()
    for value, proposal in worth:
        adjustment = proposal.adjustment
        before = opening - taken
        if value is None:
            outcome, after = Outcome.EXCLUDED, before
        elif (taken and not stack) or (adjustment.exclusive_group and adjustment.exclusive_group in groups):
            outcome, after = Outcome.SUPERSEDED, before
        else:
            given = min(value, before)
            capped = given < _full(opening, proposal)
            outcome, after = (Outcome.CAPPED if capped else Outcome.APPLIED), before - given
            taken += given
            if adjustment.exclusive_group:
                groups.add(adjustment.exclusive_group)
        steps.append(
            Step(
                Phase.DISCOUNT,
                proposal.plugin,
                proposal.version,
                adjustment.reason_code,
                adjustment.label,
                before,
                after,
                outcome,
                None,
                adjustment.source,
            )
        )
    return taken, steps


def _full(opening: Decimal, proposal: Proposal) -> Decimal:
    adjustment = proposal.adjustment
    if adjustment.kind is AdjustmentKind.PERCENT:
        return to_minor_unit(opening * (adjustment.percent or ZERO) / HUNDRED)
    return adjustment.amount or ZERO


def _worth(line: QuoteLine, opening: Decimal, proposal: Proposal) -> Decimal | None:
    """What the proposal is worth on this line, or None where the product excludes it."""
    if proposal.adjustment.kind is AdjustmentKind.PERCENT and line.excluded_from_percentage_discount:
        return None
    return min(_full(opening, proposal), opening)


def _order(pair: tuple[Decimal | None, Proposal]) -> tuple[object, ...]:
    """The best first; among equals by rank, then by what no plugin's place in a list can change."""
    value, proposal = pair
    adjustment = proposal.adjustment
    return (
        value is None,
        -(value or ZERO),
        adjustment.rank,
        proposal.plugin,
        adjustment.reason_code,
        adjustment.source,
        adjustment.label,
        adjustment.exclusive_group,
        adjustment.amount or adjustment.percent or ZERO,
    )
