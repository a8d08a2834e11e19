"""Jobs run on time, one worker each, in one transaction; what is killed is taken over (PL-9)."""

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from core.tests.jobs.schedule import NOON, QUARTER, history, plan, run_all, state
from core.tests.outbox.household import sampler_of
from core.tests.platform.places import Place
from core.tests.platform.sampler.models import Sample
from fetlock import JobRun, clock
from fetlock.jobs import running


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
        assert plan(here) == 1, "at north alone: it is off at south"
        assert plan(here) == 0
    for tick in range(50):
        with clock.set_to(NOON + tick * QUARTER):
            workers = [threading.Thread(target=run_all, args=(here,)) for _ in range(2)]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
    assert runs == [NOON + tick * QUARTER for tick in range(50)]
    assert (state(here).runs, state(here).failures) == (50, 0)


@pytest.mark.req("PL-9")
def test_a_run_that_was_lost_is_taken_over_after_its_lease(here: Place) -> None:
    runs: list[int] = []
    sampler_of(here).job = lambda _: runs.append(1)
    with clock.set_to(NOON):
        plan(here)
        assert here.runtime.database.write(lambda session: running._take(session, running.LEASE))
        assert run_all(here) == 0
    with clock.set_to(NOON + running.LEASE + timedelta(seconds=1)):
        run_all(here)
    assert runs == [1]
    assert [outcome for outcome, _ in history(here)] == ["lost", "ok"]
    assert state(here).last_run_at == NOON + running.LEASE + timedelta(seconds=1), (
        "not when the lost one began"
    )


@pytest.mark.req("PL-9")
def test_a_worker_that_was_given_up_stores_nothing(here: Place) -> None:
    """It was suspended, not dead: what it does after its lease counts for nothing."""
    sampler_of(here).job = _write
    with clock.set_to(NOON):
        plan(here)
        slow = here.runtime.database.write(lambda session: running._take(session, running.LEASE))
        assert slow is not None
    with clock.set_to(NOON + running.LEASE + timedelta(seconds=1)):
        run_all(here)
        here.runtime.database.write(lambda session: running._run(session, here.runtime, slow))
    assert _samples(here) == 1


@pytest.mark.req("PL-5", "PL-9")
def test_a_failing_job_undoes_its_own_part_and_says_so(here: Place) -> None:
    def job(run: JobRun) -> None:
        _write(run)
        raise RuntimeError

    sampler_of(here).job = job
    with clock.set_to(NOON):
        plan(here)
        run_all(here)
    found = state(here)
    assert _samples(here) == 0
    assert found.last_problem.startswith("Failed (incident ")
    assert (found.last_run_at, found.runs, found.failures) == (NOON, 1, 1)
    assert history(here) == [("failed", found.last_problem)]


@pytest.mark.req("PL-2")
def test_a_job_does_not_run_where_its_plugin_is_off(here: Place) -> None:
    runs: list[int] = []
    sampler_of(here).job = lambda _: runs.append(1)
    with clock.set_to(NOON):
        plan(here)
    here.switch("sampler", "setup")
    with clock.set_to(NOON + timedelta(hours=5)):
        run_all(here)
    assert runs == []
    assert state(here).next_run_at == NOON + timedelta(hours=5, minutes=15)


@pytest.mark.req("PL-9")
def test_much_work_goes_in_parts_that_are_kept_one_by_one(here: Place) -> None:
    seen: list[int] = []

    def job(run: JobRun) -> None:
        done = run.cursor.get("done", 0)
        seen.append(done)
        _write(run)
        if done == 2 and len(seen) == 3:
            raise KeyboardInterrupt  # what no plugin can contain: as if the worker were killed here
        if done < 4:
            run.go_on({"done": done + 1})

    sampler_of(here).job = job
    with clock.set_to(NOON):
        plan(here)
        with pytest.raises(KeyboardInterrupt):
            run_all(here)
        assert _samples(here) == 2, "the part that was under way is undone, those before it stay"
        assert history(here) == []
    with clock.set_to(NOON + running.LEASE + timedelta(seconds=1)):
        run_all(here)
    assert seen == [0, 1, 2, 2, 3, 4], "it goes on where it was, not from the beginning"
    assert _samples(here) == 5
    assert [outcome for outcome, _ in history(here)] == ["lost", "ok"]
    assert (state(here).runs, state(here).cursor) == (1, {})


@pytest.mark.req("PL-9")
def test_between_two_parts_others_may_write(here: Place) -> None:
    order: list[str] = []

    def job(run: JobRun) -> None:
        order.append("part")
        if len(order) < 3:
            run.go_on({})

    sampler_of(here).job = job
    with clock.set_to(NOON):
        plan(here)
        assert running.run_next(here.runtime)
        here.run(lambda _: order.append("somebody"))
        run_all(here)
    assert order == ["part", "somebody", "part"]


def _write(run: JobRun) -> None:
    run.work.session.add(Sample(site_id=run.work.site.id, text="x", amount=1))
    run.work.session.flush()


def _samples(here: Place) -> int:
    with here.runtime.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Sample)) or 0
