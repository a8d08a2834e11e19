"""The sample clinic behind the real application."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fetlock.platform.installation import Installation
from fetlock.platform.secrets import ensure_key
from fetlock_hostapp.testing import WebClinic


@pytest.fixture
def web(sqlite_url: str, tmp_path: Path) -> Iterator[WebClinic]:
    ensure_key(Installation(home=tmp_path / "home", database_url=sqlite_url))
    with WebClinic.build(sqlite_url, tmp_path / "home") as made:
        yield made
