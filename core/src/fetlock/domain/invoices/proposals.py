"""Asking plugins for their proposals, and refusing those that cannot be folded."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from fetlock.contracts.pricing import AdjustmentKind, LineAdjustment, Quote
from fetlock.domain.invoices.candidates import MOST
from fetlock.platform.dispatch import Dispatcher
from fetlock.platform.incidents import record_incident
from fetlock.pricing import Proposal
from fetlock.pricing.rounding import CENT

ZERO = Decimal(0)
_HUNDRED: Final = Decimal(100)
_SMALLEST: Final = Decimal("0.0001")
_MOST_MONEY: Final = Decimal(100_000_000)
"""No unit price and no discount is higher: times the largest quantity it still fits its column."""

_LONGEST: Final[Mapping[str, int]] = {
    "reason_code": 60,
    "label": 500,
    "source": 200,
    "explanation": 500,
    "exclusive_group": 200,
}
"""What the columns of the price trace hold; SQLite would take more, PostgreSQL would refuse the invoice."""
_SHORTEST: Final = min(_LONGEST.values())


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
                require_sense(adjustment, keys)
        except (ValueError, ArithmeticError) as error:
            found.failed[answer.plugin] = record_incident(
                plugin=answer.plugin,
                hook="propose_line_adjustments",
                error=error,
                site_id=quote.site.site_id,
            )
            continue
        found.versions[answer.plugin] = answer.version
        found.accepted += [Proposal(answer.plugin, answer.version, item) for item in answer.value]
    return found


def require_sense(adjustment: LineAdjustment, keys: Collection[int]) -> None:
    """Raise `ValueError` unless the fold can work with the proposal and the database can keep its traces.

    A plugin is code of others: what type checking would have told it is looked at here once more.
    """
    if adjustment.line not in keys:
        raise ValueError("proposes for a line that is not in the quote")
    kind: object = adjustment.kind
    rank: object = adjustment.rank
    if not isinstance(kind, AdjustmentKind) or not isinstance(rank, int):
        raise ValueError("kind or rank is of another type")
    if kind is AdjustmentKind.COVER:
        if not isinstance(adjustment.entitlement_id, int):
            raise ValueError("covers without an entitlement")
        if adjustment.quantity is not None and not _within(adjustment.quantity, _SMALLEST, MOST, _SMALLEST):
            raise ValueError("covers a quantity that is not above zero, or has more than four decimals")
    elif kind is AdjustmentKind.PERCENT:
        if not _within(adjustment.percent, _SMALLEST, _HUNDRED, _SMALLEST):
            raise ValueError("a percentage is above 0 and at most 100, with up to four decimals")
    else:
        least = ZERO if kind is AdjustmentKind.UNIT_PRICE else CENT
        if not _within(adjustment.amount, least, _MOST_MONEY, CENT):
            raise ValueError("an amount is missing, out of range, or has more decimals than the currency")
    _require_texts(adjustment)


def _require_texts(adjustment: LineAdjustment) -> None:
    texts = [getattr(adjustment, name) for name in _LONGEST]
    try:
        together = "".join(texts)
    except TypeError:
        raise ValueError("a text is of another type") from None
    if "\0" in together:
        raise ValueError("a text holds a character that the database cannot keep")
    if len(together) > _SHORTEST and any(
        len(text) > most for text, most in zip(texts, _LONGEST.values(), strict=True)
    ):
        raise ValueError(f"a text is longer than its column: {dict(_LONGEST)}")


def _within(value: object, least: Decimal, most: Decimal, smallest: Decimal) -> bool:
    return (
        isinstance(value, Decimal)
        and value.is_finite()
        and least <= value <= most
        and value % smallest == ZERO
    )
