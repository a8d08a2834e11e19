"""Tables of the plugin's own, each with its prefix. What was used of an entitlement is core's to count."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from fetlock.tables import Base, UtcDateTime


class Member(Base):
    """A patient that is a member of the club, as the club's service last told us."""

    __tablename__ = "dummy_member"

    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), primary_key=True)
    number: Mapped[str] = mapped_column(String(20))
    owes_fee: Mapped[bool] = mapped_column(default=False)
    checked_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Heard(Base):
    """An event that was taken in: its id keeps a repeat from counting twice."""

    __tablename__ = "dummy_heard"

    event_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(60))
