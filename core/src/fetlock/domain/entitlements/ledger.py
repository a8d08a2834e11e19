"""The append-only ledger of entitlement use: every counter is a sum over it.

`used = reserved + committed + external - reversed` (QA32), which is the sum of every entry's effect.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, Select, func, insert, select
from sqlalchemy.orm import Session

from fetlock.domain.entitlements.models import Entitlement, EntitlementEntry, EntitlementState, EntryKind
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
class Term:
    """What pricing must know of an entitlement."""

    entitlement_id: int
    plugin: str
    patient_id: int
    included: Decimal
    valid_from: date
    valid_to: date
    usable_from: date
    chain: str
    state: str

    def usable_on(self, day: date) -> bool:
        """As `Entitlement.usable_on`."""
        return self.state == EntitlementState.ACTIVE and self.usable_from <= day <= self.valid_to


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry to append, and what it belongs to."""

    entitlement_id: int
    movement: Movement
    line_id: int | None = None
    reason: str = ""


def lock(session: Session, entitlement_ids: Collection[int]) -> dict[int, Term]:
    """Lock these entitlements in id order until the transaction ends, and answer their terms.

    On SQLite the one writing transaction is the lock.
    """
    if not entitlement_ids:
        return {}
    statement = _terms().where(Entitlement.id.in_(sorted(entitlement_ids))).order_by(Entitlement.id)
    return {row.id: _term(row) for row in session.execute(statement.with_for_update())}


def used(session: Session, entitlement_ids: Collection[int]) -> dict[int, Decimal]:
    """Used units per entitlement, those without entries left out."""
    if not entitlement_ids:
        return {}
    entry = EntitlementEntry
    rows = session.execute(
        select(entry.entitlement_id, func.sum(entry.effect))
        .where(entry.entitlement_id.in_(entitlement_ids))
        .group_by(entry.entitlement_id)
    )
    return {entitlement_id: total for entitlement_id, total in rows}  # noqa: C416  # a Row is no pair to mypy


def held_by_invoice(session: Session, invoice_id: int) -> dict[tuple[int, int], Held]:
    """What the lines of an invoice hold: (line id, entitlement id) to `Held`."""
    entry = EntitlementEntry
    rows = session.execute(
        select(
            entry.invoice_line_id,
            entry.entitlement_id,
            entry.kind,
            func.sum(entry.quantity),
            func.sum(entry.effect),
        )
        .where(entry.invoice_id == invoice_id, entry.invoice_line_id.is_not(None))
        .group_by(entry.invoice_line_id, entry.entitlement_id, entry.kind)
    )
    sums: dict[tuple[int, int], dict[str, Decimal]] = defaultdict(dict)
    effects: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    for line_id, entitlement_id, kind, quantity, effect in rows:
        if line_id is not None:
            sums[line_id, entitlement_id][kind] = quantity
            effects[line_id, entitlement_id] += effect
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
    session.execute(insert(EntitlementEntry.__table__), rows)  # type: ignore[arg-type]
    return rows


def _terms() -> Select[*tuple[Any, ...]]:
    e = Entitlement
    return select(
        e.id, e.plugin, e.patient_id, e.included, e.valid_from, e.valid_to, e.usable_from, e.chain, e.state
    )


def _term(row: Row[Any]) -> Term:
    return Term(
        row.id,
        row.plugin,
        row.patient_id,
        row.included,
        row.valid_from,
        row.valid_to,
        row.usable_from,
        row.chain,
        row.state,
    )


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
