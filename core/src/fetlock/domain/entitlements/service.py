"""Entitlements as their plugin keeps them: opened, changed, ended, with external use recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.domain.entitlements import ledger
from fetlock.domain.entitlements.models import Entitlement, EntitlementState, EntryKind
from fetlock.domain.entitlements.movements import Movement
from fetlock.errors import Invalid

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitlementTerms:
    """What a plugin says of one entitlement; `source_key` is its own, unique name for it."""

    source_key: str
    patient_id: int
    label: str
    included: Decimal
    valid_from: date
    valid_to: date
    usable_from: date
    chain: str
    term: int
    unit: str = "each"
    state: EntitlementState = EntitlementState.ACTIVE


def keep(session: Session, plugin: str, terms: Sequence[EntitlementTerms]) -> dict[str, Entitlement]:
    """Create or update entitlements of `plugin`; answers source key to entitlement.

    What was included may change at any time, the vendor's word wins; what was used is never touched.
    """
    keys = [entry.source_key for entry in terms]
    stored = {
        row.source_key: row
        for row in session.scalars(
            select(Entitlement).where(Entitlement.plugin == plugin, Entitlement.source_key.in_(keys))
        )
    }
    for entry in terms:
        if entry.included < ZERO or entry.valid_to < entry.valid_from:
            raise Invalid(f"The terms of “{entry.label}” are not possible.")
        row = stored.get(entry.source_key)
        if row is None:
            row = stored[entry.source_key] = Entitlement(plugin=plugin, source_key=entry.source_key)
            session.add(row)
        for name in [
            "patient_id",
            "label",
            "included",
            "valid_from",
            "valid_to",
            "usable_from",
            "chain",
            "term",
            "unit",
        ]:
            value = getattr(entry, name)
            if getattr(row, name) != value:
                setattr(row, name, value)
        row.state = entry.state.value
    session.flush()
    return stored


def set_state(session: Session, entitlement: Entitlement, state: EntitlementState) -> None:
    """Suspend, end or resume an entitlement; the ledger stays as it is."""
    entitlement.state = state.value
    session.flush()


def record_external(
    session: Session, entitlement: Entitlement, quantity: Decimal, reason: str, *, staff_id: int | None = None
) -> None:
    """Record that `quantity` units (above zero) were used elsewhere, as the vendor's counter shows."""
    if quantity <= ZERO:
        raise Invalid("External use is a quantity above zero.")
    entry = ledger.Entry(entitlement.id, Movement(EntryKind.EXTERNAL, quantity, quantity), reason=reason)
    ledger.append(session, [entry], at=clock.now(), staff_id=staff_id)


def of_patients(session: Session, patient_ids: Sequence[int]) -> list[Entitlement]:
    """Every entitlement of these patients, the earliest end first."""
    return list(
        session.scalars(
            select(Entitlement)
            .where(Entitlement.patient_id.in_(patient_ids))
            .order_by(Entitlement.valid_to, Entitlement.valid_from, Entitlement.chain, Entitlement.id)
        )
    )
