"""Running plugins' jobs on their schedule, one worker at a time for each place in it (PL-9).

A run, what it writes and its place in the schedule are one transaction: a killed worker leaves neither, and
no run counts twice. A job of much work goes in parts, each a transaction of its own (ADR 19).
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.contracts.registration import Job
from fetlock.domain.sites.models import Site
from fetlock.errors import FetlockError
from fetlock.jobs import scopes
from fetlock.jobs.models import JobRunRow, JobState
from fetlock.jobs.scopes import known_jobs
from fetlock.jobs.times import is_astray, next_on_grid, try_again
from fetlock.outbox.contained import call_contained
from fetlock.platform import settings
from fetlock.signals.sending import signal_at
from fetlock.work import JobRun

if TYPE_CHECKING:
    from fetlock.platform.runtime import Runtime

LEASE: Final = timedelta(minutes=10)
TOPIC: Final = "jobs"
_UNKNOWN_EVERY: Final = timedelta(hours=1)
"""How often to look whether the plugin of a job that is not there has come back."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A due run taken by this worker; `lease` is its proof."""

    id: int
    lease: datetime


@dataclass(frozen=True, slots=True)
class _Ended:
    """How a part of a run ended; `onward`: the cursor of the next part, None where the run is over."""

    ms: int
    problem: str = ""
    onward: dict[str, Any] | None = None


def plan(session: Session, runtime: "Runtime") -> int:
    """Give every job where its plugin is on its place in the schedule; answers how many are new."""
    jobs = known_jobs(runtime.registry)
    if not jobs:
        return 0
    now = clock.now()
    planned = {(row.plugin, row.job, row.scope): row for row in session.scalars(select(JobState))}
    for row in planned.values():
        job = jobs.get((row.plugin, row.job))
        if job is not None and is_astray(row.next_run_at, job.every, now):
            row.planned_at = row.next_run_at = now
    fresh = 0
    for place in scopes.places(session, runtime.registry, jobs):
        if (place.plugin, place.job, place.scope) not in planned:
            fresh += _add(session, place, now)
    session.flush()
    return fresh


def run_next(runtime: "Runtime", *, lease: timedelta = LEASE) -> bool:
    """Run one job that is due, or the next part of one; False where none is."""
    with runtime.database.reading() as session:
        if session.scalar(due_jobs().with_only_columns(JobState.id).limit(1)) is None:
            return False
    taken = runtime.database.write(lambda session: _take(session, lease))
    if taken is None:
        return False
    runtime.database.write(lambda session: _run(session, runtime, taken))
    return True


def due_jobs() -> Any:
    """The places in the schedule that could be run now, as a SELECT."""
    now = clock.now()
    return select(JobState).where(
        JobState.next_run_at <= now, or_(JobState.lease_until.is_(None), JobState.lease_until < now)
    )


def _add(session: Session, place: scopes.Place, now: datetime) -> int:
    state = JobState(
        plugin=place.plugin,
        job=place.job,
        scope=place.scope,
        site_id=place.site_id,
        planned_at=now,
        next_run_at=now,
    )
    try:
        with session.begin_nested():
            session.add(state)
    except IntegrityError:  # another worker was first
        return 0
    return 1


def _take(session: Session, lease: timedelta) -> Taken | None:
    row = session.scalar(due_jobs().order_by(JobState.next_run_at).limit(1).with_for_update(skip_locked=True))
    if row is None:
        return None
    now = clock.now()
    if row.lease_until is not None:
        _note(session, row, "lost", "The worker ended in the middle of it; nothing of this part was kept.")
        row.started_at = None
    row.lease_until = now + lease
    row.started_at = row.started_at or now
    session.flush()
    return Taken(row.id, row.lease_until)


def _run(session: Session, runtime: "Runtime", taken: Taken) -> None:
    row = session.scalar(
        select(JobState)
        .where(JobState.id == taken.id, JobState.lease_until == taken.lease)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        return
    job = known_jobs(runtime.registry).get((row.plugin, row.job))
    sites = _sites(session, runtime, row, job) if job is not None else []
    row.lease_until = None
    if job is None or not sites:  # off, paused, or without its plugin: its time passes
        _rest(row, next_on_grid(row.planned_at, job.every if job else _UNKNOWN_EVERY, clock.now()))
        return
    ended = _call(session, runtime, row, sites)
    row.parts += 1
    row.worked_ms += ended.ms
    if ended.onward is not None:
        row.cursor = ended.onward
        row.next_run_at = clock.now()
        return
    _note(session, row, "failed" if ended.problem else "ok", ended.problem)
    row.last_run_at, row.last_ms, row.last_problem = row.started_at, row.worked_ms, ended.problem
    row.runs += 1
    if ended.problem:
        row.failures += 1
        row.failed_in_row += 1
        _rest(row, clock.now() + try_again(row.failed_in_row, job.every), on_grid=False)
    else:
        row.failed_in_row = 0
        _rest(row, next_on_grid(row.planned_at, job.every, clock.now()))
    signal_at(session, row.site_id, TOPIC, f"job:{row.id}")


def _sites(session: Session, runtime: "Runtime", row: JobState, job: Job) -> list[Site]:
    """The sites for which it may run now, by their rows as they stand."""
    found = scopes.places(session, runtime.registry, {(row.plugin, row.job): job})
    here = next((place for place in found if place.scope == row.scope), None)
    return scopes.not_paused(session, row.plugin, row.job, here.sites) if here is not None else []


def _call(session: Session, runtime: "Runtime", row: JobState, sites: list[Site]) -> _Ended:
    try:
        model, _ = settings.load(session, runtime.secrets, runtime.registry, row.plugin, sites[0].id)
    except FetlockError as error:
        return _Ended(0, f"Its settings can't be used: {error.message}"[:300])
    run = JobRun(
        work=runtime.work_at(session, sites[0].id),
        job=row.job,
        settings=model,
        sites=tuple(site.id for site in sites),
        cursor=dict(row.cursor),
    )
    began = time.monotonic()
    incident = call_contained(session, runtime.hooks, "run_job", run, row.plugin)
    ms = round((time.monotonic() - began) * 1000)
    if incident is not None:
        return _Ended(ms, f"Failed (incident {incident}).")
    return _Ended(ms, onward=dict(run.onward[-1]) if run.onward else None)


def _note(session: Session, row: JobState, outcome: str, problem: str) -> None:
    now = clock.now()
    session.add(
        JobRunRow(
            plugin=row.plugin,
            job=row.job,
            scope=row.scope,
            site_id=row.site_id,
            staff_id=row.asked_by,
            started_at=row.started_at or now,
            ended_at=now,
            ms=row.worked_ms,
            parts=row.parts,
            outcome=outcome,
            problem=problem,
        )
    )


def _rest(row: JobState, until: datetime, *, on_grid: bool = True) -> None:
    """No run is under way any more; the next begins at `until`."""
    row.next_run_at = until
    if on_grid:
        row.planned_at = until
    row.started_at, row.asked_by = None, None
    row.cursor, row.parts, row.worked_ms = {}, 0, 0
