"""Asking plugins for their proposals, and refusing those that cannot be folded."""

from dataclasses import dataclass, field
from decimal import Decimal

from fetlock.contracts.pricing import AdjustmentKind, LineAdjustment, Quote
from fetlock.platform.dispatch import Dispatcher
from fetlock.platform.incidents import record_incident
from fetlock.pricing import Proposal

ZERO = Decimal(0)
_HUNDRED = Decimal(100)


@dataclass(slots=True)
class Proposals:
    """What plugins proposed; `versions` of those that took part, `failed` with the incident (H-33)."""

    accepted: list[Proposal] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def ask_for_proposals(hooks: Dispatcher, enabled: frozenset[str], quote: Quote) -> Proposals:
    """Call the propose hook once for the invoice. A plugin that proposes nonsense counts as failed."""
    found = Proposals()
    if not quote.lines:
        return found
    keys = {line.key for line in quote.lines}
    for answer in hooks.call("propose_line_adjustments", quote, enabled):
        if answer.failure is not None:
            found.failed[answer.plugin] = answer.failure.incident
            continue
        try:
            for adjustment in answer.value:
                _require_sense(adjustment, keys)
        except ValueError as error:
            found.failed[answer.plugin] = record_incident(
                plugin=answer.plugin, hook="propose_line_adjustments", error=error
            )
            continue
        found.versions[answer.plugin] = answer.version
        found.accepted += [Proposal(answer.plugin, answer.version, item) for item in answer.value]
    return found


def _require_sense(adjustment: LineAdjustment, keys: set[int]) -> None:
    if adjustment.line not in keys:
        raise ValueError("proposes for a line that is not in the quote")
    kind = adjustment.kind
    if kind is AdjustmentKind.COVER:
        if adjustment.entitlement_id is None:
            raise ValueError("covers without an entitlement")
        if adjustment.quantity is not None and adjustment.quantity <= ZERO:
            raise ValueError("covers a quantity that is not above zero")
    elif kind is AdjustmentKind.PERCENT:
        if adjustment.percent is None or not ZERO < adjustment.percent <= _HUNDRED:
            raise ValueError("a percentage is above 0 and at most 100")
    elif adjustment.amount is None or adjustment.amount < ZERO:
        raise ValueError("an amount is missing or below zero")
    elif adjustment.amount != adjustment.amount.quantize(Decimal("0.01")):
        raise ValueError("an amount has more decimals than the currency")
