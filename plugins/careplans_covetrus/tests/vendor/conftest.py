"""The adapter pointed at the simulator, and the demo's dog with its plan."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from fetlock.clock import today
from fetlock_careplans_covetrus.sandbox.demo import API_KEY, API_SECRET
from fetlock_careplans_covetrus.vendor_api import PlanVendor
from fetlock_careplans_covetrus.vendor_values import Item, Plan, Term, Usage
from plugins.careplans_covetrus.tests.practice import Sandbox

MakeUsage = Callable[..., Usage]


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
