"""What a person does about a job: run it now, pause it at a site, let it go on (PL-9)."""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.domain.audit import service as audit
from fetlock.errors import Conflict, Invalid, NotFound
from fetlock.jobs import listing
from fetlock.jobs.listing import JobView, Standing
from fetlock.jobs.models import JobPause, JobState
from fetlock.jobs.running import TOPIC
from fetlock.outbox.waking import Lane, wake
from fetlock.signals.sending import signal_at
from fetlock.work import Work

PERMISSION = "plugins.run_jobs"


def run_now(work: Work, job_id: int) -> JobView:
    """Have a job of this site run at once, whatever its schedule, which stays as it is.

    Raises `NotFound`, and `Conflict` where it is paused here or runs already.
    """
    work.require(PERMISSION)
    view = listing.get(work, job_id)
    if view.standing is Standing.PAUSED:
        raise Conflict(f"“{view.label}” is paused here. Let it go on first.")
    state = _locked(work.session, job_id)
    if view.standing is Standing.RUNNING or state is None:
        raise Conflict(f"“{view.label}” is running just now.")
    state.next_run_at = clock.now()
    state.asked_by = work.actor.staff_id
    work.session.flush()
    wake(work.session, Lane.SCHEDULE)
    _tell(work, view, "job.run")
    return view


def pause(work: Work, job_id: int, reason: str) -> JobView:
    """Leave this site out of a job until it goes on. A run under way ends first.

    Raises `NotFound`, `Invalid` without a reason, `Conflict` where it is paused already.
    """
    work.require(PERMISSION)
    view = listing.get(work, job_id)
    if not reason.strip():
        raise Invalid({"reason": "Give a reason; it is shown beside the job."})
    if view.pause is not None:
        raise Conflict(f"“{view.label}” is paused here already.")
    work.session.add(
        JobPause(
            plugin=view.plugin,
            job=view.job,
            site_id=work.site.id,
            staff_id=work.actor.staff_id,
            at=clock.now(),
            reason=reason.strip()[:300],
        )
    )
    work.session.flush()
    _tell(work, view, "job.pause", reason.strip())
    return view


def go_on(work: Work, job_id: int) -> JobView:
    """Take this site in again; the job runs at its next time. Raises `NotFound`, `Conflict`."""
    work.require(PERMISSION)
    view = listing.get(work, job_id)
    if view.pause is None:
        raise Conflict(f"“{view.label}” is not paused here.")
    work.session.execute(
        delete(JobPause).where(
            JobPause.plugin == view.plugin, JobPause.job == view.job, JobPause.site_id == work.site.id
        )
    )
    _tell(work, view, "job.go_on")
    return view


def _locked(session: Session, job_id: int) -> JobState | None:
    """The row; None where a run holds it, for which nobody waits here."""
    row = session.scalar(
        select(JobState)
        .where(JobState.id == job_id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if row is None and session.get(JobState, job_id) is None:
        raise NotFound("There is no such job here.")
    return row


def _tell(work: Work, view: JobView, action: str, reason: str = "") -> None:
    audit.record(
        work.session,
        action,
        staff_id=work.actor.staff_id,
        site_id=work.site.id,
        subject=f"job:{view.id}",
        reason=reason[:300],
        detail={"plugin": view.plugin, "job": view.job},
    )
    signal_at(work.session, None, TOPIC, f"job:{view.id}")
