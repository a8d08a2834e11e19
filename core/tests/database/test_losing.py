"""A connection that breaks before the commit has stored nothing: the unit of work is run again (OP-3)."""

import contextlib

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from fetlock.database import Database
from fetlock.database.losing import is_lost

pytestmark = pytest.mark.postgres


def _end(database: Database, pid: int) -> None:
    with database.engine.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})


def _pid(session: Session) -> int:
    return int(session.execute(text("SELECT pg_backend_pid()")).scalar_one())


@pytest.fixture
def database(postgres_url: str) -> Database:
    made = Database(postgres_url, pool_size=2)
    made.write(lambda session: session.execute(text("CREATE TABLE noted (id integer PRIMARY KEY)")))
    return made


@pytest.mark.req("OP-3", "PL-8")
def test_work_is_run_again_whole_when_its_connection_breaks_before_the_commit(database: Database) -> None:
    runs: list[int] = []

    def work(session: Session) -> None:
        session.execute(text("INSERT INTO noted VALUES (1)"))
        runs.append(1)
        if len(runs) == 1:
            _end(database, _pid(session))
        session.execute(text("INSERT INTO noted VALUES (2)"))

    database.write(work)
    assert len(runs) == 2
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM noted")).scalar_one() == 2
    database.dispose()


@pytest.mark.req("OP-3", "PL-8")
def test_a_break_that_somebody_swallowed_is_met_again_and_reruns_the_work(database: Database) -> None:
    runs: list[int] = []

    def work(session: Session) -> None:
        runs.append(1)
        if len(runs) == 1:
            _end(database, _pid(session))
        with contextlib.suppress(DBAPIError):
            session.execute(text("INSERT INTO noted VALUES (1)"))
        session.connection().execute(text("INSERT INTO noted VALUES (2)"))

    database.write(work)
    assert len(runs) == 2
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM noted")).scalar_one() == 2
    database.dispose()


@pytest.mark.req("OP-3", "PL-8")
def test_what_breaks_in_the_commit_is_not_run_again_for_nobody_knows_how_it_ended(
    database: Database,
) -> None:
    runs: list[int] = []

    def work(session: Session) -> None:
        session.execute(text("INSERT INTO noted VALUES (1)"))
        runs.append(1)
        pid = _pid(session)
        session.flush()
        _end(database, pid)

    with pytest.raises(DBAPIError) as told:
        database.write(work)
    assert is_lost(told.value)
    assert runs == [1]
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM noted")).scalar_one() == 0
    database.dispose()


def test_a_server_that_is_away_is_told_from_a_wrong_statement(database: Database) -> None:
    with pytest.raises(DBAPIError) as wrong:
        database.write(lambda session: session.execute(text("SELECT nonsense")))
    assert not is_lost(wrong.value)
    database.dispose()
    nowhere = Database("postgresql+psycopg://nobody@/none?host=/nonexistent")
    with pytest.raises(DBAPIError) as away:
        nowhere.write(lambda session: session.execute(text("SELECT 1")))
    assert is_lost(away.value)
    nowhere.dispose()
