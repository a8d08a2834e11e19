"""Tables of invoices: lines, what covers them, how their price came about, payments, history."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fetlock.database import Base, Identified, Json, Money, Percent, Quantity, UtcDateTime


class InvoiceState(StrEnum):
    """`REOPENED` was closed before: it keeps its number, and decreases free nothing until it closes."""

    OPEN = "open"
    REOPENED = "reopened"
    CLOSED = "closed"
    VOID = "void"


class Invoice(Identified, Base):
    """An invoice of a client at a site (H-34). Sums are those of its lines, kept with each pricing.

    `list_total` less `savings` less `discount` is `amount`, on the site's price basis; `net` is without
    tax, `gross` with it. `priced_by` maps a plugin's name to the version that took part; `incomplete`
    lists the plugins that failed while pricing (H-33). `revision` grows with each change (H-36).
    """

    __tablename__ = "invoice"
    __table_args__ = (
        Index(
            "uq_invoice_open_client_site",
            "client_id",
            "site_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        UniqueConstraint("site_id", "number"),
        Index("ix_invoice_site_state", "site_id", "state"),
        Index("ix_invoice_client", "client_id"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"))
    number: Mapped[int | None]
    reference: Mapped[str | None] = mapped_column(String(40), index=True)
    state: Mapped[str] = mapped_column(String(20), default=InvoiceState.OPEN.value)
    revision: Mapped[int] = mapped_column(default=1)
    currency: Mapped[str] = mapped_column(String(3))
    prices_include_tax: Mapped[bool]
    list_total: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    savings: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    discount: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    amount: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    net: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    tax: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    gross: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    paid: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    priced_by: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    incomplete: Mapped[list[str]] = mapped_column(Json, default=list)
    must_reprice: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    first_closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def balance(self) -> Decimal:
        """What is still to be paid; below zero it is owed to the client."""
        return self.gross - self.paid

    just_made = False
    """Set on one that was made in this very transaction, for as long as no line stands on it."""

    @property
    def is_open(self) -> bool:
        """Whether lines may change: open for the first time, or reopened."""
        return self.state in (InvoiceState.OPEN, InvoiceState.REOPENED)

    @property
    def title(self) -> str:
        """The number with the site's prefix, or "Draft n" before the first close."""
        return self.reference or f"Draft {self.id}"


class LineSource(StrEnum):
    """The path by which a line came in (H-30)."""

    TREATMENT = "treatment"
    QUICK = "quick"
    PLUGIN = "plugin"
    API = "api"
    RETURN = "return"


class InvoiceLine(Identified, Base):
    """A line: it keeps its id for ever, and is marked removed rather than deleted.

    `quantity` is below zero on a returning line, and `returns_line_id` then names what it returns.
    """

    __tablename__ = "invoice_line"
    __table_args__ = (Index("ix_invoice_line_invoice", "invoice_id", "position"),)

    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"))
    position: Mapped[int]
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    description: Mapped[str] = mapped_column(String(200))
    quantity: Mapped[Decimal] = mapped_column(Quantity)
    unit: Mapped[str] = mapped_column(String(20))
    unit_price: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    list_amount: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    covered_quantity: Mapped[Decimal] = mapped_column(Quantity, default=Decimal(0))
    savings: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    discount: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    amount: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    net: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    tax_percent: Mapped[Decimal] = mapped_column(Percent, default=Decimal(0))
    tax: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    gross: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    price_digest: Mapped[str] = mapped_column(String(24), default="")
    provider_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    service_date: Mapped[date]
    source: Mapped[str] = mapped_column(String(20))
    preferred_entitlement_id: Mapped[int | None] = mapped_column(ForeignKey("entitlement.id"))
    returns_line_id: Mapped[int | None] = mapped_column(ForeignKey("invoice_line.id"), index=True)
    revision: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    coverage: Mapped[list["LineCoverage"]] = relationship(order_by="LineCoverage.position", viewonly=True)
    steps: Mapped[list["PriceStep"]] = relationship(order_by="PriceStep.position", viewonly=True)


class LineCoverage(Base):
    """A part of a line that an entitlement covers; the current term stands first."""

    __tablename__ = "invoice_line_coverage"

    line_id: Mapped[int] = mapped_column(ForeignKey("invoice_line.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entitlement_id: Mapped[int] = mapped_column(ForeignKey("entitlement.id"), index=True)
    quantity: Mapped[Decimal] = mapped_column(Quantity)
    amount: Mapped[Decimal] = mapped_column(Money)
    explanation: Mapped[str] = mapped_column(String(500), default="")


class PriceStep(Base):
    """One step of the price trace of a line (H-31): which plugin did what, from where to where."""

    __tablename__ = "invoice_line_step"

    line_id: Mapped[int] = mapped_column(ForeignKey("invoice_line.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    phase: Mapped[str] = mapped_column(String(20))
    plugin: Mapped[str] = mapped_column(String(60))
    plugin_version: Mapped[str] = mapped_column(String(30))
    reason_code: Mapped[str] = mapped_column(String(60))
    label: Mapped[str] = mapped_column(String(500))
    quantity: Mapped[Decimal | None] = mapped_column(Quantity)
    before: Mapped[Decimal] = mapped_column(Money)
    after: Mapped[Decimal] = mapped_column(Money)
    outcome: Mapped[str] = mapped_column(String(20))
    source: Mapped[str] = mapped_column(String(200), default="")


class InvoicePayer(Base):
    """Who besides the client is expected to pay how much: beside the total, never in it (H-31)."""

    __tablename__ = "invoice_payer"

    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    plugin: Mapped[str] = mapped_column(String(60))
    payer: Mapped[str] = mapped_column(String(200))
    amount: Mapped[Decimal] = mapped_column(Money)


class Payment(Identified, Base):
    """Money taken (above zero) or given back (below zero). `key` keeps a repeat from counting twice."""

    __tablename__ = "payment"

    key: Mapped[UUID] = mapped_column(Uuid, unique=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"), index=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    amount: Mapped[Decimal] = mapped_column(Money)
    method: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(String(200), default="")
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)
    taken_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class InvoiceCounter(Base):
    """The last invoice number given at a site; locked while the next one is taken (H-34)."""

    __tablename__ = "invoice_counter"

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), primary_key=True)
    last: Mapped[int] = mapped_column(default=0)


class InvoiceHistory(Identified, Base):
    """What happened to an invoice, with the lines as they stood then (every revision kept, H-34)."""

    __tablename__ = "invoice_history"
    __table_args__ = (Index("ix_invoice_history_invoice", "invoice_id", "revision"),)

    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"))
    revision: Mapped[int]
    what: Mapped[str] = mapped_column(String(30))
    detail: Mapped[str] = mapped_column(String(500), default="")
    reason: Mapped[str] = mapped_column(String(300), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    snapshot: Mapped[dict[str, Any] | None] = mapped_column(Json)
