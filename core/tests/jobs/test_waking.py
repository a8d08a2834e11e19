"""A commit wakes the worker: told by PostgreSQL, seen on the file of SQLite, and at the latest at a look."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import event, text

from core.tests.outbox.household import post
from core.tests.platform.places import Place
from fetlock import Work, clock
from fetlock.outbox import asks, watching
from fetlock.outbox.waking import Lane, wake
from fetlock.outbox.watching import Watch, due


@dataclass
class Woken:
    """What a watch told, in order."""

    lanes: list[frozenset[Lane]] = field(default_factory=list)

    def heard(self, lane: Lane, *, seconds: float = 10) -> bool:
        """Whether this lane was woken within so long; all is forgotten then."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if any(lane in each for each in self.lanes):
                self.lanes.clear()
                return True
            time.sleep(0.01)
        return False


@contextmanager
def watched(here: Place) -> Iterator[Woken]:
    woken, stop = Woken(), threading.Event()
    watch = threading.Thread(target=Watch(here.runtime.database, woken.lanes.append).run, args=(stop,))
    watch.start()
    try:
        time.sleep(0.5)
        woken.lanes.clear()
        yield woken
    finally:
        stop.set()
        watch.join(10)
        assert not watch.is_alive()


@pytest.fixture
def no_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a commit wakes: nobody looks by the clock."""
    monkeypatch.setattr(watching, "LOOK_SECONDS", 3600.0)


@pytest.mark.usefixtures("no_looks")
@pytest.mark.req("UI-3", "PL-8")
def test_what_is_stored_wakes_its_lane(here: Place) -> None:
    with watched(here) as woken:
        here.run(lambda work: asks.ask(work, "sampler", "hello"))
        assert woken.heard(Lane.ASKS)
        post(here, "one")
        assert woken.heard(Lane.PARCELS)


@pytest.mark.req("UI-3")
def test_what_becomes_due_by_itself_is_looked_for(here: Place) -> None:
    with clock.set_to(clock.now() + timedelta(hours=1)):
        post(here, "one")
    with watched(here) as woken:
        assert not woken.heard(Lane.PARCELS, seconds=1.2)
        with clock.set_to(clock.now() + timedelta(hours=1, minutes=1)):
            assert woken.heard(Lane.PARCELS)


@pytest.mark.req("UI-3")
def test_nothing_is_due_in_an_idle_place_and_one_statement_says_so(here: Place) -> None:
    statements: list[str] = []
    event.listen(
        here.runtime.database.engine,
        "before_cursor_execute",
        lambda _c, _cursor, statement, *_: statements.append(statement),
    )
    assert due(here.runtime.database) == frozenset()
    assert len([each for each in statements if each.startswith("SELECT")]) == 1
    here.run(lambda work: asks.ask(work, "sampler", "hello"))
    post(here, "one")
    assert due(here.runtime.database) == {Lane.ASKS, Lane.PARCELS}


@pytest.mark.postgres
@pytest.mark.usefixtures("no_looks")
@pytest.mark.req("UI-3")
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_listener_that_lost_its_connection_connects_again(
    here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "_CONNECT_AGAIN_SECONDS", 0.1)
    with watched(here) as woken:
        listening = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
        ended = here.runtime.database.write(lambda session: session.execute(text(listening)).all())
        assert len(ended) == 1
        here.run(lambda work: asks.ask(work, "sampler", "hello"))
        assert woken.heard(Lane.ASKS), "what came while nobody listened is found by a look"
        woken.lanes.clear()
        here.run(lambda work: wake(work.session, Lane.MESSAGES))
        assert woken.heard(Lane.MESSAGES)


@pytest.mark.postgres
@pytest.mark.usefixtures("no_looks")
@pytest.mark.req("UI-3")
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_only_what_is_committed_wakes(here: Place) -> None:
    def fail(work: Work) -> None:
        wake(work.session, Lane.MESSAGES)
        raise RuntimeError

    def in_part(work: Work) -> None:
        part = work.session.begin_nested()
        wake(work.session, Lane.ASKS)
        part.rollback()
        wake(work.session, Lane.ASKS)

    with watched(here) as woken:
        with pytest.raises(RuntimeError):
            here.run(fail)
        here.run(in_part)
        assert woken.heard(Lane.ASKS)
        assert woken.lanes == []
