"""How each integration of a site does: last success, queue, failures of a day, breaker, trouble (PL-14)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import case, func, literal, literal_column, select, union_all
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.domain.integrations.models import IntegrationTrouble, NoticeMail, NoticeMailState
from fetlock.domain.integrations.queues import MESSAGES, OUTBOX, Queue, Service, queues, service_of
from fetlock.domain.messages import carriers
from fetlock.domain.messages.models import Message, MessageState
from fetlock.outbox.listing import SHARED
from fetlock.outbox.models import OutboxAttempt, OutboxRow, OutboxState
from fetlock.platform.breaker import BreakerState, states
from fetlock.work import Work

HOURS: Final = 24
_WELL: Final = "delivered"


@dataclass(frozen=True, slots=True)
class Hour:
    """What one hour brought: attempts that arrived, and those that did not."""

    begins: datetime
    arrived: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How one service does at a site. `hours`: the last 24, the oldest first; empty for messages.

    `failures`: attempts in the last 24 hours that did not arrive; of messages, those of the last 24 hours
    that did not. `breakers`: of the plugin's hooks that reach the outside, those that are not closed.
    """

    service: Service
    queue: Queue
    last_success: datetime | None = None
    failures: int = 0
    hours: tuple[Hour, ...] = ()
    breakers: tuple[BreakerState, ...] = ()
    trouble_since: datetime | None = None
    trouble: str = ""
    set_up: bool = True


@dataclass(slots=True)
class _Found:
    queue: Queue = field(default_factory=Queue)
    last_success: datetime | None = None
    hours: dict[datetime, tuple[int, int]] = field(default_factory=dict)
    failures: int = 0


def read(work: Work) -> list[Health]:
    """Every service of the site, of plugins that are on or have something in the queue, and of messages.

    Seven queries, whatever their number. With what belongs to no single site where the actor may see that.
    """
    session, site_id = work.session, work.site.id
    shared = work.actor.may(SHARED)
    found: dict[Service, _Found] = {service: _Found() for service in _known(work)}
    for (_, service), queue in queues(session, [site_id], shared=shared).items():
        place = found.setdefault(service, _Found())
        place.queue = place.queue + queue
    _add_attempts(session, site_id, shared, found)
    _add_successes(session, site_id, shared, found)
    _add_letters(session, site_id, found)
    open_states = {"open", "trial", "failing"}
    breakers = [each for each in states(session, site_ids=[site_id]) if each.state.value in open_states]
    troubles = _troubles(session, site_id)
    mail = carriers.is_set_up(session, work.hooks, work.enabled, site_id, carriers.EMAIL)
    ready = {carriers.EMAIL: mail, carriers.SMS: bool(work.hooks.implementers("send_sms", work.enabled))}
    now = clock.now().replace(minute=0, second=0, microsecond=0)
    return [
        Health(
            service=service,
            queue=place.queue,
            last_success=place.last_success,
            failures=place.failures,
            hours=_day(place.hours, now) if service.source == OUTBOX else (),
            breakers=tuple(each for each in breakers if service.plugin and each.plugin == service.plugin),
            trouble_since=troubles[service.key].began_at if service.key in troubles else None,
            trouble=troubles[service.key].reason if service.key in troubles else "",
            set_up=ready[service.topic] if service.source == MESSAGES else True,
        )
        for service, place in sorted(found.items())
    ]


def _known(work: Work) -> list[Service]:
    topics = work.hooks.registry.topics
    services = [
        Service(OUTBOX, plugin, topic.name)
        for plugin, declared in topics.items()
        for topic in declared
        if plugin in work.enabled
    ]
    return services + [Service(MESSAGES, "", channel) for channel in carriers.CHANNELS]


def _here(site_id: int, shared: bool) -> Any:
    """The condition of the site, put so that no index of it serves: the attempts' own is to be used."""
    return func.coalesce(OutboxRow.site_id, site_id if shared else 0) == site_id


def _add_attempts(session: Session, site_id: int, shared: bool, found: dict[Service, _Found]) -> None:
    """Attempts of the last 24 hours by service and hour; one query over an index of their beginnings."""
    since = clock.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS - 1)
    hour = _hour(session)
    well = func.sum(case((OutboxAttempt.outcome == _WELL, 1), else_=0))
    ended = func.sum(case((OutboxAttempt.ended_at.is_not(None), 1), else_=0))
    rows = session.execute(
        select(
            OutboxRow.plugin, OutboxRow.topic, hour.label("hour"), well.label("well"), ended.label("ended")
        )
        .join(OutboxRow, OutboxRow.id == OutboxAttempt.outbox_id)
        .where(OutboxAttempt.started_at >= since, _here(site_id, shared))
        .group_by(OutboxRow.plugin, OutboxRow.topic, hour)
    )
    for row in rows:
        place = found.setdefault(Service(OUTBOX, row.plugin, row.topic), _Found())
        failed = int(row.ended) - int(row.well)
        place.failures += failed
        place.hours[datetime.fromisoformat(f"{row.hour}:00:00+00:00")] = (int(row.well), failed)


