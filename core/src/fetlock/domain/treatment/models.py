"""Tables of treatment: what is ordered or done for a patient."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from fetlock.database import Base, Identified, Quantity, UtcDateTime


class TreatmentItem(Identified, Base):
    """An item of treatment (H-27); a billable one has its line on an invoice, and both change together."""

    __tablename__ = "treatment_item"
    __table_args__ = (Index("ix_treatment_item_patient_day", "patient_id", "service_date"),)

    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    quantity: Mapped[Decimal] = mapped_column(Quantity)
    provider_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    service_date: Mapped[date]
    billable: Mapped[bool] = mapped_column(default=True)
    note: Mapped[str] = mapped_column(String(500), default="")
    invoice_line_id: Mapped[int | None] = mapped_column(ForeignKey("invoice_line.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
