"""Run now, pause and go on: permitted, audited, at one's own site (PL-9)."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select

from core.tests.jobs.schedule import NOON, QUARTER, failing, history, plan, run_all, sites_of, state
from core.tests.jobs.test_scopes import address, declare
from core.tests.outbox.household import sampler_of
from core.tests.platform.places import Place
from fetlock import Conflict, Invalid, JobRun, NotFound, NotPermitted, Work, clock
from fetlock.contracts import Actor, JobScope
from fetlock.domain.audit.models import AuditEntry
from fetlock.jobs import deeds, listing, running
from fetlock.jobs.listing import JobView, Standing
from fetlock.signals import reading


def _do(deed: Callable[[Work, int], JobView], job_id: int, work: Work) -> None:
    deed(work, job_id)


def view(here: Place, site: str = "north") -> JobView:
    with here.runtime.database.reading() as session:
        [found] = listing.at_site(here.runtime.work_at(session, here.records.sites[site]))
    return found


@pytest.mark.req("PL-9")
def test_run_now_runs_at_once_and_leaves_the_schedule_alone(here: Place) -> None:
    runs: list[JobRun] = []
    sampler_of(here).job = runs.append
    person = Actor(staff_id=here.records.staff["Administrator"], name="Ann", unrestricted=True)
    with clock.set_to(NOON):
        plan(here)
        run_all(here)
    with clock.set_to(NOON + timedelta(minutes=7)):
        job_id = view(here).id
        here.run(lambda work: deeds.run_now(work, job_id), actor=person)
        assert view(here).asked
        assert run_all(here) == 1
    assert (len(runs), state(here).next_run_at) == (2, NOON + QUARTER)
    with here.runtime.database.reading() as session:
        [deed] = session.scalars(select(AuditEntry).where(AuditEntry.action == "job.run"))
        runs_shown = listing.history(session, view(here))
    assert (deed.staff_id, deed.subject) == (person.staff_id, f"job:{state(here).id}")
    assert [bool(run.by) for run in runs_shown] == [True, False], "the newest first, and who asked for it"
    assert not view(here).asked


@pytest.mark.req("PL-9", "PL-5")
def test_run_now_is_the_way_out_of_waiting_after_failures(here: Place) -> None:
    sampler_of(here).job = failing([3])
    with clock.set_to(NOON):
        plan(here)
        run_all(here)
        job_id = view(here).id
        for _ in range(3):
            assert view(here).standing is Standing.FAILING
            here.run(lambda work: deeds.run_now(work, job_id))
            run_all(here)
        assert view(here).standing is Standing.WAITING
    assert [outcome for outcome, _ in history(here)] == ["failed"] * 3 + ["ok"]
    assert view(here).last_problem == ""


@pytest.mark.req("PL-9", "H-3")
def test_only_those_who_may_and_only_at_their_site(here: Place) -> None:
    plan(here)
    job_id = view(here).id
    nobody = Actor(staff_id=None, name="Nobody")
    for deed in (deeds.run_now, deeds.go_on):
        with pytest.raises(NotPermitted):
            here.run(partial(_do, deed, job_id), actor=nobody)
        with pytest.raises(NotFound):
            here.run(partial(_do, deed, job_id), site="south")
    with pytest.raises(NotPermitted):
        here.run(lambda work: deeds.pause(work, job_id, "Why not"), actor=nobody)
    with pytest.raises(Invalid):
        here.run(lambda work: deeds.pause(work, job_id, " "))


@pytest.mark.req("PL-9")
def test_a_paused_job_rests_until_it_goes_on(here: Place) -> None:
    runs: list[JobRun] = []
    sampler_of(here).job = runs.append
    with clock.set_to(NOON):
        plan(here)
        job_id = view(here).id
        here.run(lambda work: deeds.pause(work, job_id, "The vendor asked us to"))
        run_all(here)
        found = view(here)
        assert (runs, found.standing, found.next_run_at) == ([], Standing.PAUSED, None)
        assert found.pause is not None
        assert found.pause.reason == "The vendor asked us to"
        with pytest.raises(Conflict):
            here.run(lambda work: deeds.run_now(work, found.id))
        with pytest.raises(Conflict):
            here.run(lambda work: deeds.pause(work, found.id, "Again"))
        here.run(lambda work: deeds.go_on(work, found.id))
        with pytest.raises(Conflict):
            here.run(lambda work: deeds.go_on(work, found.id))
        assert view(here).next_run_at == NOON + QUARTER
    with clock.set_to(NOON + QUARTER):
        run_all(here)
    assert len(runs) == 1


@pytest.mark.req("PL-9")
def test_a_site_that_paused_is_left_out_of_its_account(here: Place) -> None:
    runs = declare(here, JobScope.ACCOUNT, "address")
    for site in ("north", "south"):
        address(here, site, "https://vendor.example/one")
    with clock.set_to(NOON):
        plan(here)
        job_id = view(here).id
        here.run(lambda work: deeds.pause(work, job_id, "Moving house"))
        run_all(here)
    assert sites_of(runs, here) == [("south", ["south"])]
    assert view(here).standing is Standing.PAUSED
    assert view(here, "south").standing is Standing.WAITING


@pytest.mark.req("PL-9")
def test_a_run_under_way_is_said_and_not_begun_twice(here: Place) -> None:
    with clock.set_to(NOON):
        plan(here)
        here.runtime.database.write(lambda session: running._take(session, running.LEASE))
        job_id = view(here).id
        assert (view(here).standing, view(here).started_at) == (Standing.RUNNING, NOON)
        with pytest.raises(Conflict):
            here.run(lambda work: deeds.run_now(work, job_id))


@pytest.mark.req("PL-9")
def test_the_last_fifty_runs_are_kept(here: Place) -> None:
    with clock.set_to(NOON):
        plan(here)
    for tick in range(53):
        with clock.set_to(NOON + tick * QUARTER):
            run_all(here)
    assert here.runtime.database.write(listing.forget_old) == 3
    assert here.runtime.database.write(listing.forget_old) == 0
    assert (len(history(here)), view(here).runs) == (50, 53)


@pytest.mark.req("PL-9", "UI-3")
def test_a_run_that_ends_is_signalled(here: Place) -> None:
    plan(here)
    with here.runtime.database.reading() as session:
        before = reading.latest(session)
    run_all(here)
    with here.runtime.database.reading() as session:
        [told] = reading.after(session, before)
    assert (told.topic, told.subject, told.site_id) == ("jobs", f"job:{state(here).id}", state(here).site_id)
