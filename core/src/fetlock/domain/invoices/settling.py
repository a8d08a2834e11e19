"""Bringing the ledger to what an invoice's lines cover: the one place where invoices move entitlements."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from fetlock import clock
from fetlock.domain.entitlements import ledger
from fetlock.domain.entitlements.ledger import Entry
from fetlock.domain.entitlements.movements import Movement, Place
from fetlock.domain.invoices.models import Invoice
from fetlock.errors import Conflict
from fetlock.work import Work

ZERO = Decimal(0)

Entries = list[tuple[Entry, dict[str, Any]]]
"""Each entry with its row as stored."""


def append(work: Work, invoice: Invoice, moves: Sequence[tuple[Place, Movement]]) -> Entries:
    """Append movements to the ledger, under the invoice's present revision."""
    entries = [Entry(entitlement_id, movement, line_id) for (line_id, entitlement_id), movement in moves]
    rows = ledger.append(
        work.session,
        entries,
        at=clock.now(),
        staff_id=work.actor.staff_id,
        invoice_id=invoice.id,
        invoice_revision=invoice.revision,
    )
    return list(zip(entries, rows, strict=True))


def effects(moves: Sequence[tuple[Place, Movement]]) -> dict[int, Decimal]:
    """What the movements add to "used", per entitlement."""
    found: dict[int, Decimal] = {}
    for (_, entitlement_id), movement in moves:
        found[entitlement_id] = found.get(entitlement_id, ZERO) + movement.effect
    return found


def require_room(available: Mapping[int, Decimal], added: Mapping[int, Decimal], message: str) -> None:
    """Raise `Conflict` with `message` where movements would use more of an entitlement than it has left."""
    for entitlement_id, effect in added.items():
        if effect > ZERO and effect > available[entitlement_id]:
            raise Conflict(message)
