"""Phase two: entitlements cover a quantity of the line, the term that ends first before the next."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from fetlock.contracts.pricing import Outcome, Phase, QuoteLine
from fetlock.pricing.rounding import to_minor_unit
from fetlock.pricing.values import ZERO, Availability, Covered, Proposal, Step


def cover(
    line: QuoteLine,
    unit_price: Decimal,
    list_amount: Decimal,
    proposals: Sequence[Proposal],
    left: dict[int, Decimal],
    known: Mapping[int, Availability],
) -> tuple[list[Covered], Decimal, list[Step]]:
    """What of the line is covered, the list value of that which bears tax all the same, and the steps.

    `left` maps an entitlement to what this invoice may still use of it, and falls by what is used here.
    """
    covered: dict[int, Covered] = {}
    steps: list[Step] = []
    taxed = ZERO
    open_quantity = line.quantity
    amount = list_amount
    for proposal in sorted(proposals, key=lambda p: _order(p, line, known)):
        adjustment = proposal.adjustment
        entitlement_id = adjustment.entitlement_id
        if entitlement_id is None or not _may_use(proposal, line, known.get(entitlement_id)):
            continue
        wanted = open_quantity if adjustment.quantity is None else min(open_quantity, adjustment.quantity)
        available = max(left.get(entitlement_id, ZERO), ZERO)
        taken = min(wanted, available)
        outcome = Outcome.APPLIED if taken == wanted else Outcome.CAPPED
        if open_quantity == ZERO:
            outcome = Outcome.SUPERSEDED
        before = amount
        if taken > ZERO:
            open_quantity -= taken
            left[entitlement_id] = available - taken
            amount = to_minor_unit(unit_price * open_quantity)
            value = before - amount
            # one row per entitlement, however many proposals use it: the ledger counts so too
            row = covered.get(entitlement_id, Covered(entitlement_id, ZERO, ZERO, adjustment.explanation))
            covered[entitlement_id] = replace(row, quantity=row.quantity + taken, amount=row.amount + value)
            if adjustment.taxable:
                taxed += value
        steps.append(
            Step(
                Phase.ENTITLEMENT,
                proposal.plugin,
                proposal.version,
                adjustment.reason_code,
                adjustment.label,
                before,
                amount,
                outcome,
                taken,
                adjustment.source,
            )
        )
    return list(covered.values()), taxed, steps


def _may_use(proposal: Proposal, line: QuoteLine, entry: Availability | None) -> bool:
    """Only its own plugin may use an entitlement, and only for its patient."""
    return entry is not None and entry.patient_id == line.patient_id and entry.plugin == proposal.plugin


def _order(
    proposal: Proposal, line: QuoteLine, known: Mapping[int, Availability]
) -> tuple[bool, tuple[object, ...], int, int, tuple[object, ...]]:
    """Staff's own choice first, then by the end of the term, its start, the plan, the rank, the id.

    What follows tells apart proposals that use one entitlement twice: their order must not come from a list.
    """
    adjustment = proposal.adjustment
    entitlement_id = adjustment.entitlement_id or 0
    place = known[entitlement_id].order if entitlement_id in known else ()
    rest = (
        proposal.plugin,
        adjustment.reason_code,
        adjustment.source,
        adjustment.label,
        adjustment.explanation,
        adjustment.taxable,
        adjustment.quantity or ZERO,
    )
    return (entitlement_id != line.preferred_entitlement_id, place, adjustment.rank, entitlement_id, rest)
