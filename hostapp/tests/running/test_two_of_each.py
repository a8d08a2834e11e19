"""OP-3: two web servers and two workers on one PostgreSQL are one clinic."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from fetlock.jobs.models import JobState
from fetlock.outbox.models import OutboxAttempt, OutboxRow, WorkerHeartbeat
from fetlock_hostapp.simulators import free_port
from fetlock_hostapp.testing import PASSWORD
from tests.soak.history import History
from tests.soak.household import Household
from tests.soak.preparing import Prepared, environment, prepare
from tests.soak.smithy import smithy
from tests.soak.vendor import Vendor

pytestmark = [pytest.mark.serial, pytest.mark.postgres]

PLANS = "careplans_covetrus"
INVOICES = 10


@dataclass(frozen=True, slots=True)
class Clinic:
    """The processes, and what stands in their database."""

    household: Household
    prepared: Prepared
    vendor: Vendor

    @contextmanager
    def person(self) -> Iterator[httpx.Client]:
        """Somebody who is signed in at the first web server."""
        with httpx.Client(trust_env=False, timeout=20) as http:
            answer = http.post(
                f"{self.first}/api/v1/sign-in", json={"user_name": "administrator", "password": PASSWORD}
            )
            assert answer.status_code == 200, answer.text
            http.headers["x-csrf-token"] = answer.json()["csrf_token"]
            yield http

    @property
    def first(self) -> str:
        """The address of one web server."""
        return self.household.addresses[0]

    @property
    def second(self) -> str:
        """The address of the other."""
        return self.household.addresses[1]

    def rows(self, statement: Any) -> list[Any]:
        """Rows of the database."""
        with self.prepared.clinic.reading() as session:
            return list(session.scalars(statement))


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory, postgres_server: Any) -> Iterator[Clinic]:
    home, url = tmp_path_factory.mktemp("two") / "home", postgres_server.create_database()
    home.mkdir()
    history = History()
    with ExitStack() as stack:
        forge = stack.enter_context(smithy(environment(home, url), home / "log"))
        household = Household(forge, home, history, Random(1))
        household.dying = False
        prepared = prepare(home, url, household.vendor_address, free_port())
        stack.callback(prepared.runtime.close)
        for name in ("simulator-1", "web-1", "web-2", "worker-1", "worker-2"):
            household.start(name)
        household.await_ready()
        vendor = Vendor(household.vendor_address)
        stack.callback(vendor.close)
        vendor.bring_plans()
        made = Clinic(household, prepared, vendor)
        _know_plans(made)
        yield made
        household.end_in_order()
        assert history.faults == []


def _know_plans(clinic: Clinic) -> None:
    with clinic.person() as person:
        patient = clinic.prepared.records.patients["57A"]
        asked = person.post(f"{clinic.second}/api/v1/s/north/careplans/patients/{patient}/refresh", json={})
        assert asked.status_code == 202, asked.text
        path = f"/api/v1/s/north/careplans/patients/{patient}/plans"
        _await(lambda: person.get(clinic.first + path).json()["plans"])


def _await(look: Callable[[], Any], seconds: float = 60) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "it takes too long"
        time.sleep(0.05)
    return found


@pytest.mark.req("OP-3")
def test_a_sign_in_counts_at_both_and_ends_at_both(clinic: Clinic) -> None:
    with clinic.person() as person:
        for address in (clinic.second, clinic.first, clinic.second):
            assert person.get(f"{address}/api/v1/me").json()["user_name"] == "administrator"
        token = person.cookies
        assert person.post(f"{clinic.second}/api/v1/sign-out").status_code == 204
        for address in (clinic.first, clinic.second):
            assert httpx.get(f"{address}/api/v1/me", cookies=dict(token)).status_code == 401


@pytest.mark.req("OP-3", "PL-2")
def test_a_plugin_switched_at_one_is_switched_at_the_other_at_once(clinic: Clinic) -> None:
    patient = clinic.prepared.records.patients["57A"]
    path = f"/api/v1/s/south/careplans/patients/{patient}/plans"
    switch = f"/api/v1/s/south/plugins/{PLANS}/state"
    with clinic.person() as person:
        for here, there in ((clinic.first, clinic.second), (clinic.second, clinic.first)):
            assert person.get(there + path).status_code == 200
            off = person.put(here + switch, json={"state": "off", "reason": "Trying it out"})
            assert off.status_code == 200, off.text
            assert person.get(there + path).status_code == 404, "not a request later"
            assert person.put(here + switch, json={"state": "on"}).status_code == 200
            assert person.get(there + path).status_code == 200


@pytest.mark.req("OP-3", "PL-8", "H-34")
def test_two_workers_deliver_each_parcel_once_and_numbers_run_on(clinic: Clinic) -> None:
    records = clinic.prepared.records
    numbers = []
    with clinic.person() as person:
        for count in range(INVOICES):
            here, there = (clinic.first, clinic.second) if count % 2 else (clinic.second, clinic.first)
            line = {"patient_id": records.patients["57A"], "product_code": "NAIL", "quantity": "1"}
            path = "/api/v1/s/north"
            lines = {"lines": [line, line, line]}
            made = person.post(f"{here}{path}/clients/{records.clients['57']}/invoice-lines", json=lines)
            assert made.status_code == 201, made.text
            invoice = made.json()["invoice"]
            assert invoice["balance"] == "0.00"
            closed = person.post(f"{there}{path}/invoices/{invoice['id']}/close", json={})
            assert closed.status_code == 200, closed.text
            numbers.append(closed.json()["number"])
    assert numbers == list(range(1, INVOICES + 1))
    wanted = 3 * INVOICES
    _await(lambda: len(clinic.rows(select(OutboxRow).where(OutboxRow.state == "sent"))) >= wanted)
    attempts = Counter(attempt.outbox_id for attempt in clinic.rows(select(OutboxAttempt)))
    assert len(attempts) == wanted
    assert set(attempts.values()) == {1}
    usages = clinic.vendor.usages()
    assert len({usage["key"] for usage in usages}) == len(usages) == wanted
    assert not any(usage["replays"] for usage in usages)
    assert len(clinic.rows(select(WorkerHeartbeat))) == 2


@pytest.mark.req("OP-3", "PL-9")
def test_two_workers_run_a_job_once(clinic: Clinic) -> None:
    jobs = _await(lambda: clinic.rows(select(JobState).where(JobState.plugin == PLANS, JobState.runs > 0)))
    time.sleep(1.0)  # time enough for the other worker to run it too, if it would
    again = clinic.rows(select(JobState).where(JobState.plugin == PLANS, JobState.runs > 0))
    assert {job.scope: job.runs for job in again if job.scope in {each.scope for each in jobs}} == {
        job.scope: 1 for job in jobs
    }
