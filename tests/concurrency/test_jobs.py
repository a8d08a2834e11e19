"""Two worker processes share one schedule: fifty ticks, fifty runs; a killed one is taken over (PL-9)."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from core.tests.platform.places import Place, place
from core.tests.platform.sampler.models import Sample
from core.tests.platform.sampler.plugin import Sampler
from fetlock import clock
from fetlock.jobs import running
from fetlock.jobs.models import JobRunRow, JobState
from fetlock.outbox.models import WorkerHeartbeat
from fetlock.outbox.waking import Lane, wake
from fetlock.signals.sending import signal_at
from tests.concurrency.job_process import LEASE, set_clock

TICKS = 50
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
pytestmark = [pytest.mark.serial, pytest.mark.timeout(300)]


@pytest.fixture
def here(database_url: str, tmp_path: Path) -> Iterator[Place]:
    """The schedule is made, and it is a quarter of an hour before its first tick."""
    with place(database_url, tmp_path / "home", {"sampler": Sampler}, on=("sampler",)) as made:
        with clock.set_to(NOON):
            made.runtime.database.write(lambda session: running.plan(session, made.runtime))
        set_clock(tmp_path / "home", NOON - QUARTER)
        yield made


@contextmanager
def workers(here: Place, count: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """So many worker processes, at work; they end in order, unless a test killed them."""
    installation = here.runtime.installation
    command = [sys.executable, "-m", "tests.concurrency.job_process", installation.url]
    root = Path(__file__).parents[2]
    running = [subprocess.Popen([*command, str(installation.home)], cwd=root) for _ in range(count)]
    try:
        await_that(lambda: beats(here) == count)
        yield running
        for each in running:
            each.terminate()
        for each in running:
            assert each.wait(30) in (0, -9)
    finally:
        for each in running:
            each.kill()
            each.wait()


def await_that(holds: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def beats(here: Place) -> int:
    with here.runtime.database.reading() as session:
        return len(session.scalars(select(WorkerHeartbeat.worker)).all())


def samples(here: Place) -> list[str]:
    """What the runs that were kept wrote, in order."""
    with here.runtime.database.reading() as session:
        return list(session.scalars(select(Sample.text).order_by(Sample.id)))


def make_it(here: Place, now: datetime) -> None:
    """Set every clock, and have somebody commit, which wakes all workers at the same moment."""
    set_clock(here.runtime.installation.home, now)

    def commit(session: object) -> None:
        wake(session, Lane.SCHEDULE)  # type: ignore[arg-type]
        signal_at(session, None, "tick")  # type: ignore[arg-type]

    here.runtime.database.write(commit)


@pytest.mark.req("PL-9", "OP-3")
def test_fifty_ticks_are_fifty_runs_of_two_processes(here: Place) -> None:
    ticks = [NOON + number * QUARTER for number in range(TICKS)]
    with workers(here, 2):
        for number, tick in enumerate(ticks):
            make_it(here, tick)
            await_that(lambda number=number: len(samples(here)) > number)  # type: ignore[misc]
    assert samples(here) == [tick.isoformat() for tick in ticks], "each tick once, and nothing besides"
    with here.runtime.database.reading() as session:
        [state] = session.scalars(select(JobState))
        assert (state.runs, state.failures) == (TICKS, 0)


@pytest.mark.req("PL-9")
def test_a_worker_killed_in_a_run_is_taken_over_after_its_lease(here: Place) -> None:
    home = here.runtime.installation.home
    (home / "hang").touch()
    with workers(here, 2) as running:
        make_it(here, NOON)
        await_that((home / "hanging").exists)
        await_that(lambda: (home / "hanging").read_text() != "")
        pid = int((home / "hanging").read_text())
        [victim] = [each for each in running if each.pid == pid]
        victim.kill()
        victim.wait()
        (home / "hang").unlink()
        make_it(here, NOON + LEASE - timedelta(seconds=1))
        time.sleep(1.5)  # longer than between two looks
        assert samples(here) == [], "it left nothing, and nobody else may run it yet"
        make_it(here, NOON + LEASE + timedelta(seconds=1))
        await_that(lambda: samples(here) != [])
    assert samples(here) == [(NOON + LEASE + timedelta(seconds=1)).isoformat()]
    with here.runtime.database.reading() as session:
        outcomes = session.scalars(select(JobRunRow.outcome).order_by(JobRunRow.id)).all()
        [state] = session.scalars(select(JobState))
    assert outcomes == ["lost", "ok"]
    assert state.next_run_at == NOON + QUARTER, "the grid is as it was"