def _hour(session: Session) -> Any:
    """The hour of an attempt in UTC, "2026-11-22T13": texts, which both databases group alike."""
    if session.get_bind().dialect.name == "sqlite":
        return func.strftime(literal_column("'%Y-%m-%dT%H'"), OutboxAttempt.started_at)
    utc = func.timezone(literal_column("'UTC'"), OutboxAttempt.started_at)
    return func.to_char(utc, literal_column("""'YYYY-MM-DD"T"HH24'"""))


def _add_successes(session: Session, site_id: int, shared: bool, found: dict[Service, _Found]) -> None:
    """When the last parcel of each service arrived: each is the end of an index, all in one query."""
    parts = []
    for service in found:
        if service.source != OUTBOX:
            continue
        for here in (OutboxRow.site_id == site_id, *((OutboxRow.site_id.is_(None),) if shared else ())):
            last = select(func.max(OutboxRow.finished_at)).where(
                here,
                OutboxRow.plugin == service.plugin,
                OutboxRow.topic == service.topic,
                OutboxRow.state == OutboxState.SENT.value,
            )
            parts.append(
                select(
                    literal(service.plugin).label("plugin"),
                    literal(service.topic).label("topic"),
                    last.scalar_subquery().label("last"),
                )
            )
    for row in session.execute(union_all(*parts)) if parts else ():
        place = found[Service(OUTBOX, row.plugin, row.topic)]
        place.last_success = max(filter(None, (place.last_success, row.last)), default=None)


def _add_letters(session: Session, site_id: int, found: dict[Service, _Found]) -> None:
    """When the last message of each channel went out, and how many of a day did not; one query."""
    since = clock.now() - timedelta(hours=HOURS)
    failed = (MessageState.FAILED.value, MessageState.IN_DOUBT.value)

    def of(channel: str) -> Any:
        here = (Message.site_id == site_id, Message.channel == channel)
        last = select(func.max(Message.sent_at)).where(*here, Message.state == MessageState.SENT.value)
        count = select(func.count()).where(*here, Message.state.in_(failed), Message.created_at >= since)
        return select(
            literal(channel).label("channel"),
            last.scalar_subquery().label("last"),
            count.scalar_subquery().label("failed"),
        )

    for row in session.execute(union_all(*(of(channel) for channel in carriers.CHANNELS))):
        place = found.setdefault(Service(MESSAGES, "", row.channel), _Found())
        place.last_success, place.failures = row.last, row.failed


def _troubles(session: Session, site_id: int) -> Mapping[str, IntegrationTrouble]:
    rows = session.scalars(
        select(IntegrationTrouble).where(
            IntegrationTrouble.site_id == site_id, IntegrationTrouble.over_at.is_(None)
        )
    )
    return {row.service: row for row in rows}


def _day(hours: Mapping[datetime, tuple[int, int]], now: datetime) -> tuple[Hour, ...]:
    begins = [now - timedelta(hours=back) for back in reversed(range(HOURS))]
    return tuple(Hour(each, *hours.get(each, (0, 0))) for each in begins)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastTrouble:
    """A time of trouble with what was told of it: how many e-mails went out, and what kept others."""

    id: int
    service: Service
    reason: str
    began_at: datetime
    over_at: datetime | None
    mailed: int
    mail_problem: str


def troubles(
    session: Session, site_id: int, *, before_id: int | None = None, limit: int
) -> list[PastTrouble]:
    """Times of trouble at the site, the newest first, those before `before_id`; one query."""
    mails = (
        select(
            NoticeMail.trouble_id,
            func.sum(case((NoticeMail.state == NoticeMailState.SENT.value, 1), else_=0)).label("sent"),
            func.max(NoticeMail.problem).label("problem"),
        )
        .where(NoticeMail.site_id == site_id)
        .group_by(NoticeMail.trouble_id)
        .subquery()
    )
    wanted = (
        select(IntegrationTrouble, mails.c.sent, mails.c.problem)
        .outerjoin(mails, mails.c.trouble_id == IntegrationTrouble.id)
        .where(IntegrationTrouble.site_id == site_id)
        .order_by(IntegrationTrouble.id.desc())
        .limit(limit)
    )
    if before_id is not None:
        wanted = wanted.where(IntegrationTrouble.id < before_id)
    return [
        PastTrouble(
            id=row.id,
            service=service_of(row.service),
            reason=row.reason,
            began_at=row.began_at,
            over_at=row.over_at,
            mailed=int(sent or 0),
            mail_problem=problem or "",
        )
        for row, sent, problem in session.execute(wanted)
    ]
