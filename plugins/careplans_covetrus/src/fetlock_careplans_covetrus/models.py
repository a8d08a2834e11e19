"""Tables: plans as the vendor describes them. What was used stands in core's ledger, never here."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from fetlock.tables import Base, Identified, Json, Percent, UtcDateTime


class CarePlan(Identified, Base):
    """A plan of a patient. `account_key`: the API key of the account it came from.

    `missing_since`: the vendor no longer names it under our ids (CP-41); it then counts nowhere.
    `as_of`: when the vendor looked (CP-53).
    """

    __tablename__ = "careplans_plan"
    __table_args__ = (
        UniqueConstraint("account_key", "vendor_plan_id"),
        Index("ix_careplans_plan_patient", "patient_id"),
    )

    account_key: Mapped[str] = mapped_column(String(200))
    vendor_plan_id: Mapped[str] = mapped_column(String(60))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    name: Mapped[str] = mapped_column(String(200))
    template_id: Mapped[str] = mapped_column(String(1000), default="")
    account_number: Mapped[str] = mapped_column(String(1000), default="")
    status: Mapped[str] = mapped_column(String(200))
    status_reason: Mapped[str] = mapped_column(String(1000), default="")
    customer_since: Mapped[date]
    discount_percent: Mapped[Decimal | None] = mapped_column(Percent)
    discount_name: Mapped[str] = mapped_column(String(200), default="")
    benefits: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    billing: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    as_of: Mapped[datetime] = mapped_column(UtcDateTime)
    missing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def is_active(self) -> bool:
        """Whether items may be consumed and the discount be given."""
        return self.status == "active" and self.missing_since is None


class CarePlanTerm(Identified, Base):
    """A term of a plan, both days included; `flagged_early` may be used before it starts (CP-59)."""

    __tablename__ = "careplans_term"
    __table_args__ = (UniqueConstraint("plan_id", "vendor_term_id"),)

    plan_id: Mapped[int] = mapped_column(ForeignKey("careplans_plan.id"))
    vendor_term_id: Mapped[str] = mapped_column(String(60))
    number: Mapped[int]
    starts_on: Mapped[date]
    expires_on: Mapped[date]
    flagged_early: Mapped[bool] = mapped_column(default=False)
    origin: Mapped[str] = mapped_column(String(20), default="")


class CarePlanItem(Identified, Base):
    """A service of a term; its units are the entitlement's. `vendor_used` is as last seen, never copied."""

    __tablename__ = "careplans_item"
    __table_args__ = (
        UniqueConstraint("term_id", "vendor_item_id"),
        Index("ix_careplans_item_entitlement", "entitlement_id"),
    )

    term_id: Mapped[int] = mapped_column(ForeignKey("careplans_term.id"))
    vendor_item_id: Mapped[str] = mapped_column(String(60))
    entitlement_id: Mapped[int] = mapped_column(ForeignKey("entitlement.id"))
    position: Mapped[int]
    item_group: Mapped[str] = mapped_column(String(200), default="")
    name: Mapped[str] = mapped_column(String(200))
    optional: Mapped[bool] = mapped_column(default=False)
    vendor_used: Mapped[int] = mapped_column(default=0)


class CarePlanCode(Base):
    """A product code that draws on an item: position 0 is its own, the others are alternates (CP-38)."""

    __tablename__ = "careplans_code"
    __table_args__ = (Index("ix_careplans_code_code", "code"),)

    item_id: Mapped[int] = mapped_column(ForeignKey("careplans_item.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(60), primary_key=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(200), default="")
    dropped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CarePlanLookup(Base):
    """When a patient was last looked up at the vendor, and what came of it (CP-42, CP-53).

    `as_of` is the vendor's clock, `asked_at` ours: an answer to an older question changes nothing.
    """

    __tablename__ = "careplans_lookup"
    __table_args__ = (Index("ix_careplans_lookup_age", "account_key", "asked_at"),)

    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), primary_key=True)
    account_key: Mapped[str] = mapped_column(String(200), primary_key=True)
    as_of: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    found: Mapped[int] = mapped_column(default=0)
