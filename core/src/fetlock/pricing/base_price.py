"""Phase one: the price of one unit, and the list amount of the line."""

from collections.abc import Sequence
from decimal import Decimal

from fetlock.contracts.pricing import Outcome, Phase, QuoteLine
from fetlock.pricing.rounding import to_minor_unit
from fetlock.pricing.values import CORE, ZERO, Proposal, Step


def base_price(line: QuoteLine, proposals: Sequence[Proposal]) -> tuple[Decimal, Decimal, list[Step]]:
    """The unit price, the list amount, and the steps.

    The proposal of the lowest rank wins, then the lowest price: an order that no plugin's place in a
    list can change. A line for which nobody proposes a price costs nothing, and its trace says so.
    """
    steps: list[Step] = []
    if not proposals:
        return ZERO, ZERO, [_step(Phase.BASE_PRICE, "no_price", "No price is set", ZERO, ZERO)]
    ordered = sorted(proposals, key=_order)
    chosen = ordered[0]
    unit_price = chosen.adjustment.amount or ZERO
    exact = unit_price * line.quantity
    list_amount = to_minor_unit(exact)
    for proposal in ordered:
        applied = proposal is chosen
        steps.append(
            Step(
                Phase.BASE_PRICE,
                proposal.plugin,
                proposal.version,
                proposal.adjustment.reason_code,
                proposal.adjustment.label,
                ZERO if applied else list_amount,
                list_amount,
                Outcome.APPLIED if applied else Outcome.SUPERSEDED,
                line.quantity if applied else None,
                proposal.adjustment.source,
            )
        )
    if exact != list_amount:
        text = f"Rounded half to even from {exact.normalize():f}"
        steps.append(_step(Phase.ROUNDING, "rounded", text, list_amount, list_amount))
    return unit_price, list_amount, steps


def _order(proposal: Proposal) -> tuple[int, Decimal, str, str, str, str]:
    adjustment = proposal.adjustment
    return (
        adjustment.rank,
        adjustment.amount or ZERO,
        proposal.plugin,
        adjustment.reason_code,
        adjustment.source,
        adjustment.label,
    )


def _step(phase: Phase, code: str, label: str, before: Decimal, after: Decimal) -> Step:
    return Step(phase, CORE, "", code, label, before, after)
