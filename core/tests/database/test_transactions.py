"""One transaction per unit of work: reading cannot write, writing is rerun when the database was busy."""

import sqlite3
import threading
from collections.abc import Callable

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from fetlock import Busy
from fetlock.database.engine import RERUNS, is_busy
from fetlock.domain.clients.models import Client
from fetlock.testing import Clinic


@pytest.fixture
def clinic_database_url(database_url: str) -> str:
    return database_url


def test_reading_cannot_write(clinic: Clinic) -> None:
    with pytest.raises(DBAPIError, match=r"read-?only"), clinic.reading() as session:
        session.execute(text("UPDATE client SET notes = 'x'"))


def test_a_connection_that_was_read_with_writes_again(clinic: Clinic) -> None:
    for _ in range(3):
        with clinic.reading() as session:
            session.execute(select(Client)).all()
        clinic.run(lambda work: work.session.execute(text("UPDATE client SET notes = notes || 'x'")).close())
    with clinic.reading() as session:
        assert set(session.scalars(select(Client.notes))) == {"xxx"}


def test_what_fails_leaves_nothing_behind(clinic: Clinic) -> None:
    def fail(session: Session) -> None:
        session.execute(text("UPDATE client SET notes = 'half'"))
        raise KeyError("no")

    with pytest.raises(KeyError):
        clinic.database.write(fail)
    with clinic.reading() as session:
        assert set(session.scalars(select(Client.notes))) == {""}


def _busy(times: int) -> tuple[Callable[[Session], int], list[int]]:
    runs: list[int] = []

    def work(session: Session) -> int:
        runs.append(len(runs))
        session.execute(text("UPDATE client SET notes = notes || 'x'"))
        if len(runs) <= times:
            error = sqlite3.OperationalError("database is locked")
            raise OperationalError("UPDATE", {}, error)
        return len(runs)

    return work, runs


def test_a_busy_database_is_asked_again_from_the_start(clinic: Clinic) -> None:
    work, runs = _busy(RERUNS)
    assert clinic.database.write(work) == RERUNS + 1
    with clinic.reading() as session:
        assert set(session.scalars(select(Client.notes))) == {"x"}
    assert runs == list(range(RERUNS + 1))


def test_what_stays_busy_is_told_in_words(clinic: Clinic) -> None:
    work, _ = _busy(99)
    with pytest.raises(Busy, match="Nothing was saved"):
        clinic.database.write(work)


def test_a_fault_is_not_taken_for_a_busy_database(clinic: Clinic) -> None:
    def fail(session: Session) -> None:
        session.execute(text("SELECT nothing FROM nowhere"))

    with pytest.raises(DBAPIError) as caught:
        clinic.database.write(fail)
    assert not is_busy(caught.value)


@pytest.mark.req("OP-3")
def test_readers_see_the_old_state_while_one_writes(clinic: Clinic) -> None:
    """A reader neither waits for a writer nor sees half of what it does."""
    wrote, go_on = threading.Event(), threading.Event()

    def write(session: Session) -> None:
        session.execute(text("UPDATE client SET notes = 'new'"))
        wrote.set()
        go_on.wait(20)

    writer = threading.Thread(target=clinic.database.write, args=(write,))
    writer.start()
    assert wrote.wait(20)
    with clinic.reading() as session:
        assert set(session.scalars(select(Client.notes))) == {""}
    go_on.set()
    writer.join()
    with clinic.reading() as session:
        assert set(session.scalars(select(Client.notes))) == {"new"}
