"""Fixtures of these tests: `fuzzed`, one clinic for all requests of a module, which make it messier."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fetlock_hostapp.testing import WebClinic
from tests.api.clinic import FuzzedClinic


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FuzzedClinic]:
    folder = tmp_path_factory.mktemp("fuzzed")
    with FuzzedClinic.build(f"sqlite:///{folder / 'fetlock.sqlite3'}", folder / "home") as made:
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
