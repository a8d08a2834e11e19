"""Two sites with one account poll once; each site, or the organisation, where a job says so (PL-9)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.tests.jobs.schedule import NOON, QUARTER, plan, run_all, sites_of, states
from core.tests.outbox.household import sampler_of
from core.tests.platform.places import Place
from fetlock import JobRun, clock
from fetlock.contracts import Job, JobScope
from fetlock.domain.plugins.settings import save
from fetlock.platform.registrations import check_registrations


def declare(here: Place, per: JobScope, *account: str) -> list[JobRun]:
    """The sampler's job, as if the plugin had declared it so; its runs are noted in the answer."""
    runs: list[JobRun] = []
    here.runtime.registry.registered("jobs")["sampler"] = [
        Job(key="tick", label="Tick", every=QUARTER, per=per, account=account)
    ]
    sampler_of(here).job = runs.append
    here.switch("sampler", "on", site="south")
    return runs


def address(here: Place, site: str, value: str) -> None:
    here.run(lambda work: save(work, here.runtime.secrets, "sampler", {"address": value}), site=site)


@pytest.mark.req("PL-9")
def test_two_sites_with_one_account_poll_once(here: Place) -> None:
    runs = declare(here, JobScope.ACCOUNT, "address", "minutes")
    address(here, "north", "https://vendor.example/one")
    address(here, "south", "https://vendor.example/one")
    with clock.set_to(NOON):
        assert plan(here) == 1
        run_all(here)
    assert sites_of(runs, here) == [("north", ["north", "south"])]
    address(here, "south", "https://vendor.example/two")
    with clock.set_to(NOON + QUARTER):
        assert plan(here) == 1
        run_all(here)
    assert sorted(sites_of(runs[1:], here)) == [("north", ["north"]), ("south", ["south"])]
    assert all("vendor" not in each.scope for each in states(here)), "an account is not told by its name"


@pytest.mark.req("PL-9", "PL-2")
def test_an_account_is_polled_for_the_sites_at_which_the_plugin_is_on(here: Place) -> None:
    runs = declare(here, JobScope.ACCOUNT, "address")
    for site in ("north", "south"):
        address(here, site, "https://vendor.example/one")
    with clock.set_to(NOON):
        plan(here)
    here.switch("sampler", "off", site="north")
    with clock.set_to(NOON + timedelta(minutes=1)):
        run_all(here)
    assert sites_of(runs, here) == [("south", ["south"])]


@pytest.mark.req("PL-9")
def test_sites_without_an_account_run_for_themselves(here: Place) -> None:
    runs = declare(here, JobScope.ACCOUNT, "address")
    with clock.set_to(NOON):
        assert plan(here) == 2
        run_all(here)
    assert sorted(sites_of(runs, here)) == [("north", ["north"]), ("south", ["south"])]


@pytest.mark.req("PL-9")
def test_once_for_the_organisation(here: Place) -> None:
    runs = declare(here, JobScope.ORGANISATION)
    with clock.set_to(NOON):
        assert plan(here) == 1
        run_all(here)
    assert sites_of(runs, here) == [("north", ["north", "south"])]


@pytest.mark.req("PL-4", "PL-9")
@pytest.mark.parametrize(
    ("declared", "reason"),
    [  # a site alone has no account; a secret, or a field that is none, names none
        ({"every": timedelta(0)}, "more often than every second"),
        ({"per": JobScope.ACCOUNT}, "exactly where"),
        ({"account": ("address",)}, "exactly where"),
        ({"per": JobScope.ACCOUNT, "account": ("api_key",)}, "no open setting"),
        ({"per": JobScope.ACCOUNT, "account": ("other",)}, "no open setting"),
    ],
)
def test_a_job_that_cannot_be_meant_costs_its_plugin(
    here: Place, declared: dict[str, Any], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = here.runtime.registry
    job = replace(Job(key="a", label="A", every=QUARTER), **declared)
    asked = [(owner, lambda: [job]) for owner, _ in registry.implementations("jobs")]
    before = registry.implementations
    monkeypatch.setattr(
        type(registry), "implementations", lambda _, name: asked if name == "jobs" else before(name)
    )
    check_registrations(registry)
    assert reason in registry.quarantined["sampler"].reason
