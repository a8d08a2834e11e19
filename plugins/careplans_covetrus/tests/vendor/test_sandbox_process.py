"""The simulator as a program: how it starts, what it keeps, whom it lets at its switches."""

import asyncio
from pathlib import Path

import httpx
import pytest

from fetlock.clock import now
from fetlock_careplans_covetrus.sandbox.demo import API_KEY, API_SECRET
from fetlock_careplans_covetrus.sandbox.running import in_process
from fetlock_careplans_covetrus.sandbox.server import build_app
from fetlock_careplans_covetrus.sandbox.simulator import Simulator
from fetlock_careplans_covetrus.sandbox.store import Store
from fetlock_careplans_covetrus.vendor_api import PlanVendor


def test_without_the_demo_there_is_an_account_and_no_plan(http: httpx.Client) -> None:
    with in_process(demo=False) as simulator:
        vendor = PlanVendor(http, simulator.address, API_KEY, API_SECRET)
        assert vendor.account().name == "Northgate Animal Hospital"
        assert vendor.plans("57", "57A").plans == ()


def test_a_file_keeps_changes_and_faults(tmp_path: Path, http: httpx.Client) -> None:
    database = tmp_path / "vendor.db"
    with in_process(database=database) as simulator:
        address = f"{simulator.address}/sandbox"
        assert http.patch(f"{address}/plans/1000038999", json={"status": "suspended"}).is_success
        assert http.put(f"{address}/faults", json={"mode": "error503", "times": 4}).is_success
        simulator.kill()
    with in_process(database=database) as simulator:
        state = http.get(f"{simulator.address}/sandbox/state").json()
        assert (state["faults"]["mode"], state["faults"]["times"]) == ("error503", 4)
        assert [plan["status"] for plan in state["plans"] if plan["id"] == "1000038999"] == ["suspended"]


@pytest.mark.parametrize(
    ("caller", "status"), [("127.0.0.1", 200), ("::1", 200), ("10.0.0.7", 403), ("", 403)]
)
def test_the_switches_answer_this_machine_only(caller: str, status: int) -> None:
    simulator = Simulator(Store(), now)
    simulator.start(demo=True)

    async def look() -> list[int]:
        transport = httpx.ASGITransport(build_app(simulator), client=(caller, 4711))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://vendor") as client:
            # A proxy's word for where the caller sits is not taken.
            forged = {"X-Forwarded-For": "127.0.0.1"}
            return [
                (await client.get(path, headers=forged)).status_code for path in ("/", "/sandbox/state")
            ] + [(await client.put("/sandbox/faults", json={}, headers=forged)).status_code]

    assert asyncio.run(look()) == [status] * 3
    simulator.store.close()
