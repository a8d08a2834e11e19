"""Signals: once a unit of work, only if it commits, without names, and forgotten in time (UI-3)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from core.tests.platform.places import Place, place
from fetlock import Work, clock
from fetlock.domain.audit import service as audit
from fetlock.services import signal
from fetlock.signals import reading

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def here(database_url: str, tmp_path: Path) -> Iterator[Place]:
    with place(database_url, tmp_path / "home", {}) as made:
        yield made


def told(here: Place, after: int = 0) -> list[tuple[str, str]]:
    with here.runtime.database.reading() as session:
        return [(found.topic, found.subject) for found in reading.after(session, after)]


@pytest.mark.req("UI-3")
def test_a_unit_of_work_tells_each_thing_once(here: Place) -> None:
    def work(work: Work) -> None:
        for _ in range(3):
            signal(work, "outbox", "invoice:12")
        part = work.session.begin_nested()
        signal(work, "tasks")
        part.commit()

    statements: list[str] = []
    event.listen(
        here.runtime.database.engine,
        "before_cursor_execute",
        lambda _c, _cursor, statement, *_: statements.append(statement),
    )
    here.run(work)
    assert told(here) == [("outbox", "invoice:12"), ("tasks", "")]
    assert len([each for each in statements if "INTO signal" in each]) == 1


@pytest.mark.req("UI-3")
def test_what_is_undone_is_not_told(here: Place) -> None:
    def fail(work: Work) -> None:
        signal(work, "outbox")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        here.run(fail)
    assert told(here) == []


@pytest.mark.req("UI-3", "H-5")
def test_the_audit_log_still_comes_last(here: Place) -> None:
    """Its head is locked from then on: a signal after it would be waited for by everybody."""

    def work(work: Work) -> None:
        audit.record(work.session, "test.done", staff_id=None)
        signal(work, "outbox")

    statements: list[str] = []
    event.listen(
        here.runtime.database.engine,
        "before_cursor_execute",
        lambda _c, _cursor, statement, *_: statements.append(statement),
    )
    here.run(work)
    written = [each.split()[2] for each in statements if each.startswith("INSERT INTO")]
    assert written.index("signal") < written.index("audit_entry")


@pytest.mark.req("UI-3")
@pytest.mark.parametrize(
    ("topic", "subject"),
    [
        ("Outbox", ""),
        ("", ""),
        ("out box", ""),
        ("x" * 41, ""),
        ("patients", "Biscuit Whitfield"),
        ("patients", "patient:Biscuit Whitfield"),
        ("patients", "patient:" + "1" * 80),
    ],
)
def test_names_do_not_travel(here: Place, topic: str, subject: str) -> None:
    with pytest.raises(ValueError, match=r"a (topic|subject) is"):
        here.run(lambda work: signal(work, topic, subject))


@pytest.mark.req("UI-3")
def test_old_signals_go_but_numbers_go_on(here: Place) -> None:
    with clock.set_to(NOON):
        for _ in range(3):
            here.run(lambda work: signal(work, "outbox"))
    with clock.set_to(NOON + timedelta(hours=2)):
        assert here.runtime.database.write(reading.forget_old) == 2
        with here.runtime.database.reading() as session:
            before = reading.latest(session)
        here.run(lambda work: signal(work, "tasks"))
    assert told(here, before) == [("tasks", "")], "what is new is never taken for old"
