"""The simulator is killed between accepting a usage and answering: what it accepted counts once."""

import threading
import time
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest

from fetlock.clock import today
from fetlock_careplans_covetrus.sandbox.demo import API_KEY, API_SECRET
from fetlock_careplans_covetrus.sandbox.running import in_process
from fetlock_careplans_covetrus.vendor_api import PlanVendor
from fetlock_careplans_covetrus.vendor_errors import VendorError, VendorUnreachable
from fetlock_careplans_covetrus.vendor_values import Usage


def vendor_at(http: httpx.Client, address: str) -> PlanVendor:
    return PlanVendor(http, address, API_KEY, API_SECRET, timeout=30)


def a_usage(vendor: PlanVendor) -> Usage:
    plan = vendor.plans("57", "57A").plans[0]
    term = plan.terms[1]
    item = next(item for item in term.items if item.code == "NW-CHK")
    return Usage(
        plan_id=plan.id, term_id=term.id, item_id=item.id, code=item.code, quantity=1, used_on=today("UTC")
    )


@pytest.mark.req("CPX-2")
def test_killed_between_accepting_and_answering(tmp_path: Path, http: httpx.Client) -> None:
    database, key, failures = tmp_path / "vendor.db", uuid4(), []
    with in_process(database=database) as simulator:
        vendor = vendor_at(http, simulator.address)
        sent = a_usage(vendor)
        fault = {"mode": "timeout_after_accept", "delay_seconds": 60, "times": 1}
        assert http.put(f"{simulator.address}/sandbox/faults", json=fault).is_success

        def post() -> None:
            try:
                vendor.post_usage(key, sent)
            except VendorError as error:
                failures.append(error)

        posting = threading.Thread(target=post)
        posting.start()
        deadline = time.monotonic() + 20
        while not http.get(f"{simulator.address}/sandbox/state").json()["usages"]:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert posting.is_alive(), "it is accepted and not yet answered"
        simulator.kill()
        posting.join()
    [failure] = failures
    assert isinstance(failure, VendorUnreachable)
    assert failure.is_unclear

    with in_process(database=database) as simulator:
        vendor = vendor_at(http, simulator.address)
        found = vendor.find_usage(key)
        assert found is not None
        assert found.quantity == 1
        receipt = vendor.post_usage(key, sent)
        assert receipt.replayed
        assert receipt.usage_id == found.usage_id
        state = http.get(f"{simulator.address}/sandbox/state").json()
        assert len(state["usages"]) == 1
        lost = [attempt for attempt in state["attempts"] if attempt["fault"]]
        assert [(attempt["handled"], attempt["status"]) for attempt in lost] == [(True, None)]


@pytest.mark.req("CPX-2")
def test_killed_again_and_again_while_many_are_sent(tmp_path: Path, http: httpx.Client) -> None:
    """Whatever moment the kill hits, after sending all again each key counts once."""
    database, keys = tmp_path / "vendor.db", [uuid4() for _ in range(12)]
    receipts: dict[UUID, str] = {}
    sent: Usage | None = None
    for after in (0.01, 0.03, 0.06, None):
        with in_process(database=database) as simulator:
            vendor = vendor_at(http, simulator.address)
            sent = sent or a_usage(vendor)
            killer = threading.Timer(after, simulator.kill) if after else None
            if killer:
                killer.start()
            for key in keys:
                try:
                    receipt = vendor.post_usage(key, sent)
                except VendorError:
                    continue
                assert receipts.setdefault(key, receipt.usage_id) == receipt.usage_id
            if killer:
                killer.join()
                continue
            assert receipts.keys() == set(keys)
            state = http.get(f"{simulator.address}/sandbox/state").json()
            assert sorted(usage["key"] for usage in state["usages"]) == sorted(str(key) for key in keys)


def test_ends_at_once_on_a_signal_even_when_silent(tmp_path: Path, http: httpx.Client) -> None:
    with in_process(database=tmp_path / "vendor.db") as simulator:
        fault = {"mode": "timeout_after_accept", "delay_seconds": 600}
        assert http.put(f"{simulator.address}/sandbox/faults", json=fault).is_success
        vendor = PlanVendor(http, simulator.address, API_KEY, API_SECRET, timeout=0.2)
        with pytest.raises(VendorError):
            vendor.account()
        began = time.monotonic()
        simulator.process.terminate()
        simulator.process.wait(timeout=20)
        assert time.monotonic() - began < 10
