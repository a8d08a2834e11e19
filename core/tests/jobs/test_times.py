"""When a job runs next: the grid does not drift, failures wait, wrong clocks are set right (PL-9)."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.tests.jobs.schedule import NOON, QUARTER, failing, plan, run_all, state
from core.tests.outbox.household import sampler_of
from core.tests.platform.places import Place
from fetlock import JobRun, clock
from fetlock.jobs.times import is_astray, next_on_grid, try_again

SPANS = st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=7))
LATE = st.timedeltas(min_value=timedelta(days=-3), max_value=timedelta(days=3))


@pytest.mark.req("PL-9")
@given(every=SPANS, late=LATE)
def test_the_next_time_is_the_first_of_the_grid_to_come(every: timedelta, late: timedelta) -> None:
    now = NOON + late
    found = next_on_grid(NOON, every, now)
    assert now < found <= now + every
    assert (found - NOON) % every == timedelta(0)


@pytest.mark.req("PL-9")
@given(failed=st.integers(min_value=1, max_value=1000), every=SPANS)
def test_a_failure_is_tried_again_within_the_hour(failed: int, every: timedelta) -> None:
    delay = try_again(failed, every)
    assert timedelta(seconds=48) <= delay <= timedelta(minutes=72)
    assert not is_astray(NOON + delay, every, NOON)
    if every <= QUARTER:
        assert delay <= QUARTER * 1.2


@pytest.mark.req("PL-9")
def test_delays_grow_and_differ() -> None:
    delays = [[try_again(failed, timedelta(days=1)) for failed in range(1, 9)] for _ in range(20)]
    for one in delays:
        assert all(later > sooner * 1.2 for sooner, later in pairwise(one[:6]))
    assert len({one[0] for one in delays}) == 20, "no two plugins fail in step"


@pytest.mark.req("PL-9")
def test_a_late_worker_does_not_move_the_schedule(here: Place) -> None:
    runs: list[JobRun] = []
    sampler_of(here).job = runs.append
    with clock.set_to(NOON):
        plan(here)
    with clock.set_to(NOON + timedelta(minutes=38)):
        run_all(here)
    assert len(runs) == 1, "what was missed is not caught up"
    assert state(here).next_run_at == NOON + timedelta(minutes=45)


@pytest.mark.req("PL-9", "PL-5")
def test_a_failed_run_is_tried_again_soon_and_the_grid_stays(here: Place) -> None:
    sampler_of(here).job = failing([2])
    with clock.set_to(NOON):
        plan(here)
        run_all(here)
    first = state(here)
    assert timedelta(seconds=48) <= first.next_run_at - NOON <= timedelta(seconds=72)
    with clock.set_to(NOON + timedelta(minutes=2)):
        run_all(here)
    second = state(here)
    assert timedelta(seconds=96) <= second.next_run_at - NOON - timedelta(minutes=2) <= timedelta(seconds=144)
    assert second.failed_in_row == 2
    with clock.set_to(NOON + timedelta(minutes=5)):
        run_all(here)
    third = state(here)
    assert (third.failed_in_row, third.failures, third.runs, third.last_problem) == (0, 2, 3, "")
    assert third.next_run_at == NOON + QUARTER


@pytest.mark.req("PL-9")
def test_a_clock_that_was_ahead_holds_nothing_up(here: Place) -> None:
    runs: list[JobRun] = []
    sampler_of(here).job = runs.append
    with clock.set_to(NOON + timedelta(days=400)):
        plan(here)
        run_all(here)
    with clock.set_to(NOON):
        assert run_all(here) == 0
        plan(here)
        assert run_all(here) == 1
    assert state(here).next_run_at == NOON + QUARTER
