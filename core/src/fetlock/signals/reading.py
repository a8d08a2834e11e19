"""Reading signals: what came after the last look, and forgetting what nobody waits for any more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import Row, delete, func, select
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.signals.models import SignalRow

KEPT: Final = timedelta(hours=1)
"""How long signals are kept for browsers that come back."""
MOST: Final = 500
"""How many are read at once; who is further behind looks at everything."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal; `id` is the sequence, `site_id` None is every site."""

    id: int
    site_id: int | None
    topic: str
    subject: str


def latest(session: Session) -> int:
    """The sequence of the newest signal, 0 before the first."""
    return session.scalar(select(func.max(SignalRow.id))) or 0


def oldest(session: Session) -> int:
    """The sequence of the oldest signal that is kept, 0 where none is."""
    return session.scalar(select(func.min(SignalRow.id))) or 0


def after(session: Session, sequence: int) -> list[Signal]:
    """Up to `MOST` signals with a higher sequence, in order."""
    rows: Sequence[Row[int, int | None, str, str]] = session.execute(
        select(SignalRow.id, SignalRow.site_id, SignalRow.topic, SignalRow.subject)
        .where(SignalRow.id > sequence)
        .order_by(SignalRow.id)
        .limit(MOST)
    ).all()
    return [Signal(*row) for row in rows]


def forget_old(session: Session) -> int:
    """Delete what is older than an hour; answers how many.

    The newest always stays: SQLite would number the next from 1 again, which every listener takes for old.
    """
    gone = session.execute(
        delete(SignalRow).where(SignalRow.at < clock.now() - KEPT, SignalRow.id < latest(session))
    )
    return int(gone.rowcount)  # type: ignore[attr-defined]  # of a cursor result, which a delete gives
