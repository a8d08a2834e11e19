"""kill -9 of a worker at any point: nothing is lost, nothing is doubled (PL-8)."""

import random
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
from sqlalchemy import select

from core.tests.platform.places import Place, place
from fetlock.domain.plugins.settings import save
from fetlock.outbox.models import OutboxAttempt, OutboxRow
from fetlock.outbox.store import Posting, enqueue
from fetlock.work import Work
from hostapp.tests.worker.courier import Courier
from hostapp.tests.worker.receiver import Receiver, receiving

KEYED, PLAIN, PLANS = 40, 12, 5


def _post(work: Work) -> None:
    postings = [
        Posting(
            key=uuid.uuid4(),
            plugin="courier",
            topic=topic,
            aggregate=f"{topic}-{number % PLANS}",
            subject=f"Parcel {number}",
            payload={"number": number},
            receiver="takes_keys" if topic == "keyed" else "neither",
            site_id=work.site.id,
        )
        for topic, count in (("keyed", KEYED), ("plain", PLAIN))
        for number in range(count)
    ]
    enqueue(work.session, postings)


def _rows(here: Place) -> list[OutboxRow]:
    with here.runtime.database.reading() as session:
        return list(session.scalars(select(OutboxRow).order_by(OutboxRow.id)))


def _start_worker(here: Place) -> subprocess.Popen[bytes]:
    installation = here.runtime.installation
    command = [sys.executable, "-m", "hostapp.tests.worker.courier", installation.url, str(installation.home)]
    return subprocess.Popen(command, cwd=Path(__file__).parents[3])


def _await(here: Place, receiver: Receiver, arrived: int) -> None:
    deadline = time.monotonic() + 30
    while receiver.arrivals.total() < arrived and time.monotonic() < deadline:
        time.sleep(0.01)


@pytest.mark.req("PL-8")
def test_killed_workers_lose_nothing_and_double_nothing(database_url: str, tmp_path: Path) -> None:
    with (
        place(database_url, tmp_path / "home", {"courier": Courier}, on=("courier",)) as here,
        receiving(slowness=0.05) as receiver,
    ):
        here.run(lambda work: save(work, here.runtime.secrets, "courier", {"address": receiver.address}))
        here.run(_post)
        for _ in range(5):
            worker = _start_worker(here)
            try:
                _await(here, receiver, receiver.arrivals.total() + random.randint(1, 6))
                time.sleep(random.uniform(0, 0.05))
            finally:
                worker.kill()
                worker.wait()
        last = _start_worker(here)
        try:
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline and any(
                row.state in ("pending", "sending", "failed") for row in _rows(here)
            ):
                time.sleep(0.1)
        finally:
            last.terminate()
            assert last.wait(20) == 0
        with here.runtime.database.reading() as session:
            lost = session.scalars(select(OutboxAttempt).where(OutboxAttempt.outcome == "lost")).all()
        assert lost, "at least one was killed in the middle of a delivery"
        _compare(_rows(here), receiver)


def _compare(rows: list[OutboxRow], receiver: Receiver) -> None:
    keyed = [row for row in rows if row.topic == "keyed"]
    assert {row.state for row in keyed} == {"sent"}
    assert all(receiver.arrivals[str(row.key)] >= 1 for row in keyed)
    for plan in range(PLANS):
        wanted = list(range(plan, KEYED, PLANS))
        assert receiver.accepted[f"keyed-{plan}"] == wanted, "each once, in order"
    plain = [row for row in rows if row.topic == "plain"]
    assert {row.state for row in plain} <= {"sent", "in_doubt"}
    for row in plain:
        arrived = receiver.arrivals[str(row.key)]
        assert arrived == 1 if row.state == "sent" else arrived <= 1, "never sent again by itself"
