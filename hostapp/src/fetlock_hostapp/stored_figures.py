"""Figures that stand in the database: read once for each time Prometheus asks (OP-4)."""

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from fetlock import clock
from fetlock.domain.access.models import SignInAttempt
from fetlock.domain.messages.models import Message
from fetlock.outbox.models import AskRow, EventPending, OutboxRow, WorkerHeartbeat
from fetlock.platform.runtime import Runtime

_SETTLED: Final = ("sent", "dropped")
_RECENT: Final = timedelta(minutes=15)


class StoredFigures(Collector):
    """Depth and age of what waits, workers' signs of life, failed sign-ins, this process's connections.

    Where the database does not answer, `fetlock_database_up` is 0 and the rest is left out.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """All of it, in one reading transaction."""
        up = GaugeMetricFamily("fetlock_database_up", "Whether the database answers.")
        try:
            with self._runtime.database.reading() as session:
                found = list(_figures(session))
            up.add_metric([], 1)
        except SQLAlchemyError:
            found = []
            up.add_metric([], 0)
        yield up
        yield from found
        yield from self._connections()

    def _connections(self) -> Iterator[GaugeMetricFamily]:
        pool = self._runtime.database.engine.pool
        if isinstance(pool, QueuePool):
            family = GaugeMetricFamily(
                "fetlock_database_connections",
                "Database connections of the process that answered.",
                labels=["process", "state"],
            )
            process = str(os.getpid())
            family.add_metric([process, "in_use"], pool.checkedout())
            family.add_metric([process, "idle"], pool.checkedin())
            family.add_metric([process, "limit"], pool.size() + pool._max_overflow)  # noqa: SLF001
            yield family


def _figures(session: Session) -> Iterator[GaugeMetricFamily]:
    now = clock.now()
    yield from _outbox(session, now)
    yield _counted(session, "fetlock_asks", "Questions to outside services.", AskRow.plugin, AskRow.state)
    yield _counted(session, "fetlock_messages", "Messages to clients.", Message.channel, Message.state)
    waiting = GaugeMetricFamily(
        "fetlock_events_waiting", "Events that a plugin has yet to take.", labels=["plugin"]
    )
    for plugin, count in session.execute(
        select(EventPending.plugin, func.count()).group_by(EventPending.plugin)
    ):
        waiting.add_metric([plugin], count)
    yield waiting
    yield from _jobs(session, now)
    yield from _workers(session, now)
    failed = GaugeMetricFamily("fetlock_sign_in_failures", "Failed sign-ins of the last 15 minutes.")
    failed.add_metric(
        [],
        session.scalar(select(func.count(SignInAttempt.id)).where(SignInAttempt.at > now - _RECENT)) or 0,
    )
    yield failed


def _outbox(session: Session, now: datetime) -> Iterator[GaugeMetricFamily]:
    depth = GaugeMetricFamily(
        "fetlock_outbox_parcels", "Parcels that have not arrived.", labels=["plugin", "state"]
    )
    oldest = GaugeMetricFamily(
        "fetlock_outbox_oldest_seconds", "Age of the oldest of them.", labels=["plugin", "state"]
    )
    rows = session.execute(
        select(OutboxRow.plugin, OutboxRow.state, func.count(), func.min(OutboxRow.created_at))
        .where(OutboxRow.state.not_in(_SETTLED))
        .group_by(OutboxRow.plugin, OutboxRow.state)
    )
    for plugin, state, count, since in rows:
        depth.add_metric([plugin, state], count)
        oldest.add_metric([plugin, state], max((now - since).total_seconds(), 0.0))
    yield depth
    yield oldest


def _jobs(session: Session, now: datetime) -> Iterator[GaugeMetricFamily]:
    from fetlock.jobs.models import JobState

    overdue = GaugeMetricFamily(
        "fetlock_job_overdue_seconds", "How long a job is due that has not run.", labels=["plugin", "job"]
    )
    failing = GaugeMetricFamily(
        "fetlock_job_failures_in_row", "Failures of a job since it last went well.", labels=["plugin", "job"]
    )
    rows = session.execute(
        select(
            JobState.plugin,
            JobState.job,
            func.min(JobState.next_run_at),
            func.max(JobState.failed_in_row),
        ).group_by(JobState.plugin, JobState.job)
    )
    for plugin, job, due, failures in rows:
        overdue.add_metric([plugin, job], max((now - due).total_seconds(), 0.0))
        failing.add_metric([plugin, job], failures)
    yield overdue
    yield failing


def _workers(session: Session, now: datetime) -> Iterator[GaugeMetricFamily]:
    count = GaugeMetricFamily("fetlock_workers", "Workers heard of within the last minute.")
    age = GaugeMetricFamily(
        "fetlock_worker_heartbeat_age_seconds",
        "Since any worker was last heard of.",
    )
    beats = session.scalars(select(WorkerHeartbeat.at)).all()
    count.add_metric([], sum(now - at <= timedelta(seconds=60) for at in beats))
    if beats:
        age.add_metric([], (now - max(beats)).total_seconds())
    yield count
    yield age


def _counted(session: Session, name: str, words: str, first: object, second: object) -> GaugeMetricFamily:
    columns = (first, second)
    family = GaugeMetricFamily(name, words, labels=[column.key for column in columns])  # type: ignore[attr-defined]
    for *labels, count in session.execute(select(*columns, func.count()).group_by(*columns)):  # type: ignore[call-overload]
        family.add_metric(labels, count)
    return family
