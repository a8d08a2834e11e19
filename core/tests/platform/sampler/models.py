"""Its table."""

from decimal import Decimal

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from fetlock.tables import Base, Identified, Money


class Sample(Identified, Base):
    __tablename__ = "sampler_sample"

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    text: Mapped[str] = mapped_column(String(80))
    amount: Mapped[Decimal] = mapped_column(Money)
