"""Verifying a chain of 100,000 entries, and what recording adds to a transaction, on both databases.

Baselines: reading the same rows through the bare driver and hashing them with nothing to compare; and a
transaction that inserts the entry alone, without chain and head.
"""

import hashlib
import json
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import insert
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from bench.measuring import Figure, medians, timed
from fetlock import clock
from fetlock.database import Database
from fetlock.database.tables import load_core_tables
from fetlock.domain.audit.models import AuditEntry
from fetlock.domain.audit.service import record
from fetlock.domain.audit.signing import OPTION, HeadKeys
from fetlock.domain.audit.verifying import verify
from tests.support.postgres import private_postgres

ENTRIES = 100_000
_ROWS = (
    "SELECT l.number, l.hash, e.id, e.at, e.staff_id, e.site_id, e.action, e.subject, e.reason, e.detail"
    " FROM audit_link l JOIN audit_entry e ON e.id = l.entry_id ORDER BY l.number"
)


def run(rounds: int) -> list[Figure]:
    """Six figures: verified, taken in, recorded, on both databases. Few rounds verify fewer entries."""
    entries = ENTRIES if rounds >= 20 else ENTRIES // 10
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bench.sqlite3"
        figures = _measure("SQLite", f"sqlite:///{file}", rounds, entries, lambda: _read_sqlite(file))
    with private_postgres(durable=True) as server:
        url = server.create_database()
        figures += _measure("PostgreSQL", url, rounds, entries, lambda: _read_postgresql(url))
    return figures


def _measure(where: str, url: str, rounds: int, entries: int, bare: Callable[[], None]) -> list[Figure]:
    keys = HeadKeys(lambda: [b"b" * 32])
    database = Database(url, options={OPTION: keys})
    load_core_tables().create_all(database.engine)
    recorded, alone = medians(lambda: database.write(_record), lambda: database.write(_insert), rounds)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM audit_head")  # the chain is founded anew, with many entries
        _without_triggers(connection.exec_driver_sql, database.is_sqlite)
        for start in range(0, entries, 10_000):
            connection.execute(insert(AuditEntry), [_row(start + each) for each in range(10_000)])
    founding = timed(lambda: database.write(_record))
    ours = timed(lambda: _verified(database, keys, entries))
    baseline = timed(bare)
    database.dispose()
    return [
        Figure(f"{entries:,} entries verified: {where}", ours, "read and hashed", baseline, "within 4 ×"),
        Figure(f"{entries:,} older entries taken in: {where}", founding, "read and hashed", baseline, ""),
        Figure(
            f"an entry recorded: {where}",
            recorded,
            "inserted without the chain",
            alone,
            "within 2 ×",
        ),
    ]


def _without_triggers(run_sql: Callable[[str], Any], is_sqlite: bool) -> None:
    if is_sqlite:
        run_sql("DROP TRIGGER audit_link_no_delete")
        run_sql("DROP TRIGGER audit_entry_no_delete")
        run_sql("DELETE FROM audit_link")
        run_sql("DELETE FROM audit_entry")
    else:
        run_sql("TRUNCATE audit_link, audit_entry")


def _verified(database: Database, keys: HeadKeys, entries: int) -> None:
    found = verify(database, keys)
    assert found.ok, found.faults
    assert found.total == entries + 1


def _record(session: Session) -> None:
    record(session, "invoice.close", staff_id=None, subject="invoice:12", detail={"number": 12})


def _insert(session: Session) -> None:
    session.execute(insert(AuditEntry).values(**_row(12)))


def _row(number: int) -> dict[str, Any]:
    return {
        "at": clock.now(),
        "action": "invoice.close",
        "subject": f"invoice:{number}",
        "detail": {"number": number, "fields": ["Name", "Price"]},
    }


def _hash(rows: Any) -> None:
    for row in rows:
        hashlib.sha256(json.dumps(row, default=str).encode()).hexdigest()


def _read_sqlite(file: Path) -> None:
    connection = sqlite3.connect(file)
    _hash(connection.execute(_ROWS))
    connection.close()


def _read_postgresql(url: str) -> None:
    text = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(text) as connection:
        _hash(connection.execute(_ROWS))
