"""Running plugins' jobs on their schedule, per site, one worker at a time for each (PL-9)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.contracts.registration import Job
from fetlock.domain.sites.models import Site
from fetlock.errors import FetlockError
from fetlock.outbox.contained import call_contained
from fetlock.outbox.models import JobState
from fetlock.platform import settings
from fetlock.platform.gate import Gate, gate
from fetlock.platform.work import JobRun

if TYPE_CHECKING:
    from fetlock.platform.runtime import Runtime

LEASE: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Taken:
    """A due run taken by this worker; `lease` is its proof."""

    id: int
    lease: datetime


def known_jobs(runtime: "Runtime") -> dict[tuple[str, str], Job]:
    """Every job of the plugins that work here, by plugin and key."""
    return {
        (plugin, job.key): job for plugin, jobs in runtime.registry.registered("jobs").items() for job in jobs
    }


def plan(session: Session, runtime: "Runtime") -> int:
    """Give every job of a plugin that is on at a site its place in the schedule; answers how many are new."""
    jobs = known_jobs(runtime)
    if not jobs:
        return 0
    rows = session.execute(select(JobState.plugin, JobState.job, JobState.site_id))
    planned = {(row.plugin, row.job, row.site_id) for row in rows}
    fresh = [
        JobState(plugin=plugin, job=key, site_id=site.id, next_run_at=clock.now())
        for site in session.scalars(select(Site).where(Site.active))
        for plugin, key in jobs
        if plugin in site.enabled_plugins() and (plugin, key, site.id) not in planned
    ]
    session.add_all(fresh)
    session.flush()
    return len(fresh)


def run_next(runtime: "Runtime") -> bool:
    """Run one job that is due; False where none is."""
    with runtime.database.reading() as session:
        if session.scalar(_due().with_only_columns(JobState.id).limit(1)) is None:
            return False
    taken = runtime.database.write(_take)
    if taken is None:
        return False
    runtime.database.write(lambda session: _run(session, runtime, taken))
    return True


def _due() -> Any:
    now = clock.now()
    return select(JobState).where(
        JobState.next_run_at <= now, or_(JobState.lease_until.is_(None), JobState.lease_until < now)
    )


def _take(session: Session) -> Taken | None:
    row = session.scalar(_due().order_by(JobState.next_run_at).limit(1).with_for_update(skip_locked=True))
    if row is None:
        return None
    row.lease_until = clock.now() + LEASE
    session.flush()
    return Taken(row.id, row.lease_until)


def _run(session: Session, runtime: "Runtime", taken: Taken) -> None:
    """The run and its place in the schedule in one transaction: a killed worker leaves neither."""
    row = session.scalar(
        select(JobState)
        .where(JobState.id == taken.id, JobState.lease_until == taken.lease)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        return
    job = known_jobs(runtime).get((row.plugin, row.job))
    every = job.every if job is not None else timedelta(hours=1)
    row.lease_until = None
    row.next_run_at = _next(row.next_run_at, every)
    if job is None or gate(session, runtime.registry, row.plugin, row.site_id) is not Gate.ON:
        return
    row.last_run_at = clock.now()
    try:
        model, _ = settings.load(session, runtime.secrets, runtime.registry, row.plugin, row.site_id)
    except FetlockError as error:
        row.last_problem = f"Its settings can't be used: {error.message}"[:300]
        return
    work = runtime.work_at(session, row.site_id)
    run = JobRun(work=work, job=row.job, settings=model)
    incident = call_contained(session, runtime.hooks, "run_job", run, row.plugin)
    row.last_problem = f"Failed (incident {incident})." if incident is not None else ""


def _next(planned: datetime, every: timedelta) -> datetime:
    """The next time on the schedule that is still to come; what was missed meanwhile is not caught up."""
    now = clock.now()
    step = max(every, timedelta(seconds=1))
    missed = max((now - planned) // step, 0)
    return planned + step * (missed + 1)
