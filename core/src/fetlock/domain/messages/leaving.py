"""Messages that did not go out: how many there are, and the answer to leave those that wait (H-42)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fetlock.domain.audit import reading as audit_log
from fetlock.domain.audit import service as audit
from fetlock.domain.audit.reading import Deed
from fetlock.domain.messages.models import Message, MessageState
from fetlock.work import Work

_LEFT: Final = "message.leave_waiting"


@dataclass(frozen=True, slots=True)
class Pile:
    """The messages of one channel and state. `last` is the id of the newest of them.

    `oldest`: when the first of them was written, for it may say what is past by now.
    """

    count: int
    last: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class Undelivered:
    """What waits for a server, and what failed, at a site; by channel."""

    waiting: dict[str, Pile]
    failed: dict[str, Pile]


def undelivered(session: Session, site_id: int) -> Undelivered:
    """What did not go out from a site; one query."""
    rows = session.execute(
        select(
            Message.channel,
            Message.state,
            func.count(),
            func.max(Message.id),
            func.min(Message.created_at),
        )
        .where(
            Message.site_id == site_id,
            Message.state.in_([MessageState.WAITING.value, MessageState.FAILED.value]),
        )
        .group_by(Message.channel, Message.state)
    )
    found = Undelivered({}, {})
    for channel, state, count, last, oldest in rows:
        piles = found.waiting if state == MessageState.WAITING else found.failed
        piles[channel] = Pile(count, last, oldest)
    return found


def left(session: Session, site_id: int, channel: str, waiting: Pile) -> Deed | None:
    """Who said, and when, that all that waits is to be left; None where somebody is still to be asked."""
    said = audit_log.about(session, f"messages:{channel}", (_LEFT,), site_id=site_id, limit=1)
    return said[0] if said and int(said[0].detail.get("last", 0)) >= waiting.last else None


def leave_waiting(work: Work, channel: str) -> int:
    """Leave what waits as it is, so that nobody is asked again about it; answers how many that are."""
    work.require("messages.resend")
    waiting = undelivered(work.session, work.site.id).waiting.get(channel)
    if waiting is None:
        return 0
    audit.record(
        work.session,
        _LEFT,
        staff_id=work.actor.staff_id,
        site_id=work.site.id,
        subject=f"messages:{channel}",
        detail={"count": waiting.count, "last": waiting.last},
    )
    return waiting.count
