"""The worker's own behaviour: lanes, promptness, ending in order."""

import threading
import time
import uuid
from pathlib import Path

import pytest
from sqlalchemy import select

from core.tests.platform.places import Place, place
from fetlock.domain.plugins.settings import save
from fetlock.outbox import asks, heartbeat
from fetlock.outbox.models import AskRow, OutboxRow
from fetlock.outbox.store import Posting, enqueue
from fetlock_hostapp.worker import Worker
from hostapp.tests.worker.courier import QUICK, Courier
from hostapp.tests.worker.receiver import receiving


def _post(here: Place, count: int) -> None:
    postings = [
        Posting(
            key=uuid.uuid4(),
            plugin="courier",
            topic="keyed",
            aggregate="one",
            subject="Parcel",
            payload={"number": number},
            receiver="takes_keys",
            site_id=here.records.sites["north"],
        )
        for number in range(count)
    ]
    here.run(lambda work: enqueue(work.session, postings))


@pytest.mark.req("PL-8")
def test_one_pass_does_all_that_is_due(sqlite_url: str, tmp_path: Path) -> None:
    with place(sqlite_url, tmp_path, {"courier": Courier}, on=("courier",)) as here, receiving() as receiver:
        here.run(lambda work: save(work, here.runtime.secrets, "courier", {"address": receiver.address}))
        _post(here, 3)
        worker = Worker(here.runtime, rules=QUICK)
        assert worker.run_once() == 3
        assert worker.run_once() == 0
        assert receiver.accepted["one"] == [0, 1, 2]
        worker.close()


@pytest.mark.req("UI-3")
def test_a_question_is_answered_at_once_while_a_slow_service_is_being_told(
    database_url: str, tmp_path: Path
) -> None:
    with (
        place(database_url, tmp_path, {"courier": Courier}, on=("courier",)) as here,
        receiving(slowness=1.5) as receiver,
    ):
        here.run(lambda work: save(work, here.runtime.secrets, "courier", {"address": receiver.address}))
        _post(here, 20)
        worker = Worker(here.runtime, rules=QUICK)
        stop = threading.Event()
        thread = threading.Thread(target=worker.run, args=(stop,))
        thread.start()
        try:
            _await_beat(here)
            begun = time.monotonic()
            key = here.run(lambda work: asks.ask(work, "courier", "hello").key)
            answered = _await_answer(here, key)
            assert answered.message == "Answered 200."
            assert time.monotonic() - begun < 3
        finally:
            stop.set()
            thread.join(20)
        assert not thread.is_alive()
        with here.runtime.database.reading() as session:
            assert heartbeat.last_beat(session) is None, "it takes its leave"
            left = [row.state for row in session.scalars(select(OutboxRow))]
        assert "sending" not in left, "what is under way is finished first"
        worker.close()


def _await_beat(here: Place) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with here.runtime.database.reading() as session:
            if heartbeat.alive(session):
                return
        time.sleep(0.02)
    pytest.fail("no heartbeat")


def _await_answer(here: Place, key: uuid.UUID) -> AskRow:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with here.runtime.database.reading() as session:
            row = asks.find(session, here.records.sites["north"], key)
            if row is not None and row.state == "answered":
                return row
        time.sleep(0.02)
    pytest.fail("no answer")
