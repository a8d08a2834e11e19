"""Tables of times of trouble, and of the e-mails that told of them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from fetlock.database import Base, Identified, UtcDateTime

_STILL = text("over_at IS NULL")


class IntegrationTrouble(Identified, Base):
    """A time in which a service did not take what a site sent: told of once, and once when it is over.

    `service` as in `health.Service.key`. One is open at most for each site and service.
    """

    __tablename__ = "integration_trouble"
    __table_args__ = (
        Index(
            "uq_integration_trouble_open",
            "site_id",
            "service",
            unique=True,
            sqlite_where=_STILL,
            postgresql_where=_STILL,
        ),
        Index("ix_integration_trouble_began", "site_id", "began_at"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    service: Mapped[str] = mapped_column(String(130))
    reason: Mapped[str] = mapped_column(String(300))
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    over_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class NoticeMailState(StrEnum):
    """`IN_DOUBT`: it may have been sent; it is never sent twice. `DROPPED`: over before it could go."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    GIVEN_UP = "given_up"
    IN_DOUBT = "in_doubt"
    DROPPED = "dropped"


class NoticeMail(Identified, Base):
    """An e-mail to people of the practice about a time of trouble. It holds no patient data."""

    __tablename__ = "notice_mail"
    __table_args__ = (Index("ix_notice_mail_due", "state", "next_attempt_at"),)

    key: Mapped[UUID] = mapped_column(Uuid, unique=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    trouble_id: Mapped[int] = mapped_column(ForeignKey("integration_trouble.id"), index=True)
    is_over: Mapped[bool]
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(20), default=NoticeMailState.QUEUED.value)
    problem: Mapped[str] = mapped_column(String(300), default="")
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
