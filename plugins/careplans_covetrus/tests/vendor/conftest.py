"""A running simulator, its switches, and the adapter pointed at it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from fetlock.clock import today
from fetlock_careplans_covetrus.sandbox.demo import API_KEY, API_SECRET
from fetlock_careplans_covetrus.sandbox.running import in_thread
from fetlock_careplans_covetrus.vendor_api import PlanVendor
from fetlock_careplans_covetrus.vendor_values import Item, Plan, Term, Usage

MakeUsage = Callable[..., Usage]


@dataclass
class Sandbox:
    """The simulator's address and its switches."""

    address: str
    http: httpx.Client

    def call(self, method: str, path: str, body: Any = None, *, status: int | None = None) -> Any:
        answer = self.http.request(method, f"{self.address}/sandbox{path}", json=body)
        if status is None:
            assert answer.is_success, answer.text
        else:
            assert answer.status_code == status, answer.text
        return answer.json()

    def state(self) -> Any:
        return self.call("GET", "/state")

    def fault(self, mode: str, **fields: Any) -> None:
        self.call("PUT", "/faults", {"mode": mode, **fields})

    def used(self, item_id: str) -> int:
        """The vendor's count of an item, over every plan."""
        counts: list[int] = [
            item["used"]
            for plan in self.state()["plans"]
            for term in plan["terms"]
            for item in term["items"]
            if item["id"] == item_id
        ]
        assert len(counts) == 1
        return counts[0]

    def raw(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        """A request to the vendor's interface without the adapter."""
        headers = {"X-Api-Key": API_KEY, "X-Api-Secret": API_SECRET, **kwargs.pop("headers", {})}
        return self.http.request(method, f"{self.address}/v1{path}", headers=headers, **kwargs)


@pytest.fixture(scope="session")
def running_simulator() -> Iterator[str]:
    with in_thread() as address:
        yield address


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture
def sandbox(running_simulator: str, http: httpx.Client) -> Sandbox:
    """The simulator with the demo's plans, as if just started."""
    simulator = Sandbox(running_simulator, http)
    simulator.call("POST", "/reset")
    return simulator


@pytest.fixture
def vendor(sandbox: Sandbox, http: httpx.Client) -> PlanVendor:
    return PlanVendor(http, sandbox.address, API_KEY, API_SECRET, timeout=20)


@pytest.fixture
def barnaby(vendor: PlanVendor) -> Plan:
    """The demo's dog: current and renewed term."""
    return vendor.plans("57", "57A").plans[0]


@pytest.fixture
def current(barnaby: Plan) -> Term:
    return next(term for term in barnaby.terms if term.status == "current")


@pytest.fixture
def recheck(current: Term) -> Item:
    """Two included, none used."""
    return next(item for item in current.items if item.code == "EXAM-RE")


@pytest.fixture
def usage(barnaby: Plan, current: Term, recheck: Item) -> MakeUsage:
    """Makes a usage of one recheck exam today; any field can be given otherwise."""

    def make(**fields: Any) -> Usage:
        given: dict[str, Any] = {
            "plan_id": barnaby.id,
            "term_id": current.id,
            "item_id": recheck.id,
            "code": recheck.code,
            "quantity": 1,
            "used_on": today("UTC"),
            "provider": "Dr. Raman",
            "invoice_number": "NG-20418",
            "pims_line": "4711",
        }
        return Usage(**given | fields)

    return make


@pytest.fixture
def key() -> UUID:
    return uuid4()


@pytest.fixture
def day() -> date:
    return today("UTC")
