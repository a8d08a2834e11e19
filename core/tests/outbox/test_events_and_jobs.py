"""Events that a plugin failed to take come again in order; jobs run on time, one worker each (PL-9)."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from core.tests.outbox.household import sampler_of
from core.tests.platform.places import Place
from core.tests.platform.sampler.models import Sample
from fetlock import JobRun, clock
from fetlock.contracts import EventFacts
from fetlock.outbox import heartbeat, jobs, redelivery
from fetlock.outbox.events import announce
from fetlock.outbox.models import EventPending, JobState
from fetlock.outbox.retrying import Retrying

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
STEADY = Retrying(jitter=0)


def _announce(here: Place, aggregate: str = "invoice:1") -> None:
    here.run(lambda work: announce(work, "invoice_closed", aggregate, {}))


def _waiting(here: Place) -> int:
    with here.runtime.database.reading() as session:
        return session.scalar(select(func.count()).select_from(EventPending)) or 0


def _tell_all(here: Place) -> None:
    while redelivery.tell_next(here.runtime, STEADY):
        pass


@pytest.mark.req("PL-5")
def test_events_wait_behind_the_one_that_failed_and_come_in_order(here: Place) -> None:
    heard: list[tuple[str, int]] = []
    deaf = True

    def told(event: EventFacts) -> None:
        if deaf and event.aggregate == "invoice:1":
            raise RuntimeError("deaf")
        heard.append((event.aggregate, event.sequence))

    sampler_of(here).told = told
    with clock.set_to(NOON):
        _announce(here)
        _announce(here)
        _announce(here, "invoice:2")
        assert heard == [("invoice:2", 1)]
        assert _waiting(here) == 2
        _tell_all(here)
        assert _waiting(here) == 2
    deaf = False
    with clock.set_to(NOON + timedelta(seconds=6)):
        _tell_all(here)
    assert heard == [("invoice:2", 1), ("invoice:1", 1), ("invoice:1", 2)]
    assert _waiting(here) == 0


@pytest.mark.req("PL-2")
def test_events_of_a_plugin_that_is_off_are_kept(here: Place) -> None:
    def fail(_: EventFacts) -> None:
        raise RuntimeError

    heard: list[int] = []
    sampler_of(here).told = fail
    _announce(here)
    sampler_of(here).told = lambda event: heard.append(event.sequence)
    here.switch("sampler", "off")
    _tell_all(here)
    assert heard == []
    here.switch("sampler", "on")
    with clock.set_to(clock.now() + timedelta(minutes=2)):
        _tell_all(here)
    assert heard == [1]


def _plan(here: Place) -> int:
    return here.runtime.database.write(lambda session: jobs.plan(session, here.runtime))


@pytest.mark.req("PL-9", "PL-2")
def test_fifty_ticks_are_fifty_runs_with_two_workers(here: Place) -> None:
    runs: list[datetime] = []
    guard = threading.Lock()

    def job(run: JobRun) -> None:
        assert run.settings.minutes == 15
        with guard:
            runs.append(clock.now())

    sampler_of(here).job = job
    with clock.set_to(NOON):
        assert _plan(here) == 1, "at north alone: it is off at south"
        assert _plan(here) == 0
    for tick in range(50):
        with clock.set_to(NOON + tick * timedelta(minutes=15)):
            workers = [threading.Thread(target=_run_all, args=(here,)) for _ in range(2)]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
    assert runs == [NOON + tick * timedelta(minutes=15) for tick in range(50)]


def _run_all(here: Place) -> None:
    while jobs.run_next(here.runtime):
        pass


@pytest.mark.req("PL-9")
def test_a_run_that_was_lost_is_taken_over_after_its_lease(here: Place) -> None:
    runs: list[int] = []
    sampler_of(here).job = lambda _: runs.append(1)
    with clock.set_to(NOON):
        _plan(here)
        assert here.runtime.database.write(jobs._take)
        _run_all(here)
        assert runs == []
    with clock.set_to(NOON + jobs.LEASE + timedelta(seconds=1)):
        _run_all(here)
    assert runs == [1]


@pytest.mark.req("PL-5")
def test_a_failing_job_undoes_its_own_part_and_says_so(here: Place) -> None:
    def job(run: JobRun) -> None:
        run.work.session.add(Sample(site_id=run.work.site.id, text="x", amount=1))
        run.work.session.flush()
        raise RuntimeError

    sampler_of(here).job = job
    with clock.set_to(NOON):
        _plan(here)
        _run_all(here)
    with here.runtime.database.reading() as session:
        state = session.scalars(select(JobState)).one()
        assert session.scalar(select(func.count()).select_from(Sample)) == 0
    assert state.last_problem.startswith("Failed (incident ")
    assert (state.last_run_at, state.next_run_at) == (NOON, NOON + timedelta(minutes=15))


@pytest.mark.req("PL-2")
def test_a_job_does_not_run_where_its_plugin_is_off(here: Place) -> None:
    runs: list[int] = []
    sampler_of(here).job = lambda _: runs.append(1)
    with clock.set_to(NOON):
        _plan(here)
    here.switch("sampler", "setup")
    with clock.set_to(NOON + timedelta(hours=5)):
        _run_all(here)
    assert runs == []


def test_a_worker_is_heard_of_or_missed(here: Place) -> None:
    database = here.runtime.database
    with clock.set_to(NOON):
        database.write(lambda session: heartbeat.beat(session, "w1"))
        database.write(lambda session: heartbeat.beat(session, "w1"))
        with database.reading() as session:
            assert heartbeat.alive(session)
    with clock.set_to(NOON + timedelta(seconds=61)), database.reading() as session:
        assert not heartbeat.alive(session)
        assert heartbeat.last_beat(session) == NOON
    database.write(lambda session: heartbeat.leave(session, "w1"))
    with database.reading() as session:
        assert heartbeat.last_beat(session) is None
