"""pytest fixtures for plugins: override `plugins_under_test`, and take `clinic`.

# conftest.py of a plugin
@pytest.fixture
def plugins_under_test() -> tuple[object, ...]:
    return (MyPlugin(),)

# a test
def test_covers(clinic: Clinic) -> None:
    changed = clinic.run(lambda work: add_invoice_lines(work, clinic.client_id, [clinic.line("NAIL")]))
    assert changed.invoice.gross == 0
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fetlock.testing.clinic import Clinic


@pytest.fixture
def plugins_under_test() -> tuple[object, ...]:
    """The plugins that are installed in `clinic`, as instances; none unless a test module says otherwise."""
    return ()


@pytest.fixture
def clinic_database_url(tmp_path: Path) -> str:
    """The SQLAlchemy URL of the empty database in which `clinic` is built: a new SQLite file by default."""
    return f"sqlite:///{tmp_path / 'clinic.sqlite3'}"


@pytest.fixture
def clinic(clinic_database_url: str, plugins_under_test: tuple[object, ...]) -> Iterator["Clinic"]:
    """The sample clinic (see `fetlock.testing.records`) with `plugins_under_test` on at both sites."""
    # imported here: pytest loads this module in every project, and most runs need no database
    from fetlock.testing.clinic import Clinic

    made = Clinic.build(clinic_database_url, *plugins_under_test)
    yield made
    made.close()
