"""A host with the dummy plugin on, for a whole module: a case leaves nothing behind but rows."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from fetlock.hooks.markers import HookKind
from fetlock.platform.breaker import Rules
from tests.dummy_plugin.counting import broken, instead
from tests.dummy_plugin.naming import EDIT, VIEW
from tests.dummy_plugin.plugin import plugin
from tests.faults.faults import SLOW_SECONDS
from tests.hook_contracts.club_service import ClubService, club_service
from tests.hook_contracts.hosting import SECRET, Host, hosting, installed
from tests.support.postgres import PostgresServer

NEVER_OPEN = Rules(failures=1_000_000, slow=dict.fromkeys(HookKind, SLOW_SECONDS / 2))
"""Rules under which slowness is found soon, and the breaker stays out of the way."""


@pytest.fixture(scope="module")
def service() -> Iterator[ClubService]:
    with club_service() as running:
        yield running


def _host(url: str, home: Path, service: ClubService) -> Iterator[Host]:
    with hosting(url, home, installed(plugin), strict=True) as host:
        host.grant("Receptionist", VIEW, EDIT)
        host.settings(address=service.address, api_secret=SECRET)
        host.switch("on")
        host.work_off()
        host.join("57A")
        assert host.runtime.hooks.breaker is not None
        host.runtime.hooks.breaker.rules = NEVER_OPEN
        yield host


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory, service: ClubService) -> Iterator[Host]:
    home = tmp_path_factory.mktemp("faults")
    yield from _host(f"sqlite:///{home / 'fetlock.sqlite3'}", home / "home", service)


@pytest.fixture(scope="module")
def on_postgres(
    tmp_path_factory: pytest.TempPathFactory, service: ClubService, postgres_server: PostgresServer
) -> Iterator[Host]:
    url = postgres_server.create_database()
    yield from _host(url, tmp_path_factory.mktemp("faults") / "home", service)
    postgres_server.drop_database(url)


@pytest.fixture
def host(sqlite_url: str, tmp_path: Path, service: ClubService) -> Iterator[Host]:
    """One of its own for a test, under the breaker's rules as they are."""
    yield from _fresh(sqlite_url, tmp_path, service)


@pytest.fixture
def host_on_both(database_url: str, tmp_path: Path, service: ClubService) -> Iterator[Host]:
    """As `host`, on both databases."""
    yield from _fresh(database_url, tmp_path, service)


def _fresh(url: str, tmp_path: Path, service: ClubService) -> Iterator[Host]:
    for made in _host(url, tmp_path / "home", service):
        assert made.runtime.hooks.breaker is not None
        made.runtime.hooks.breaker.rules = Rules()
        yield made
    service.closed = False


@pytest.fixture(autouse=True)
def _mended(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.WARNING, "fetlock.incidents")
    yield
    instead.clear()
    broken.clear()
