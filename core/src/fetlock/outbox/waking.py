"""Waking the workers: on PostgreSQL a commit that leaves them something to do notifies them.

On SQLite a worker sees by itself, within 200 ms, that somebody committed (`fetlock.outbox.watching`).
"""

from enum import StrEnum
from typing import Final

from sqlalchemy import event, text
from sqlalchemy.orm import Session, SessionTransaction

CHANNEL: Final = "fetlock_worker"
_PENDING: Final = "fetlock_wake"
_NOTIFY: Final = text("SELECT pg_notify(:channel, :lanes)")


class Lane(StrEnum):
    """What a worker does in a thread of its own."""

    ASKS = "asks"
    PARCELS = "parcels"
    MESSAGES = "messages"
    SCHEDULE = "schedule"


def wake(session: Session, lane: Lane) -> None:
    """Wake the workers for this lane once the session commits."""
    if session.get_bind().dialect.name == "postgresql":
        session.info.setdefault(_PENDING, set()).add(lane)


# Before the audit log's own listener, whose statements have to be the last of all.
@event.listens_for(Session, "before_commit", insert=True)
def _notify(session: Session) -> None:
    lanes: set[Lane] | None = session.info.get(_PENDING)
    if not lanes or session.in_nested_transaction():  # releasing a savepoint commits nothing
        return
    named = " ".join(sorted(lanes))
    lanes.clear()
    session.connection().execute(_NOTIFY, {"channel": CHANNEL, "lanes": named})


@event.listens_for(Session, "after_soft_rollback")
def _drop(session: Session, previous: SessionTransaction) -> None:
    # A savepoint's stays: a worker that looks in vain costs less than one that is not told.
    if not previous.nested:
        session.info.pop(_PENDING, None)
