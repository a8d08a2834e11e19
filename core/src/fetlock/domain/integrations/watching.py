"""The watch: one notice when a service is stuck at a site, and one when it is over (PL-14).

The worker looks every minute. A time of trouble is a row of its own, so that people are told once for each
site and service, however many rows are stuck, whoever closes the task meanwhile, and however many workers
look at once.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, cast

from pydantic import ValidationError
from sqlalchemy import Table, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.builtin.integrations import MINUTES, NAME, WatchSettings, split
from fetlock.domain.integrations import mailing, wording
from fetlock.domain.integrations.models import IntegrationTrouble
from fetlock.domain.integrations.queues import Queue, Service, queues, service_of
from fetlock.domain.sites.models import Site
from fetlock.domain.tasks import assigning, by_cause
from fetlock.domain.tasks.draft import TaskDraft
from fetlock.platform import settings
from fetlock.signals.sending import signal
from fetlock.work import Work

if TYPE_CHECKING:
    from fetlock.platform.runtime import Runtime

_TROUBLE: Final = cast("Table", IntegrationTrouble.__table__)
_INSERT: Final = {"sqlite": sqlite_insert, "postgresql": postgresql_insert}

TOPIC: Final = "integrations"
"""What open pages are told under when trouble begins or ends."""

Place = tuple[int, Service]
"""A service at a site."""


def watch(runtime: "Runtime") -> int:
    """Look at every queue; tell of what has begun or ended since. Answers how many that are.

    A writing transaction is opened only where there is something to tell.
    """
    with runtime.database.reading() as session:
        if not _changes(session, runtime):
            return 0
    return runtime.database.write(lambda session: _tell(session, runtime))


def patience_at(session: Session, site_id: int) -> timedelta:
    """How long something may wait at the site before somebody is told."""
    return timedelta(minutes=_settings(session, site_id).minutes)


def _changes(session: Session, runtime: "Runtime") -> list[tuple[Place, Queue, bool]]:
    """What has begun (True) and what has ended (False), with the queue as it is."""
    now = clock.now()
    found = _by_site(session, runtime, queues(session))
    open_ones = {
        (row.site_id, row.service): row
        for row in session.scalars(select(IntegrationTrouble).where(IntegrationTrouble.over_at.is_(None)))
    }
    patience: dict[int, timedelta] = {}

    def patience_of(site_id: int) -> timedelta:
        if site_id not in patience:
            patience[site_id] = patience_at(session, site_id)
        return patience[site_id]

    changes: list[tuple[Place, Queue, bool]] = []
    for (site_id, service), queue in found.items():
        open_one = open_ones.pop((site_id, service.key), None)
        if open_one is None and queue.is_stuck(now, patience_of(site_id)):
            changes.append(((site_id, service), queue, True))
        elif open_one is not None and queue.is_well(now, patience_of(site_id)):
            changes.append(((site_id, service), queue, False))
    for site_id, key in open_ones:  # nothing at all is left in the queue
        changes.append(((site_id, service_of(key)), Queue(), False))
    return changes


def _tell(session: Session, runtime: "Runtime") -> int:
    told = 0
    for (site_id, service), queue, begins in _changes(session, runtime):
        work = runtime.work_at(session, site_id)
        told += _begin(work, service, queue) if begins else _end(work, service)
        signal(work, TOPIC)
    return told


def _begin(work: Work, service: Service, queue: Queue) -> int:
    """Open the time of trouble, unless another worker just has; a task and the e-mails with it."""
    session, site, now = work.session, work.site, clock.now()
    name = wording.name_of(work.hooks.registry, service)
    reason = wording.reason_of(queue, site)
    trouble_id = _open(session, site.id, service.key, reason, now)
    if trouble_id is None:
        return 0
    by_cause.keep_open(
        work,
        NAME,
        TaskDraft(
            text=f"{name}: {reason}"[:300],
            link=wording.link_of(service, queue),
            note="It closes by itself when all of it has arrived, or somebody has decided about the rest.",
        ),
        cause=service.key,
        place=(None, assigning.administrators(session, site.id)),
    )
    subject, body = wording.letter_of_trouble(name, reason, now, site)
    for address in mailing.recipients(work, split(_settings(session, site.id).addresses)):
        mailing.queue(session, site.id, trouble_id, address, subject, body, is_over=False)
    session.flush()
    return 1


def _end(work: Work, service: Service) -> int:
    """Close the time of trouble and its task; whoever was told by e-mail is told the end."""
    session, site, now = work.session, work.site, clock.now()
    trouble = session.scalar(
        select(IntegrationTrouble)
        .where(
            IntegrationTrouble.site_id == site.id,
            IntegrationTrouble.service == service.key,
            IntegrationTrouble.over_at.is_(None),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if trouble is None:
        return 0
    trouble.over_at = now
    name = wording.name_of(work.hooks.registry, service)
    by_cause.settle(work, NAME, service.key, note=f"It is over since {wording.moment(now, site)}.")
    subject, body = wording.letter_of_end(name, trouble.began_at, now, site)
    for address in mailing.who_was_told(session, trouble.id):
        mailing.queue(session, site.id, trouble.id, address, subject, body, is_over=True)
    session.flush()
    return 1


def _open(session: Session, site_id: int, service: str, reason: str, now: datetime) -> int | None:
    connection = session.connection()
    insert: Any = _INSERT[connection.dialect.name]
    values = {"site_id": site_id, "service": service, "reason": reason[:300], "began_at": now}
    statement = insert(_TROUBLE).values(values).on_conflict_do_nothing().returning(_TROUBLE.c.id)
    found: int | None = connection.execute(statement).scalar_one_or_none()
    return found


def _by_site(
    session: Session, runtime: "Runtime", found: Mapping[tuple[int | None, Service], Queue]
) -> dict[Place, Queue]:
    """The queues by active site; what belongs to none is told at the first that has its plugin on."""
    sites = session.scalars(select(Site).where(Site.active).order_by(Site.id)).all()
    by_id = {site.id: site for site in sites}
    placed: dict[Place, Queue] = {}
    for (own_id, service), queue in found.items():
        on = [site.id for site in sites if service.plugin in site.enabled_plugins()]
        site_id = own_id if own_id is not None else (on or [*by_id, 0])[0]
        if site_id in by_id:
            before = placed.get((site_id, service))
            placed[site_id, service] = queue if before is None else before + queue
    return placed


def _settings(session: Session, site_id: int) -> WatchSettings:
    """The site's settings; the defaults where what is stored no longer fits."""
    stored = settings.stored(session, NAME, site_id).values
    known = {name: value for name, value in stored.items() if name in WatchSettings.model_fields}
    try:
        return WatchSettings.model_validate(known)
    except ValidationError:
        return WatchSettings(minutes=MINUTES)
