"""Tables of entitlements and their append-only ledger."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import cast
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Table, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from fetlock.database import Base, Identified, Quantity, UtcDateTime
from fetlock.database.append_only import guard


class EntitlementState(StrEnum):
    """Whether units may be used. `SUSPENDED` is on hold; `ENDED` is cancelled, expired or gone."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


class EntryKind(StrEnum):
    """The kinds of ledger entries; see `ledger.py` for what each does to the counters."""

    RESERVE = "reserve"
    RELEASE = "release"
    COMMIT = "commit"
    REVERSE = "reverse"
    OPENING = "opening"
    EXTERNAL = "external"
    CORRECTION = "correction"


class Entitlement(Identified, Base):
    """So many units of something for a patient, within a term. Written by its plugin through a service.

    `chain` joins the terms of one plan; `usable_from` lies before `valid_from` when a term was renewed
    early and may be used at once (CP-59). Codes and prices are the plugin's own business.
    """

    __tablename__ = "entitlement"
    __table_args__ = (
        UniqueConstraint("plugin", "source_key"),
        CheckConstraint("included >= 0", name="included_not_negative"),
        Index("ix_entitlement_patient", "patient_id", "valid_to"),
    )

    plugin: Mapped[str] = mapped_column(String(60))
    source_key: Mapped[str] = mapped_column(String(200))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    label: Mapped[str] = mapped_column(String(300))
    unit: Mapped[str] = mapped_column(String(20), default="each")
    included: Mapped[Decimal] = mapped_column(Quantity)
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    usable_from: Mapped[date]
    chain: Mapped[str] = mapped_column(String(200))
    term: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(String(20), default=EntitlementState.ACTIVE.value)

    def usable_on(self, day: date) -> bool:
        """Whether units may be used on `day`, the site's calendar day."""
        return self.state == EntitlementState.ACTIVE and self.usable_from <= day <= self.valid_to


class EntitlementEntry(Identified, Base):
    """One entry of the ledger: append-only, which the database itself enforces (CPX-3).

    `quantity` is the units moved; `effect` is the signed change of "used", so that used = sum(effect).
    `uuid` is the idempotency key under which the plan's owner is told (CPX-2).
    """

    __tablename__ = "entitlement_entry"
    __table_args__ = (
        Index("ix_entitlement_entry_entitlement", "entitlement_id"),
        Index("ix_entitlement_entry_invoice", "invoice_id"),
    )

    uuid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    entitlement_id: Mapped[int] = mapped_column(ForeignKey("entitlement.id"))
    kind: Mapped[str] = mapped_column(String(20))
    quantity: Mapped[Decimal] = mapped_column(Quantity)
    effect: Mapped[Decimal] = mapped_column(Quantity)
    invoice_id: Mapped[int | None] = mapped_column(ForeignKey("invoice.id"))
    invoice_line_id: Mapped[int | None] = mapped_column(ForeignKey("invoice_line.id"))
    invoice_revision: Mapped[int | None]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    reason: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


guard(cast("Table", EntitlementEntry.__table__))
