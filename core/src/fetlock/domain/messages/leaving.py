"""Messages that wait for a server: whether somebody is to be asked, and the answer to leave them (H-42)."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fetlock.domain.audit import reading as audit_log
from fetlock.domain.audit import service as audit
from fetlock.domain.audit.reading import Deed
from fetlock.domain.messages.models import Message, MessageState
from fetlock.platform.work import Work

_LEFT: Final = "message.leave_waiting"


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many messages of a channel wait for a server; `last` is the id of the newest of them."""

    count: int
    last: int


def waiting(session: Session, site_id: int) -> dict[str, Waiting]:
    """What waits at a site, by channel; one query."""
    rows = session.execute(
        select(Message.channel, func.count(), func.max(Message.id))
        .where(Message.site_id == site_id, Message.state == MessageState.WAITING.value)
        .group_by(Message.channel)
    )
    return {channel: Waiting(count, last) for channel, count, last in rows}


def left(session: Session, site_id: int, channel: str, found: Waiting) -> Deed | None:
    """Who said, and when, that all that waits is to be left; None where somebody is still to be asked."""
    said = audit_log.about(session, f"messages:{channel}", (_LEFT,), site_id=site_id, limit=1)
    return said[0] if said and int(said[0].detail.get("last", 0)) >= found.last else None


def leave_waiting(work: Work, channel: str) -> int:
    """Leave what waits as it is, so that nobody is asked again about it; answers how many that are."""
    work.require("messages.resend")
    found = waiting(work.session, work.site.id).get(channel)
    if found is None:
        return 0
    audit.record(
        work.session,
        _LEFT,
        staff_id=work.actor.staff_id,
        site_id=work.site.id,
        subject=f"messages:{channel}",
        detail={"count": found.count, "last": found.last},
    )
    return found.count
