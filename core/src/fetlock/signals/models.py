"""The table of live signals."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from fetlock.database import Base, Identified, UtcDateTime


class SignalRow(Identified, Base):
    """Something changed. `id` is the sequence; without a site it concerns every site.

    `subject` names a thing by its number ("invoice:12"), never by a name: no patient data passes here.
    """

    __tablename__ = "signal"

    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))
    topic: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(80), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
