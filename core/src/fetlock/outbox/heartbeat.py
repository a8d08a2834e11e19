"""A worker's sign of life, and who has given one lately (OP-4)."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.outbox.models import WorkerHeartbeat

MISSED_AFTER: Final = timedelta(seconds=60)
_FORGOTTEN_AFTER: Final = timedelta(days=1)


def beat(session: Session, worker: str) -> None:
    """Note that this worker is alive, and forget those not heard of for a day."""
    now = clock.now()
    changed = session.execute(update(WorkerHeartbeat).where(WorkerHeartbeat.worker == worker).values(at=now))
    if not changed.rowcount:  # type: ignore[attr-defined]  # of a cursor result, which an update gives
        session.add(WorkerHeartbeat(worker=worker, at=now))
        session.execute(delete(WorkerHeartbeat).where(WorkerHeartbeat.at < now - _FORGOTTEN_AFTER))
        session.flush()


def leave(session: Session, worker: str) -> None:
    """The worker ends in order."""
    session.execute(delete(WorkerHeartbeat).where(WorkerHeartbeat.worker == worker))


def last_beat(session: Session) -> datetime | None:
    """When any worker was last heard of."""
    return session.scalar(select(func.max(WorkerHeartbeat.at)))


def alive(session: Session) -> bool:
    """Whether a worker was heard of within the last minute."""
    last = last_beat(session)
    return last is not None and clock.now() - last <= MISSED_AFTER
