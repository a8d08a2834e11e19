"""Which ledger entries a change asks for: pure rules, property-tested (CPX-3, QA32, QA33).

What each kind of entry does to the counters of an entitlement:

| kind       | reserved | committed | reversed | used (`effect`)              |
|------------|----------|-----------|----------|------------------------------|
| reserve    | +q       |           |          | +q                           |
| release    | -q       |           |          | -q                           |
| commit     | -q       | +q        |          | 0                            |
| reverse    |          |           | +q       | -q, or 0 where the plan ended |
| opening    |          |           |          | +q                           |
| external   |          |           |          | +q                           |
| correction |          |           |          | its own sign                 |

A returning line reserves a quantity below zero while its invoice is open: what comes back can be used
at once (CP-64), and taking the returning line off again takes it back. Closing turns that into a reverse.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from fetlock.domain.entitlements.models import EntryKind

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Held:
    """What one line holds of one entitlement. `reserved` is below zero on a returning line."""

    reserved: Decimal = ZERO
    committed: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        """Reserved and committed together."""
        return self.reserved + self.committed


@dataclass(frozen=True, slots=True)
class Movement:
    """One entry to append."""

    kind: EntryKind
    quantity: Decimal
    effect: Decimal


class Occasion(StrEnum):
    """What is happening to the invoice."""

    EDIT = "edit"
    EDIT_REOPENED = "edit_reopened"
    CLOSE = "close"
    VOID = "void"


def movements(held: Held, target: Decimal, occasion: Occasion, *, restores: bool = True) -> list[Movement]:
    """The entries that bring what a line holds of an entitlement to `target`.

    `target`: the covered quantity; below zero on a returning line; zero when the line is gone.
    `restores`: whether the plan is active, so that what comes back can be used again (CP-65, QA3).
    """
    if occasion is Occasion.VOID:
        target = ZERO
    if target < ZERO or held.reserved < ZERO:
        return _returning(held, target, occasion, restores=restores)
    if occasion in (Occasion.EDIT, Occasion.EDIT_REOPENED):
        return _edit(held, target, frees=occasion is Occasion.EDIT)
    return _settle(held, target, restores=restores)


def _edit(held: Held, target: Decimal, *, frees: bool) -> list[Movement]:
    """An open invoice: increases reserve at once; decreases free at once only before the first close."""
    missing = target - held.total
    if missing > ZERO:
        return [_reserve(missing)]
    if frees and missing < ZERO:
        return [_release(min(-missing, held.reserved))]
    return []


def _settle(held: Held, target: Decimal, *, restores: bool) -> list[Movement]:
    """Closing (or voiding, with a target of zero): only what is covered in the end counts."""
    found: list[Movement] = []
    to_commit = max(target - held.committed, ZERO)
    missing = to_commit - held.reserved
    if missing > ZERO:
        found.append(_reserve(missing))
    elif missing < ZERO:
        found.append(_release(-missing))
    if to_commit > ZERO:
        found.append(Movement(EntryKind.COMMIT, to_commit, ZERO))
    too_many = held.committed - target
    if too_many > ZERO:
        found.append(_reverse(too_many, restores=restores))
    return found


def _returning(held: Held, target: Decimal, occasion: Occasion, *, restores: bool) -> list[Movement]:
    """A returning line. Where the plan has ended nothing comes back; closing records the reversal."""
    if occasion in (Occasion.EDIT, Occasion.EDIT_REOPENED):
        if held.committed:  # its close has already been recorded as reverses
            return []
        missing = (target if restores else ZERO) - held.reserved
        if missing < ZERO:
            return [_reserve(missing)]
        return [_release(-missing)] if missing > ZERO else []
    found: list[Movement] = []
    if held.reserved:
        found.append(_release(held.reserved))
    coming_back = -target + held.committed
    if coming_back > ZERO:
        found.append(_reverse(coming_back, restores=restores))
    return found


def _reserve(quantity: Decimal) -> Movement:
    return Movement(EntryKind.RESERVE, quantity, quantity)


def _release(quantity: Decimal) -> Movement:
    return Movement(EntryKind.RELEASE, quantity, -quantity)


def _reverse(quantity: Decimal, *, restores: bool) -> Movement:
    return Movement(EntryKind.REVERSE, quantity, -quantity if restores else ZERO)
