"""The append-only ledger of entitlement use: every counter is a sum over it.

`used = reserved + committed + external - reversed` (QA32), which is the sum of every entry's effect.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, cast

from sqlalchemy import Table, bindparam, func, select
from sqlalchemy.orm import Session

from fetlock.database.bulk import Bulk
from fetlock.database.running import run
from fetlock.domain.entitlements.models import Entitlement, EntitlementEntry, EntryKind
from fetlock.domain.entitlements.movements import Held, Movement

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Balance:
    """The counters of one entitlement, in its unit. `available` below zero is over-use (CP-40)."""

    included: Decimal
    used: Decimal = ZERO
    reserved: Decimal = ZERO
    committed: Decimal = ZERO
    external: Decimal = ZERO
    reversed: Decimal = ZERO

    @property
    def available(self) -> Decimal:
        """Included less used."""
        return self.included - self.used


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry to append, and what it belongs to."""

    entitlement_id: int
    movement: Movement
    line_id: int | None = None
    reason: str = ""


# Every pricing runs these, so they are built once: building a statement costs more than running it.
_ENTRY = cast("Table", EntitlementEntry.__table__)
_APPEND: Final = Bulk(
    _ENTRY,
    (
        *("uuid", "entitlement_id", "kind", "quantity", "effect", "invoice_id", "invoice_line_id"),
        *("invoice_revision", "staff_id", "reason", "created_at"),
    ),
)
_HELD: Final = (
    select(
        *(_ENTRY.c.invoice_line_id, _ENTRY.c.entitlement_id, _ENTRY.c.kind),
        func.sum(_ENTRY.c.quantity).label("quantity"),
        func.sum(_ENTRY.c.effect).label("effect"),
    )
    .where(_ENTRY.c.invoice_id == bindparam("invoice_id"), _ENTRY.c.invoice_line_id.is_not(None))
    .group_by(_ENTRY.c.invoice_line_id, _ENTRY.c.entitlement_id, _ENTRY.c.kind)
)


def held_by_invoice(session: Session, invoice_id: int) -> dict[tuple[int, int], Held]:
    """What the lines of an invoice hold: (line id, entitlement id) to `Held`."""
    rows = run(session, _HELD, {"invoice_id": invoice_id})
    sums: dict[tuple[int, int], dict[str, Decimal]] = defaultdict(dict)
    effects: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    for row in rows:
        place = (row.invoice_line_id, row.entitlement_id)
        sums[place][row.kind] = row.quantity
        effects[place] += row.effect
    return {
        key: Held(
            reserved=_sum(kinds, EntryKind.RESERVE)
            - _sum(kinds, EntryKind.RELEASE)
            - _sum(kinds, EntryKind.COMMIT),
            committed=_sum(kinds, EntryKind.COMMIT) - _sum(kinds, EntryKind.REVERSE),
            effect=effects[key],
        )
        for key, kinds in sums.items()
    }


def balances(session: Session, entitlements: Iterable[Entitlement]) -> dict[int, Balance]:
    """The counters of these entitlements, by id, in one query."""
    included = {entitlement.id: entitlement.included for entitlement in entitlements}
    if not included:
        return {}
    entry = EntitlementEntry
    rows = session.execute(
        select(entry.entitlement_id, entry.kind, func.sum(entry.quantity), func.sum(entry.effect))
        .where(entry.entitlement_id.in_(included))
        .group_by(entry.entitlement_id, entry.kind)
    )
    by_kind: dict[int, dict[str, tuple[Decimal, Decimal]]] = defaultdict(dict)
    for entitlement_id, kind, quantity, effect in rows:
        by_kind[entitlement_id][kind] = (quantity, effect)
    return {key: _balance(included[key], by_kind[key]) for key in included}


def append(
    session: Session,
    entries: Sequence[Entry],
    *,
    at: datetime,
    staff_id: int | None,
    invoice_id: int | None = None,
    invoice_revision: int | None = None,
) -> list[dict[str, Any]]:
    """Append entries in one statement; answers the rows as stored, each with its uuid."""
    if not entries:
        return []
    rows: list[dict[str, Any]] = [
        {
            "uuid": uuid.uuid4(),
            "entitlement_id": entry.entitlement_id,
            "kind": entry.movement.kind.value,
            "quantity": entry.movement.quantity,
            "effect": entry.movement.effect,
            "invoice_id": invoice_id,
            "invoice_line_id": entry.line_id,
            "invoice_revision": invoice_revision,
            "staff_id": staff_id,
            "reason": entry.reason,
            "created_at": at,
        }
        for entry in entries
    ]
    _APPEND.write(session.connection(), [tuple(row.values()) for row in rows])
    return rows


def _balance(included: Decimal, kinds: Mapping[str, tuple[Decimal, Decimal]]) -> Balance:
    quantity = {kind: pair[0] for kind, pair in kinds.items()}
    return Balance(
        included=included,
        used=sum((pair[1] for pair in kinds.values()), ZERO),
        reserved=_sum(quantity, EntryKind.RESERVE)
        - _sum(quantity, EntryKind.RELEASE)
        - _sum(quantity, EntryKind.COMMIT),
        committed=_sum(quantity, EntryKind.COMMIT) + _sum(quantity, EntryKind.OPENING),
        external=_sum(quantity, EntryKind.EXTERNAL) + _effect(kinds, EntryKind.CORRECTION),
        reversed=-_effect(kinds, EntryKind.REVERSE),
    )


def _sum(kinds: Mapping[str, Decimal], kind: EntryKind) -> Decimal:
    return kinds.get(kind.value, ZERO)


def _effect(kinds: Mapping[str, tuple[Decimal, Decimal]], kind: EntryKind) -> Decimal:
    return kinds.get(kind.value, (ZERO, ZERO))[1]
