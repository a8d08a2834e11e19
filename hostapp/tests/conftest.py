"""Fixtures of the host's tests: `web`, the sample clinic behind the real application.

Override `plugins_under_test` to have plugins in it; take `web_on_both` for a test on both databases.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fetlock_hostapp.testing import WebClinic


@pytest.fixture
def web(sqlite_url: str, tmp_path: Path, plugins_under_test: tuple[object, ...]) -> Iterator[WebClinic]:
    with WebClinic.build(sqlite_url, tmp_path / "home", *plugins_under_test) as made:
        yield made


@pytest.fixture
def web_on_both(
    database_url: str, tmp_path: Path, plugins_under_test: tuple[object, ...]
) -> Iterator[WebClinic]:
    with WebClinic.build(database_url, tmp_path / "home", *plugins_under_test) as made:
        yield made
