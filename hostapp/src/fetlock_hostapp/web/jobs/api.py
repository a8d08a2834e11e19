"""Jobs for programs: what runs here on a schedule, its history, and what a person does about it (PL-9)."""

from datetime import datetime
from typing import Self

from litestar import get, post
from pydantic import BaseModel, Field

from fetlock.jobs import deeds, listing
from fetlock.jobs.listing import JobView
from fetlock_hostapp.plugin import (
    Answer,
    CursorList,
    Desk,
    FromPath,
    JSONBody,
    StaffRequest,
    reading,
    writing,
)
from fetlock_hostapp.web.jobs.pages import RUN, VIEW

TAG = "Jobs"


class PauseAnswer(Answer):
    """Who paused a job here, when and why."""

    by: str
    at: datetime
    reason: str


class JobAnswer(BaseModel):
    """A job as it stands at this site. `standing`: running, waiting, failing or paused.

    `per`: site, account or organisation; `sites`: names of those that it runs for. `next_run_at` is null
    where it is paused at all of them. `last_ms`: how long the last run worked.
    """

    id: int
    plugin: str
    job: str
    label: str
    every_seconds: int
    per: str
    sites: list[str]
    standing: str
    pause: PauseAnswer | None
    next_run_at: datetime | None
    last_run_at: datetime | None
    last_ms: int | None
    last_problem: str
    runs: int
    failures: int

    @classmethod
    def of(cls, view: JobView) -> Self:
        """The answer for one job."""
        return cls(
            id=view.id,
            plugin=view.plugin,
            job=view.job,
            label=view.label,
            every_seconds=round(view.every.total_seconds()),
            per=view.per,
            sites=list(view.sites),
            standing=view.standing.value,
            pause=PauseAnswer.model_validate(view.pause) if view.pause is not None else None,
            next_run_at=view.next_run_at,
            last_run_at=view.last_run_at,
            last_ms=view.last_ms,
            last_problem=view.last_problem,
            runs=view.runs,
            failures=view.failures,
        )


class RunAnswer(Answer):
    """One run that has ended. `outcome`: ok, failed, or lost with its worker; `by`: who asked for it."""

    id: int
    started_at: datetime
    ended_at: datetime
    ms: int
    parts: int
    outcome: str
    problem: str
    by: str


class JobList(CursorList[JobAnswer]):
    """All jobs that run here: they are few, and one page holds them."""


class JobWithRuns(BaseModel):
    """A job with its last runs, the newest first."""

    job: JobAnswer
    past: list[RunAnswer]


class PauseWanted(BaseModel):
    """Why it is paused; everybody who sees the job reads it."""

    reason: str = Field(max_length=300)


@get("/jobs", permission=VIEW, sync_to_thread=True, tags=[TAG])
def jobs(request: StaffRequest) -> JobList:
    """What plugins do at this site on a schedule."""
    with reading(request) as desk:
        return JobList(items=[JobAnswer.of(view) for view in listing.at_site(desk.work)], next=None)


@get("/jobs/{job_id:int}", permission=VIEW, sync_to_thread=True, tags=[TAG])
def job(request: StaffRequest, job_id: FromPath[int]) -> JobWithRuns:
    """One job with its last runs."""
    with reading(request) as desk:
        return _job(desk, job_id)


@post("/jobs/{job_id:int}/run", permission=RUN, sync_to_thread=True, status_code=200, tags=[TAG])
def run_job_now(request: StaffRequest, job_id: FromPath[int]) -> JobWithRuns:
    """Run it as soon as a worker takes it. 409 where it is paused here or running."""

    def work(desk: Desk) -> JobWithRuns:
        deeds.run_now(desk.work, job_id)
        return _job(desk, job_id)

    return writing(request, work)


@post("/jobs/{job_id:int}/pause", permission=RUN, sync_to_thread=True, status_code=200, tags=[TAG])
def pause_job(request: StaffRequest, job_id: FromPath[int], data: JSONBody[PauseWanted]) -> JobWithRuns:
    """Leave this site out until it goes on. 409 where it is paused already."""

    def work(desk: Desk) -> JobWithRuns:
        deeds.pause(desk.work, job_id, data.reason)
        return _job(desk, job_id)

    return writing(request, work)


@post("/jobs/{job_id:int}/go-on", permission=RUN, sync_to_thread=True, status_code=200, tags=[TAG])
def let_job_go_on(request: StaffRequest, job_id: FromPath[int]) -> JobWithRuns:
    """Take this site in again. 409 where it is not paused."""

    def work(desk: Desk) -> JobWithRuns:
        deeds.go_on(desk.work, job_id)
        return _job(desk, job_id)

    return writing(request, work)


def _job(desk: Desk, job_id: int) -> JobWithRuns:
    view = listing.get(desk.work, job_id)
    past = listing.history(desk.session, view)
    return JobWithRuns(job=JobAnswer.of(view), past=[RunAnswer.model_validate(run) for run in past])


HANDLERS = [jobs, job, run_job_now, pause_job, let_job_go_on]
