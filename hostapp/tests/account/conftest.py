"""Fixtures of the account's tests: a clinic that has a key for secrets."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fetlock.platform import secrets
from fetlock_hostapp.testing import WebClinic


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[WebClinic]:
    with WebClinic.build(database_url, tmp_path / "home") as made:
        secrets.ensure_key(made.runtime.installation)
        yield made
