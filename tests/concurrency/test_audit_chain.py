"""H-5: eight processes that record at once leave one chain, on SQLite and on PostgreSQL."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from fetlock.database import Database
from fetlock.database.tables import load_core_tables
from fetlock.domain.audit.models import AuditEntry, AuditHead, AuditLink
from fetlock.domain.audit.signing import OPTION, HeadKeys
from fetlock.domain.audit.verifying import verify
from tests.concurrency.audit_process import KEY

WRITERS = 8
TIMES = 30
ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.serial, pytest.mark.timeout(300)]


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url, options={OPTION: HeadKeys(lambda: [KEY])})
    load_core_tables().create_all(made.engine)
    yield made
    made.dispose()


def _writer(url: str, name: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "tests.concurrency.audit_process", url, name, str(TIMES)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def _run_at_once(url: str) -> None:
    writers = [_writer(url, f"writer{number}") for number in range(WRITERS)]
    try:
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
        for writer in writers:
            assert writer.stdin is not None
            writer.stdin.write("go\n")
            writer.stdin.flush()
        for writer in writers:
            said, _ = writer.communicate(timeout=200)
            assert said == "done\n"
            assert writer.returncode == 0
    finally:
        for writer in writers:
            if writer.poll() is None:
                writer.kill()
                writer.communicate()


@pytest.mark.req("H-5", "OP-3")
def test_eight_writers_leave_one_chain(database: Database) -> None:
    """The first of them begins the chain: not even its founding may happen twice."""
    _run_at_once(database.url.render_as_string(hide_password=False))
    kept = [number for number in range(TIMES) if number % 3 != 2]
    expected = len(kept) * 2 * WRITERS
    found = verify(database, HeadKeys(lambda: [KEY]))
    assert found.faults == []
    assert (found.total, found.seen, found.older) == (expected, expected, 0)
    with database.reading() as session:
        assert session.scalars(select(AuditHead.length)).all() == [expected]
        numbers = session.scalars(select(AuditLink.number).order_by(AuditLink.number)).all()
        assert numbers == list(range(1, expected + 1))
        ordered = session.scalars(
            select(AuditEntry.action)
            .join(AuditLink, AuditLink.entry_id == AuditEntry.id)
            .order_by(AuditLink.number)
        ).all()
    for number in range(WRITERS):
        mine = [action for action in ordered if action.startswith(f"writer{number}.")]
        assert mine == [
            action for each in kept for action in (f"writer{number}.{each}", f"writer{number}.{each}.again")
        ], "what a writer did stands in its order"
    pairs = zip(ordered[::2], ordered[1::2], strict=True)
    assert all(second == f"{first}.again" for first, second in pairs), "a transaction's entries stay together"
