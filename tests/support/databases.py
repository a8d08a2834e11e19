"""Fixtures: fresh, empty databases on SQLite and on PostgreSQL.

`sqlite_url`, `postgres_url`: one database for one test.
`database_url`: the test runs twice, once on each.
`postgres_server`: the server itself, one for each process that runs tests.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from tests.support.postgres import PostgresServer, private_postgres


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The private server, started when the first test asks for it."""
    with private_postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The SQLAlchemy URL of a fresh, empty PostgreSQL database, dropped after the test."""
    url = postgres_server.create_database()
    yield url
    postgres_server.drop_database(url)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The SQLAlchemy URL of an SQLite file that doesn't exist yet."""
    return f"sqlite:///{tmp_path / 'fetlock.sqlite3'}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh, empty database; a test that takes this runs on both kinds."""
    fixture = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    return cast("str", request.getfixturevalue(fixture))


@pytest.hookimpl(tryfirst=True)  # before `-m` selects
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "postgres_server" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.postgres)
