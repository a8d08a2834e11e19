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

On a reopened invoice what is no longer covered stays taken until it closes again (QA33), but its other
lines may use it: only what the invoice needs beyond all that it holds is reserved.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from fetlock.domain.entitlements.models import EntryKind

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Held:
    """What one line holds of one entitlement; both are below zero where the line returns something.

    `effect`: what its entries add to "used" in all. It differs where a reversal restored nothing.
    """

    reserved: Decimal = ZERO
    committed: Decimal = ZERO
    effect: Decimal = ZERO

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


Place = tuple[int, int]
"""A line's id and an entitlement's id."""


def movements(
    held: Mapping[Place, Held],
    target: Mapping[Place, Decimal],
    occasion: Occasion,
    restores: Mapping[int, bool],
) -> list[tuple[Place, Movement]]:
    """The entries that bring what an invoice's lines hold to `target`, in order of line and entitlement.

    `target`: the covered quantity; below zero on a returning line; left out where the line is gone.
    `restores`: per entitlement, whether its plan is active, so that what comes back can be used again
    (CP-65, QA3).
    """
    beyond = _needed_beyond(held, target) if occasion is Occasion.EDIT_REOPENED else {}
    found: list[tuple[Place, Movement]] = []
    for place in sorted(held.keys() | target.keys()):
        holds, wanted = held.get(place, Held()), target.get(place, ZERO)
        entitlement_id = place[1]
        may_return = restores[entitlement_id]
        if wanted < ZERO or holds.total < ZERO or holds.reserved < ZERO:
            moves = _returning(holds, wanted, occasion, restores=may_return)
        elif occasion is Occasion.EDIT:
            moves = _edit(holds, wanted)
        elif occasion is Occasion.EDIT_REOPENED:
            moves = _edit_reopened(holds, wanted, beyond[entitlement_id])
            beyond[entitlement_id] -= sum((move.quantity for move in moves), ZERO)
        else:
            moves = _settle(holds, ZERO if occasion is Occasion.VOID else wanted, restores=may_return)
        found += [(place, move) for move in moves]
    return found


def _edit(held: Held, target: Decimal) -> list[Movement]:
    """An invoice that was never closed: increases reserve at once, decreases free at once."""
    missing = target - held.total
    if missing > ZERO:
        return [_reserve(missing)]
    return [_release(-missing)] if missing < ZERO else []


def _needed_beyond(held: Mapping[Place, Held], target: Mapping[Place, Decimal]) -> dict[int, Decimal]:
    """Per entitlement, what the selling lines need beyond all that they hold."""
    needed: dict[int, Decimal] = defaultdict(Decimal)
    for (_, entitlement_id), quantity in target.items():
        needed[entitlement_id] += max(quantity, ZERO)
    for (_, entitlement_id), holds in held.items():
        needed[entitlement_id] -= max(holds.total, ZERO)
    return needed


def _edit_reopened(held: Held, target: Decimal, beyond: Decimal) -> list[Movement]:
    """A reopened invoice: increases reserve at once, decreases free nothing yet (QA33)."""
    missing = min(target - held.total, beyond)
    return [_reserve(missing)] if missing > ZERO else []


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
    found: list[Movement] = []
    if held.committed:  # its close has been recorded as a reverse, which stays unless the invoice is void
        if occasion is Occasion.VOID and held.effect < ZERO:
            found = [_reserve(-held.effect), Movement(EntryKind.COMMIT, -held.effect, ZERO)]
        return found
    if occasion in (Occasion.EDIT, Occasion.EDIT_REOPENED):
        missing = (target if restores else ZERO) - held.reserved
        if missing < ZERO:
            return [_reserve(missing)]
        return [_release(-missing)] if missing > ZERO else []
    if held.reserved:
        found.append(_release(held.reserved))
    if occasion is Occasion.CLOSE and target < ZERO:
        found.append(_reverse(-target, restores=restores))
    return found


def _reserve(quantity: Decimal) -> Movement:
    return Movement(EntryKind.RESERVE, quantity, quantity)


def _release(quantity: Decimal) -> Movement:
    return Movement(EntryKind.RELEASE, quantity, -quantity)


def _reverse(quantity: Decimal, *, restores: bool) -> Movement:
    return Movement(EntryKind.REVERSE, quantity, -quantity if restores else ZERO)
