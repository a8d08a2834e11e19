"""H-5: entries from before there was a chain are taken in when it begins; and many batches are walked."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError

from core.tests.audit.conftest import KEY, Log
from fetlock import clock
from fetlock.database import Database
from fetlock.database.tables import load_core_tables
from fetlock.domain.audit.models import AuditEntry, AuditHead
from fetlock.domain.audit.signing import OPTION, HeadKeys
from fetlock.platform import migrations
from fetlock.platform.registry import load_registry


def older(log: Log, count: int) -> None:
    """Entries as version 0.1 wrote them: without links."""
    rows = [
        {"at": clock.now(), "action": f"old.{number}", "detail": {"share": 0.1, "many": 1e16}}
        for number in range(count)
    ]
    with log.database.engine.begin() as connection:
        connection.execute(insert(AuditEntry), rows)


@pytest.mark.req("H-5")
def test_older_entries_are_taken_in(log: Log) -> None:
    older(log, 3)
    (fault,) = log.verified().faults
    assert fault.text == "The chain has not begun: nothing guards the entries."
    log.write("new.one", "new.two")
    assert log.actions() == ["old.0", "old.1", "old.2", "new.one", "new.two"]
    found = log.verified()
    assert (found.ok, found.older, found.total) == (True, 3, 5)
    with log.database.reading() as session:
        assert session.scalars(select(AuditHead.older)).one() == 3
    log.tamper("UPDATE audit_entry SET action = 'old.changed' WHERE id = 2")
    assert log.said() == [("changed", 2)]


@pytest.mark.req("H-5")
def test_how_many_were_older_is_signed_too(log: Log) -> None:
    older(log, 2)
    log.write("new.one")
    log.tamper("UPDATE audit_head SET older = 3")
    assert log.said() == [("head", None)]


@pytest.mark.req("H-5")
def test_more_than_one_batch(log: Log) -> None:
    older(log, 4_500)
    log.write("new.one")
    found = log.verified()
    assert (found.ok, found.seen) == (True, 4_501)
    log.tamper("UPDATE audit_entry SET reason = 'x' WHERE id IN (2000, 2001, 4000)")
    assert log.said() == [("changed", 2000), ("changed", 2001), ("changed", 4000)]
    log.tamper("UPDATE audit_entry SET reason = 'x'", "DELETE FROM audit_entry WHERE id = 1")
    found = log.verified()
    assert (len(found.faults), found.fault_count) == (100, 4_501)


@pytest.mark.req("H-5")
def test_what_an_old_process_writes_after_the_chain_began_is_told(log: Log) -> None:
    log.write("new.one")
    older(log, 1)
    assert log.said() == [("inserted", None)]
    with log.database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM audit_entry")).scalar() == 2


@pytest.mark.req("H-5", "PL-6")
def test_a_log_of_the_released_version_is_upgraded(database_url: str, tmp_path: Path) -> None:
    """Entries of revision 0001 are taken in, and the triggers come with the revision that adds the chain."""
    core = next(iter(migrations.components(load_registry(builtins=(), installed={}))))
    released = sorted(core.folder.glob("0001_*.py"))
    assert len(released) == 1
    shutil.copy(released[0], tmp_path)
    database = Database(database_url, options={OPTION: HeadKeys(lambda: [KEY])})
    load_core_tables()
    log = Log(database, HeadKeys(lambda: [KEY]))
    with migrations.schema_change(database) as connection:
        assert migrations.run_to_head(connection, replace(core, folder=tmp_path)) == ["0001"]
    older(log, 2)
    with migrations.schema_change(database) as connection:
        migrations.run_to_head(connection, core)
    log.write("new.one")
    found = log.verified()
    assert (found.faults, found.older, found.total) == ([], 2, 3)
    for table in ("audit_entry", "audit_link"):
        with pytest.raises(DBAPIError, match="append-only"), database.engine.begin() as connection:
            connection.execute(text(f"DELETE FROM {table}"))
    database.dispose()
