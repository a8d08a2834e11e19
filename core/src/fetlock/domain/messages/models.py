"""The table of messages to clients."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from fetlock.database import Base, Identified, UtcDateTime


class MessageState(StrEnum):
    """`WAITING`: no server or gateway is set up; `IN_DOUBT`: it may have been sent, nobody knows (PL-8)."""

    WAITING = "waiting"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"
    DROPPED = "dropped"


class Message(Identified, Base):
    """A message to a client, kept with its state whether it was sent or not (H-41).

    A message that failed is tried again at `next_attempt_at` where that is set. `key` names it outside.
    """

    __tablename__ = "message"
    __table_args__ = (
        Index("ix_message_site_state", "site_id", "state"),
        Index("ix_message_due", "state", "next_attempt_at"),
        Index("ix_message_arrived", "site_id", "channel", "state", "sent_at"),
    )

    key: Mapped[UUID] = mapped_column(Uuid, unique=True)

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patient.id"))
    channel: Mapped[str] = mapped_column(String(10))
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200), default="")
    body: Mapped[str] = mapped_column(Text)
    purpose: Mapped[str] = mapped_column(String(20), default="service")
    plugin: Mapped[str] = mapped_column(String(60), default="")
    state: Mapped[str] = mapped_column(String(20))
    problem: Mapped[str] = mapped_column(String(300), default="")
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
