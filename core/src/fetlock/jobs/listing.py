"""What the page of jobs shows: each job's place in the schedule, and the history of its runs (PL-9)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.contracts.registration import Job, JobScope
from fetlock.domain.sites.models import Site
from fetlock.domain.staff.models import Staff
from fetlock.errors import NotFound
from fetlock.jobs import scopes
from fetlock.jobs.models import JobPause, JobRunRow, JobState
from fetlock.platform.registry import Registry
from fetlock.work import Work

KEPT: Final = 50
"""How many runs of each job are kept."""


class Standing(StrEnum):
    """How a job stands at a site."""

    RUNNING = "running"
    WAITING = "waiting"
    FAILING = "failing"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Who paused a job here, when and why."""

    by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """A job as it stands at a site. `sites`: names of the sites that it runs for, paused ones left out.

    `next_run_at` is None where it is paused at every one of its sites. `last_ms`: how long it last worked.
    """

    id: int
    plugin: str
    plugin_label: str
    job: str
    label: str
    every: timedelta
    per: str
    scope: str
    standing: Standing
    sites: tuple[str, ...]
    pause: Pause | None
    next_run_at: datetime | None
    asked: bool
    started_at: datetime | None
    last_run_at: datetime | None
    last_ms: int | None
    last_problem: str
    runs: int
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """One run that has ended. `by`: who asked for it, empty for the schedule."""

    id: int
    started_at: datetime
    ended_at: datetime
    ms: int
    parts: int
    outcome: str
    problem: str
    by: str


def at_site(work: Work) -> list[JobView]:
    """The jobs that run for the work's site, by plugin and label."""
    registry, session = work.hooks.registry, work.session
    jobs = scopes.known_jobs(registry)
    places = {
        (place.plugin, place.job, place.scope): place
        for place in scopes.places(session, registry, jobs)
        if any(site.id == work.site.id for site in place.sites)
    }
    pauses = _pauses(session)
    views = [
        _view(registry, state, jobs[state.plugin, state.job], place.sites, pauses, work.site)
        for state in session.scalars(select(JobState))
        if (place := places.get((state.plugin, state.job, state.scope))) is not None
    ]
    return sorted(views, key=lambda view: (view.plugin_label.lower(), view.label.lower(), view.id))


def get(work: Work, job_id: int) -> JobView:
    """One job that runs for the work's site. Raises `NotFound`."""
    for view in at_site(work):
        if view.id == job_id:
            return view
    raise NotFound("There is no such job here.")


def history(session: Session, view: JobView) -> list[RunView]:
    """The last runs of a job, the newest first."""
    rows: Any = session.execute(
        select(JobRunRow, Staff)
        .outerjoin(Staff, Staff.id == JobRunRow.staff_id)
        .where(JobRunRow.plugin == view.plugin, JobRunRow.job == view.job, JobRunRow.scope == view.scope)
        .order_by(JobRunRow.id.desc())
        .limit(KEPT)
    )
    return [
        RunView(
            id=row.id,
            started_at=row.started_at,
            ended_at=row.ended_at,
            ms=row.ms,
            parts=row.parts,
            outcome=row.outcome,
            problem=row.problem,
            by=staff.full_name if staff is not None else "",
        )
        for row, staff in rows
    ]


def forget_old(session: Session) -> int:
    """Delete all but the last runs of each job; answers how many."""
    place = (JobRunRow.plugin, JobRunRow.job, JobRunRow.scope)
    ranked = select(
        JobRunRow.id, func.row_number().over(partition_by=place, order_by=JobRunRow.id.desc()).label("rank")
    ).subquery()
    old = session.scalars(select(ranked.c.id).where(ranked.c.rank > KEPT).limit(1000)).all()
    if old:
        session.execute(delete(JobRunRow).where(JobRunRow.id.in_(old)))
    return len(old)


def _pauses(session: Session) -> dict[tuple[str, str, int], Pause]:
    rows: Any = session.execute(select(JobPause, Staff).outerjoin(Staff, Staff.id == JobPause.staff_id))
    return {
        (row.plugin, row.job, row.site_id): Pause(
            by=staff.full_name if staff is not None else "", at=row.at, reason=row.reason
        )
        for row, staff in rows
    }


def _view(
    registry: Registry,
    state: JobState,
    job: Job,
    sites: tuple[Site, ...],
    pauses: dict[tuple[str, str, int], Pause],
    here: Site,
) -> JobView:
    runs_for = [site for site in sites if (state.plugin, state.job, site.id) not in pauses]
    pause = pauses.get((state.plugin, state.job, here.id))
    running = state.lease_until is not None and state.lease_until > clock.now()
    if running:
        standing = Standing.RUNNING
    elif pause is not None:
        standing = Standing.PAUSED
    else:
        standing = Standing.FAILING if state.failed_in_row else Standing.WAITING
    return JobView(
        id=state.id,
        plugin=state.plugin,
        plugin_label=registry.plugins[state.plugin].manifest.label,
        job=state.job,
        label=job.label,
        every=job.every,
        per=JobScope(job.per).value if not state.scope.startswith("site:") else JobScope.SITE.value,
        scope=state.scope,
        standing=standing,
        sites=tuple(site.name for site in runs_for),
        pause=pause,
        next_run_at=state.next_run_at if runs_for else None,
        asked=state.asked_by is not None,
        started_at=state.started_at if running else None,
        last_run_at=state.last_run_at,
        last_ms=state.last_ms,
        last_problem=state.last_problem,
        runs=state.runs,
        failures=state.failures,
    )
