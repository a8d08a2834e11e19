"""Fixtures: `log`, a database whose audit log is signed, on both kinds, with what a tamperer needs."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import text

from fetlock.database import Database
from fetlock.database.tables import load_core_tables
from fetlock.domain.audit.models import AuditEntry, AuditLink
from fetlock.domain.audit.service import record
from fetlock.domain.audit.signing import OPTION, HeadKeys
from fetlock.domain.audit.verifying import Verified, verify

KEY = b"k" * 32


@dataclass(slots=True)
class Log:
    """A database with an audit log, and the keys it is signed with."""

    database: Database
    keys: HeadKeys

    def write(self, *actions: str) -> None:
        """Record `actions`, each in a transaction of its own."""
        for action in actions:
            self.database.write(lambda session, action=action: record(session, action, staff_id=None))  # type: ignore[misc]

    def tamper(self, *statements: str) -> None:
        """Run SQL as somebody who holds the database itself: without its triggers and foreign keys."""
        with self.database.engine.connect() as connection:
            if self.database.is_sqlite:
                connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
            with connection.begin():
                if self.database.is_sqlite:
                    for table in ("audit_entry", "audit_link"):
                        for verb in ("update", "delete"):
                            connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{verb}"))
                else:
                    connection.execute(text("SET session_replication_role = replica"))
                for statement in statements:
                    connection.execute(text(statement))
                if not self.database.is_sqlite:
                    connection.execute(text("SET session_replication_role = DEFAULT"))
            if self.database.is_sqlite:
                connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")  # type: ignore[union-attr]

    def verified(self, expected: dict[int, str] | None = None) -> Verified:
        """A verification of it as it stands."""
        return verify(self.database, self.keys, expected=expected)

    def said(self) -> list[tuple[str, int | None]]:
        """Kind and number of each fault of a verification."""
        return [(fault.kind.value, fault.number) for fault in self.verified().faults]

    def actions(self) -> list[str]:
        """What is recorded, in the order of the chain."""
        with self.database.reading() as session:
            rows = session.query(AuditEntry).join(AuditLink, AuditLink.entry_id == AuditEntry.id)
            return [row.action for row in rows.order_by(AuditLink.number)]

    def hash_of(self, number: int) -> str:
        """The hash of a link."""
        with self.database.reading() as session:
            return session.get_one(AuditLink, number).hash


@pytest.fixture
def log(database_url: str) -> Iterator[Log]:
    keys = HeadKeys(lambda: [KEY])
    database = Database(database_url, options={OPTION: keys})
    load_core_tables().create_all(database.engine)
    yield Log(database, keys)
    database.dispose()
