"""The tables of the audit log: entries, the chain over them, its signed head, and when it was verified."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import BigInteger, ForeignKey, Index, String, Table
from sqlalchemy.orm import Mapped, mapped_column

from fetlock.database import Base, Identified, Json, UtcDateTime
from fetlock.database.append_only import guard


class AuditEntry(Identified, Base):
    """Who did what to which thing; append-only, which the database itself enforces.

    `detail` holds ids and names of settings, never a secret, nor data of people and patients.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_at", "at"),
        Index("ix_audit_entry_subject", "subject"),
        Index("ix_audit_entry_staff_id", "staff_id"),
    )

    at: Mapped[datetime] = mapped_column(UtcDateTime)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))
    action: Mapped[str] = mapped_column(String(60), index=True)
    subject: Mapped[str] = mapped_column(String(120), default="")
    reason: Mapped[str] = mapped_column(String(300), default="")
    detail: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)


class AuditLink(Base):
    """An entry's place in the chain. `hash`: over its number, its content and the hash before it.

    `number` counts from 1 without gaps, in the order of the commits. Append-only.
    """

    __tablename__ = "audit_link"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(ForeignKey("audit_entry.id"), unique=True)
    hash: Mapped[str] = mapped_column(String(64))


class AuditHead(Base):
    """The end of the chain, one row: whoever writes entries holds it from right before the commit.

    `length` links, the last with `hash`. `older` of them are entries from before there was a chain, taken in
    at `founded_at`. `signature` is over all of these, made with the key whose fingerprint is `key`; both are
    empty where the installation had no key.
    """

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    length: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str] = mapped_column(String(64))
    older: Mapped[int] = mapped_column(BigInteger)
    founded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    key: Mapped[str] = mapped_column(String(16))
    signature: Mapped[str] = mapped_column(String(64))


class AuditCheck(Identified, Base):
    """One verification of the chain: under way until `ended_at` is set.

    `seen` of `total` links were looked at; the last had `hash`, which every later verification must find
    again. `faults` as JSON: the first of them, and `fault_count` is how many there are.
    """

    __tablename__ = "audit_check"

    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    touched_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    total: Mapped[int] = mapped_column(BigInteger, default=0)
    seen: Mapped[int] = mapped_column(BigInteger, default=0)
    hash: Mapped[str] = mapped_column(String(64), default="")
    fault_count: Mapped[int] = mapped_column(BigInteger, default=0)
    faults: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    problem: Mapped[str] = mapped_column(String(300), default="")


guard(cast("Table", AuditLink.__table__))
# 0001 made this table without triggers: the revision that adds the chain adds them
guard(cast("Table", AuditEntry.__table__), once_made=cast("Table", AuditLink.__table__))
