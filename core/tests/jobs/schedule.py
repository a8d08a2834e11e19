"""The schedule as tests look at it, and passes of workers over it."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from core.tests.platform.places import Place
from fetlock import JobRun
from fetlock.jobs import running
from fetlock.jobs.models import JobRunRow, JobState

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
"""Between two runs of the sampler's job."""


def plan(here: Place) -> int:
    return here.runtime.database.write(lambda session: running.plan(session, here.runtime))


def run_all(here: Place) -> int:
    """Run all that is due; answers how many runs, or parts of runs, that were."""
    count = 0
    while running.run_next(here.runtime):
        count += 1
    return count


def states(here: Place) -> list[JobState]:
    with here.runtime.database.reading() as session:
        return list(session.scalars(select(JobState).order_by(JobState.id)))


def state(here: Place) -> JobState:
    [found] = states(here)
    return found


def history(here: Place) -> list[tuple[str, str]]:
    """Outcome and problem of every run, in order."""
    with here.runtime.database.reading() as session:
        rows = session.scalars(select(JobRunRow).order_by(JobRunRow.id))
        return [(row.outcome, row.problem) for row in rows]


def sites_of(runs: Sequence[JobRun], here: Place) -> list[tuple[str, list[str]]]:
    """Where each run worked, and for which sites."""
    names = {site_id: name for name, site_id in here.records.sites.items()}
    return [(run.work.site.slug, [names[each] for each in run.sites]) for run in runs]


def failing(times: list[int]) -> Callable[[JobRun], None]:
    """A job that notes each run and fails while `times[0]` is above 0."""

    def job(_: JobRun) -> None:
        if times[0] > 0:
            times[0] -= 1
            raise RuntimeError

    return job
