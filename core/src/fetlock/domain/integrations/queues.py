"""What stands in the queues to outside services: one aggregated query for each source (PL-14)."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.domain.messages.models import Message, MessageState
from fetlock.outbox.models import OutboxRow, OutboxState

OUTBOX: Final = "outbox"
MESSAGES: Final = "messages"

_UNSETTLED: Final = tuple(
    state.value for state in OutboxState if state not in (OutboxState.SENT, OutboxState.DROPPED)
)
_ON_THE_WAY: Final = (OutboxState.PENDING.value, OutboxState.SENDING.value, OutboxState.FAILED.value)
_LETTERS: Final = tuple(
    state.value
    for state in (MessageState.QUEUED, MessageState.SENDING, MessageState.FAILED, MessageState.IN_DOUBT)
)


@dataclass(frozen=True, slots=True, order=True)
class Service:
    """What parcels of one kind, or messages of one channel, go through. `plugin` is empty for messages."""

    source: str
    plugin: str
    topic: str

    @property
    def key(self) -> str:
        """The service in one word, "outbox/courier/letter" or "messages//email"."""
        return f"{self.source}/{self.plugin}/{self.topic}"


def service_of(key: str) -> Service:
    """The service of a key."""
    source, plugin, topic = key.split("/", 2)
    return Service(source, plugin, topic)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What waits for one service at a site.

    `waiting` is on its way by itself, tried in vain or not; `oldest` of these was stored when; `since` when
    is the first of them overdue, what somebody sent again counting from then. `dead`: given up. `doubtful`:
    in doubt or in conflict. Both need a person. `held`: its plugin is off.
    """

    waiting: int = 0
    failing: int = 0
    oldest: datetime | None = None
    since: datetime | None = None
    dead: int = 0
    doubtful: int = 0
    held: int = 0

    def __add__(self, other: "Queue") -> "Queue":
        return Queue(
            waiting=self.waiting + other.waiting,
            failing=self.failing + other.failing,
            oldest=_earlier(self.oldest, other.oldest),
            since=_earlier(self.since, other.since),
            dead=self.dead + other.dead,
            doubtful=self.doubtful + other.doubtful,
            held=self.held + other.held,
        )

    def is_stuck(self, now: datetime, patience: timedelta) -> bool:
        """Whether somebody is to be told: something is dead, doubtful, or waits longer than `patience`."""
        overdue = self.since is not None and now - self.since > patience
        return bool(self.dead or self.doubtful or overdue)

    def is_well(self, now: datetime, patience: timedelta) -> bool:
        """Whether it is over: nothing is dead or doubtful, and all that was stored before is gone."""
        old = self.oldest is not None and now - self.oldest > patience
        return not (self.dead or self.doubtful or old)


def queues(
    session: Session, site_ids: Collection[int] | None = None, *, shared: bool = True
) -> dict[tuple[int | None, Service], Queue]:
    """The queues by site and service, in two queries; those that are empty are left out.

    `site_ids`: these sites, by default all. `shared`: with what belongs to no single site.
    """
    found: dict[tuple[int | None, Service], Queue] = {}
    for row in session.execute(_parcels(site_ids, shared)):
        place = (row.site_id, Service(OUTBOX, row.plugin, row.topic))
        found[place] = _with_parcels(found.get(place, Queue()), row)
    for row in session.execute(_letters(site_ids)):
        place = (row.site_id, Service(MESSAGES, "", row.channel))
        found[place] = _with_letters(found.get(place, Queue()), row)
    return found


def _parcels(site_ids: Collection[int] | None, shared: bool) -> Any:
    now = clock.now()
    not_tried_yet = and_(OutboxRow.attempts == OutboxRow.attempts_before, OutboxRow.next_attempt_at <= now)
    statement = select(
        OutboxRow.site_id,
        OutboxRow.plugin,
        OutboxRow.topic,
        OutboxRow.state,
        func.count().label("number"),
        func.min(OutboxRow.created_at).label("oldest"),
        func.min(case((not_tried_yet, OutboxRow.next_attempt_at), else_=OutboxRow.created_at)).label("since"),
    ).where(OutboxRow.state.in_(_UNSETTLED))
    if site_ids is not None:
        here = OutboxRow.site_id.in_(list(site_ids))
        statement = statement.where(here | OutboxRow.site_id.is_(None) if shared else here)
    return statement.group_by(OutboxRow.site_id, OutboxRow.plugin, OutboxRow.topic, OutboxRow.state)


def _letters(site_ids: Collection[int] | None) -> Any:
    ended = Message.next_attempt_at.is_(None)
    first = case(
        (Message.state == MessageState.QUEUED.value, Message.next_attempt_at), else_=Message.created_at
    )
    statement = select(
        Message.site_id,
        Message.channel,
        Message.state,
        ended.label("ended"),
        func.count().label("number"),
        func.min(Message.created_at).label("oldest"),
        func.min(first).label("since"),
    ).where(Message.state.in_(_LETTERS))
    if site_ids is not None:
        statement = statement.where(Message.site_id.in_(list(site_ids)))
    return statement.group_by(Message.site_id, Message.channel, Message.state, ended)


def _with_parcels(queue: Queue, row: Any) -> Queue:
    if row.state in _ON_THE_WAY:
        return _waiting(queue, row, failing=row.state == OutboxState.FAILED)
    if row.state == OutboxState.HELD:
        return replace(queue, held=queue.held + row.number)
    if row.state == OutboxState.GIVEN_UP:
        return replace(queue, dead=queue.dead + row.number)
    return replace(queue, doubtful=queue.doubtful + row.number)


def _with_letters(queue: Queue, row: Any) -> Queue:
    if row.state == MessageState.IN_DOUBT:
        return replace(queue, doubtful=queue.doubtful + row.number)
    if row.state == MessageState.FAILED and row.ended:
        return replace(queue, dead=queue.dead + row.number)
    return _waiting(queue, row, failing=row.state == MessageState.FAILED)


def _waiting(queue: Queue, row: Any, *, failing: bool) -> Queue:
    return replace(
        queue,
        waiting=queue.waiting + row.number,
        failing=queue.failing + (row.number if failing else 0),
        oldest=_earlier(queue.oldest, row.oldest),
        since=_earlier(queue.since, row.since),
    )


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min(filter(None, (one, other)), default=None)
