"""Events that a plugin failed to take come again in order; who works is heard of."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from core.tests.outbox.household import sampler_of
from core.tests.platform.places import Place
from fetlock import clock
from fetlock.contracts import EventFacts
from fetlock.outbox import heartbeat, redelivery
from fetlock.outbox.events import announce
from fetlock.outbox.models import EventPending
from fetlock.outbox.retrying import Retrying

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
STEADY = Retrying(jitter=0)


def _announce(here: Place, aggregate: str = "invoice:1") -> None:
    here.run(lambda work: announce(work, "invoice_closed", aggregate, {}))


def _waiting(here: Place) -> int:
    with here.runtime.database.reading() as session:
        return session.scalar(select(func.count()).select_from(EventPending)) or 0


def _tell_all(here: Place) -> None:
    while redelivery.tell_next(here.runtime, STEADY):
        pass


@pytest.mark.req("PL-5")
def test_events_wait_behind_the_one_that_failed_and_come_in_order(here: Place) -> None:
    heard: list[tuple[str, int]] = []
    deaf = True

    def told(event: EventFacts) -> None:
        if deaf and event.aggregate == "invoice:1":
            raise RuntimeError("deaf")
        heard.append((event.aggregate, event.sequence))

    sampler_of(here).told = told
    with clock.set_to(NOON):
        _announce(here)
        _announce(here)
        _announce(here, "invoice:2")
        assert heard == [("invoice:2", 1)]
        assert _waiting(here) == 2
        _tell_all(here)
        assert _waiting(here) == 2
    deaf = False
    with clock.set_to(NOON + timedelta(seconds=6)):
        _tell_all(here)
    assert heard == [("invoice:2", 1), ("invoice:1", 1), ("invoice:1", 2)]
    assert _waiting(here) == 0


@pytest.mark.req("PL-2")
def test_events_of_a_plugin_that_is_off_are_kept(here: Place) -> None:
    def fail(_: EventFacts) -> None:
        raise RuntimeError

    heard: list[int] = []
    sampler_of(here).told = fail
    _announce(here)
    sampler_of(here).told = lambda event: heard.append(event.sequence)
    here.switch("sampler", "off")
    _tell_all(here)
    assert heard == []
    here.switch("sampler", "on")
    with clock.set_to(clock.now() + timedelta(minutes=2)):
        _tell_all(here)
    assert heard == [1]


def test_a_worker_is_heard_of_or_missed(here: Place) -> None:
    database = here.runtime.database
    with clock.set_to(NOON):
        database.write(lambda session: heartbeat.beat(session, "w1"))
        database.write(lambda session: heartbeat.beat(session, "w1"))
        with database.reading() as session:
            assert heartbeat.alive(session)
    with clock.set_to(NOON + timedelta(seconds=61)), database.reading() as session:
        assert not heartbeat.alive(session)
        assert heartbeat.last_beat(session) == NOON
    database.write(lambda session: heartbeat.leave(session, "w1"))
    with database.reading() as session:
        assert heartbeat.last_beat(session) is None
