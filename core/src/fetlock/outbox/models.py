"""Tables of the outbox: parcels, their attempts, asks, and events that a plugin has yet to hear."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from fetlock.database import Base, Identified, Json, UtcDateTime


class OutboxState(StrEnum):
    """States of a parcel (PL-8, CPX-4); `GIVEN_UP` is the dead letter, `HELD` waits for its plugin."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    CONFLICT = "conflict"
    GIVEN_UP = "given_up"
    HELD = "held"
    IN_DOUBT = "in_doubt"
    DROPPED = "dropped"


class OutboxRow(Identified, Base):
    """One thing to hand over. `key` is its idempotency key; rows of one aggregate go in `id` order.

    `attempts_before`: those made before a person last sent it again; giving up counts from there.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_due", "state", "next_attempt_at"),
        Index("ix_outbox_aggregate", "plugin", "aggregate", "id"),
        Index("ix_outbox_site_state", "site_id", "state"),
        Index("ix_outbox_arrived", "site_id", "plugin", "topic", "state", "finished_at"),
    )

    key: Mapped[UUID] = mapped_column(Uuid, unique=True)
    plugin: Mapped[str] = mapped_column(String(60))
    topic: Mapped[str] = mapped_column(String(60))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))
    aggregate: Mapped[str] = mapped_column(String(120))
    subject: Mapped[str] = mapped_column(String(300), default="")
    invoice_id: Mapped[int | None] = mapped_column(ForeignKey("invoice.id"), index=True)
    invoice_line_id: Mapped[int | None] = mapped_column(ForeignKey("invoice_line.id"), index=True)
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    receiver: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20), default=OutboxState.PENDING.value)
    attempts: Mapped[int] = mapped_column(default=0)
    attempts_before: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_owner: Mapped[str] = mapped_column(String(80), default="")
    problem: Mapped[str] = mapped_column(String(500), default="")
    reference: Mapped[str] = mapped_column(String(120), default="")
    answer: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class OutboxAttempt(Identified, Base):
    """One attempt to hand a parcel over."""

    __tablename__ = "outbox_attempt"
    __table_args__ = (Index("ix_outbox_attempt_started", "started_at"),)

    outbox_id: Mapped[int] = mapped_column(ForeignKey("outbox.id"), index=True)
    number: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str] = mapped_column(String(20), default="")
    message: Mapped[str] = mapped_column(String(500), default="")


class AskRow(Identified, Base):
    """A question that a page stored for the worker. `sealed` is encrypted: it may hold a typed secret."""

    __tablename__ = "ask"
    __table_args__ = (Index("ix_ask_state", "state", "id"),)

    key: Mapped[UUID] = mapped_column(Uuid, unique=True)
    plugin: Mapped[str] = mapped_column(String(60))
    question: Mapped[str] = mapped_column(String(60))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    subject: Mapped[str] = mapped_column(String(120), default="", index=True)
    data: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(20), default="pending")
    ok: Mapped[bool | None]
    message: Mapped[str] = mapped_column(String(1000), default="")
    answer: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class EventRow(Identified, Base):
    """Something that happened, as notify hooks are told."""

    __tablename__ = "event"
    __table_args__ = (UniqueConstraint("aggregate", "sequence"),)

    key: Mapped[UUID] = mapped_column(Uuid, unique=True)
    kind: Mapped[str] = mapped_column(String(60))
    aggregate: Mapped[str] = mapped_column(String(120))
    sequence: Mapped[int]
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))
    data: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class EventPending(Identified, Base):
    """An event that a plugin has not yet taken: the worker repeats it, in order per aggregate."""

    __tablename__ = "event_pending"
    __table_args__ = (Index("ix_event_pending_plugin", "plugin", "aggregate", "event_id"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    plugin: Mapped[str] = mapped_column(String(60))
    aggregate: Mapped[str] = mapped_column(String(120))
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime] = mapped_column(UtcDateTime)
    problem: Mapped[str] = mapped_column(String(300), default="")


class WorkerHeartbeat(Base):
    """A worker's sign of life (OP-4)."""

    __tablename__ = "worker_heartbeat"

    worker: Mapped[str] = mapped_column(String(80), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
