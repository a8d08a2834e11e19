"""H-5: entries are written last, in the transaction of what they record, and make one chain."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.tests.audit.conftest import Log
from fetlock import clock
from fetlock.domain.audit.canonical import digest, plain
from fetlock.domain.audit.models import AuditEntry, AuditHead, AuditLink
from fetlock.domain.audit.service import record
from fetlock.domain.audit.signing import HeadKeys, signature


@pytest.mark.req("H-5")
def test_entries_make_a_chain_that_ends_in_a_signed_head(log: Log) -> None:
    with clock.set_to(datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)):
        log.write("sites.added", "staff.added")
    with log.database.reading() as session:
        first, second = session.scalars(select(AuditLink).order_by(AuditLink.number))
        head = session.scalars(select(AuditHead)).one()
        entry = session.get_one(AuditEntry, second.entry_id)
        assert (first.number, second.number, head.length) == (1, 2, 2)
        assert head.hash == second.hash
        assert second.hash == digest(
            2,
            first.hash,
            entry_id=entry.id,
            at=entry.at,
            staff_id=None,
            site_id=None,
            action="staff.added",
            subject="",
            reason="",
            detail={},
        )
        known = log.keys.find(head.key)
        assert known is not None
        signed = signature(known, length=2, last=head.hash, older=0, founded_at=head.founded_at)
        assert head.signature == signed


@pytest.mark.req("H-5")
def test_what_a_savepoint_takes_back_is_not_recorded(log: Log) -> None:
    def work(session: Session) -> None:
        record(session, "a.before", staff_id=None)
        outer = session.begin_nested()
        record(session, "a.lost", staff_id=None)
        with session.begin_nested():
            record(session, "a.lost_too", staff_id=None)
        outer.rollback()
        with session.begin_nested():
            record(session, "a.released", staff_id=None)
        record(session, "a.after", staff_id=None)

    log.database.write(work)
    assert log.actions() == ["a.before", "a.released", "a.after"]
    assert log.said() == []


@pytest.mark.req("H-5")
def test_nothing_is_recorded_of_work_that_failed(log: Log) -> None:
    def work(session: Session) -> None:
        record(session, "a.done", staff_id=None)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        log.database.write(work)
    assert log.actions() == []


@pytest.mark.req("H-5")
def test_work_that_is_run_again_is_recorded_once(log: Log) -> None:
    tries: list[int] = []

    def work(session: Session) -> None:
        tries.append(1)
        record(session, "a.done", staff_id=None)
        if len(tries) == 1:
            busy = Exception("database is locked")
            raise DBAPIError("SELECT 1", {}, busy)

    log.database.write(work)
    assert len(tries) == 2
    assert log.actions() == ["a.done"]


@pytest.mark.req("H-5")
def test_the_head_is_locked_last_and_once(log: Log) -> None:
    log.write("a.first")
    statements: list[str] = []

    def note(*args: object) -> None:
        statements.append(" ".join(str(args[2]).replace("\n", " ").split()))

    def work(session: Session) -> None:
        for number in range(5):
            record(session, f"a.{number}", staff_id=None)
        session.execute(text("SELECT 'the work itself'"))

    event.listen(log.database.engine, "before_cursor_execute", note)
    log.database.write(work)
    event.remove(log.database.engine, "before_cursor_execute", note)
    written = statements[statements.index("SELECT 'the work itself'") + 1 :]
    *entries, lock, links, move = written
    assert {entry.partition(" (")[0] for entry in entries} == {"INSERT INTO audit_entry"}
    assert lock.startswith("SELECT audit_head")
    assert links.startswith("INSERT INTO audit_link")
    assert move.startswith("UPDATE audit_head")
    if not log.database.is_sqlite:
        assert len(entries) == 1
        assert lock.endswith("FOR UPDATE")
    assert log.said() == []


@pytest.mark.req("H-5")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET reason = 'tidied up'",
        "DELETE FROM audit_entry",
        "UPDATE audit_link SET hash = ''",
        "DELETE FROM audit_link WHERE number = 2",
    ],
)
def test_the_database_refuses_changes(log: Log, statement: str) -> None:
    log.write("a.one", "a.two")
    with pytest.raises(DBAPIError, match="append-only"), log.database.engine.begin() as connection:
        connection.execute(text(statement))
    assert log.said() == []


@pytest.mark.req("H-5")
def test_odd_values_verify_on_both_databases(log: Log) -> None:
    odd: dict[Any, Any] = {
        "float": 1e16,
        "small": 0.1,
        "decimal": Decimal("1.50"),
        "day": date(2026, 2, 28),
        "moment": datetime(2026, 2, 28, 12, tzinfo=timezone(timedelta(hours=-5))),
        "uuid": UUID(int=7),
        "set": {"b", "a"},
        "tuple": (1, None, True, 2**60),
        3: "an integer key",
        "z": "Zoë \0 🐈 \ud800",
        "a": {"y": {}, "x": []},
    }
    log.database.write(
        lambda session: record(
            session, "a.odd", staff_id=None, subject="x\0y", reason="O’Hara \ud83d", detail=odd
        )
    )
    assert log.said() == []
    with log.database.reading() as session:
        entry = session.scalars(select(AuditEntry)).one()
        assert entry.detail["decimal"] == "1.50"
        assert entry.detail["set"] == ["a", "b"]
        assert entry.detail["z"] == "Zoë � 🐈 ?"
        assert entry.subject == "x�y"


def test_what_has_no_form_is_refused_where_it_is_recorded(log: Log) -> None:
    with pytest.raises(TypeError, match="keeps no object"):
        log.database.write(lambda s: record(s, "a.b", staff_id=None, detail={"what": object()}))
    assert plain("x") == "x"
    assert log.actions() == []


@pytest.mark.req("H-5")
def test_a_new_key_signs_from_then_on_and_other_processes_notice(log: Log) -> None:
    held = [b"a" * 32]
    one, other = HeadKeys(lambda: list(held)), HeadKeys(lambda: list(held))
    old = one.newest()
    assert old is not None
    assert other.newest() == old
    held[:] = [b"b" * 32, b"a" * 32]
    fresh = HeadKeys(lambda: list(held)).newest()
    assert fresh is not None
    assert other.newest() == old, "it knows of nothing new yet"
    assert other.find(fresh[0]) == b"b" * 32, "a fingerprint it does not know makes it look"
    assert other.newest() == fresh
    held[:] = [b"b" * 32]
    assert one.find(fresh[0]) == b"b" * 32
    assert one.find(old[0]) is None
