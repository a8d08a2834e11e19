"""Fixtures of these tests: `fuzzed`, one clinic for all requests of a module, which make it messier."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from fetlock_hostapp.testing import WebClinic
from tests.api.clinic import FuzzedClinic
from tests.support.postgres import PostgresServer


@pytest.fixture(scope="module")
def fuzzed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FuzzedClinic]:
    """On SQLite; on PostgreSQL where FETLOCK_FUZZ_DATABASE says so, as `make fuzz` does in its second run."""
    folder = tmp_path_factory.mktemp("fuzzed")
    url = f"sqlite:///{folder / 'fetlock.sqlite3'}"
    if os.environ.get("FETLOCK_FUZZ_DATABASE") == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        url = server.create_database()
    with FuzzedClinic.build(url, folder / "home") as made:
        yield made


@pytest.fixture
def web(sqlite_url: str, tmp_path: Path) -> Iterator[WebClinic]:
    """The sample clinic without plugins, with a key to seal what is kept."""
    with FuzzedClinic.plain(sqlite_url, tmp_path / "home") as made:
        yield made


@pytest.fixture
def web_on_both(database_url: str, tmp_path: Path) -> Iterator[WebClinic]:
    """The same, once on each database."""
    with FuzzedClinic.plain(database_url, tmp_path / "home") as made:
        yield made
