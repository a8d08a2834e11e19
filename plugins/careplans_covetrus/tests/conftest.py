"""A running simulator with its switches, and a practice that is connected to it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from fetlock.platform.installation import Installation
from fetlock.platform.runtime import Runtime
from fetlock.platform.secrets import ensure_key
from fetlock.testing import Clinic
from fetlock_careplans_covetrus.naming import NAME
from fetlock_careplans_covetrus.plugin import plugin
from fetlock_careplans_covetrus.sandbox.running import in_thread
from fetlock_hostapp.testing import WebClinic
from plugins.careplans_covetrus.tests.practice import Practice, Sandbox, grant_permissions


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
def empty_sandbox(sandbox: Sandbox) -> Sandbox:
    """The simulator with the account and no plans."""
    sandbox.call("POST", "/reset", {"demo": False})
    return sandbox


@pytest.fixture
def clinic_database_url(tmp_path: Path) -> str:
    """SQLite; `database_url` in its place runs a test on PostgreSQL too."""
    return f"sqlite:///{tmp_path / 'clinic.sqlite3'}"


@pytest.fixture
def practice(clinic_database_url: str, empty_sandbox: Sandbox, tmp_path: Path) -> Iterator[Practice]:
    """The sample clinic, both sites connected to the simulator under one account; no plans there yet."""
    clinic = Clinic.build(clinic_database_url, plugin)
    runtime = Runtime.start(
        Installation(
            home=tmp_path / "home",
            database_url=clinic_database_url,
            secret_keys=(SecretStr(Fernet.generate_key().decode()),),
            strict_plugins=True,
        ),
        installed={NAME: lambda: plugin},
    )
    grant_permissions(clinic)
    made = Practice(clinic, runtime, empty_sandbox)
    for site in clinic.records.sites:
        made.connect(site)
    yield made
    runtime.close()
    clinic.close()


@pytest.fixture
def web(sqlite_url: str, tmp_path: Path) -> Iterator[WebClinic]:
    """The sample clinic behind the real application, with the plugin on and its permissions given."""
    home = tmp_path / "home"
    ensure_key(Installation(home=home, database_url=sqlite_url))
    with WebClinic.build(sqlite_url, home, plugin) as made:
        grant_permissions(made.clinic)
        yield made


@pytest.fixture
def web_practice(web: WebClinic, empty_sandbox: Sandbox) -> Practice:
    """The practice of `web`, both sites connected to the simulator; no plans there yet."""
    practice = Practice(web.clinic, web.runtime, empty_sandbox)
    for site in web.clinic.records.sites:
        practice.connect(site)
    return practice


@pytest.fixture
def gold(web_practice: Practice) -> Practice:
    """57A has a plan renewed early, with groups, alternates, a code nobody has, benefits and a discount."""
    practice = web_practice
    practice.clinic.product("RAB", "42.00", name="Rabies")
    practice.clinic.product("DAPP", "44.00", name="Distemper")
    items = [
        {"code": "EXAM", "name": "Wellness exam", "group": "Exams", "included": 2},
        {"code": "RAB", "name": "Core vaccine", "group": "Vaccines", "included": 2, "alternates": ["DAPP"]},
        {"code": "BORD", "name": "Bordetella", "group": "Vaccines", "included": 1},
        {"code": "NAIL", "name": "Nail trims", "group": "Exams", "included": 3},
    ]
    practice.plan(
        terms=[{"items": items}, {"items": items[:3], "flagged_early": True}],
        out_of_plan_discount={"percent": "10", "name": "Member savings"},
        benefits=[{"name": "Telephone advice", "description": "On weekdays."}],
    )
    practice.refresh()
    return practice


@pytest.fixture
def desk(web: WebClinic) -> httpx.Client:
    return web.signed_in("Receptionist")
