"""The simulator's SQLite: one connection, one lock, explicit transactions.

Every change is committed before the answer leaves, so a killed simulator has forgotten nothing that
it accepted.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# To be raised with any change to the tables or to the stored documents.
SCHEMA_VERSION = 1

_SCHEMA = """
CREATE TABLE account (id TEXT PRIMARY KEY, api_key TEXT NOT NULL UNIQUE, document TEXT NOT NULL);
CREATE TABLE plan (
    id TEXT PRIMARY KEY, account_id TEXT NOT NULL, pims_client_id TEXT NOT NULL,
    pims_patient_id TEXT NOT NULL, demo_day TEXT, document TEXT NOT NULL);
CREATE INDEX plan_pims ON plan (account_id, pims_client_id, pims_patient_id);
CREATE TABLE usage (
    id INTEGER PRIMARY KEY, account_id TEXT NOT NULL, key TEXT NOT NULL, plan_id TEXT NOT NULL,
    term_id TEXT NOT NULL, item_id TEXT NOT NULL, code TEXT NOT NULL, quantity INTEGER NOT NULL,
    body TEXT NOT NULL, answer TEXT NOT NULL, recorded_at TEXT NOT NULL, replays INTEGER NOT NULL DEFAULT 0,
    UNIQUE (account_id, key));
CREATE INDEX usage_plan ON usage (plan_id, item_id);
CREATE TABLE attempt (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL,
    query TEXT NOT NULL, key TEXT, fault TEXT, handled INTEGER, status INTEGER);
CREATE TABLE fault (id INTEGER PRIMARY KEY CHECK (id = 1), document TEXT NOT NULL);
"""
_TABLES = ("account", "plan", "usage", "attempt", "fault")


class Store:
    """Thread-safe access to the state; ``database`` None keeps it in memory."""

    def __init__(self, database: str | Path | None = None) -> None:
        self._lock = threading.RLock()
        target = ":memory:" if database is None else str(database)
        self._connection = sqlite3.connect(target, timeout=5, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        # WAL with NORMAL outlives a killed process; only a power cut could take the last commits.
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._migrate()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One transaction; commits at the end, rolls back when anything is raised."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def clear(self) -> None:
        """Forget everything, accounts included."""
        with self.transaction() as db:
            for table in _TABLES:
                db.execute(f"DELETE FROM {table}")  # noqa: S608  # our own names

    def close(self) -> None:
        """Close the connection; the store is of no use after it."""
        with self._lock:
            self._connection.close()

    def _migrate(self) -> None:
        """Make the tables; state of another version of the simulator is dropped, it is only a demo."""
        with self.transaction() as db:
            if db.execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION:
                return
            for table in _TABLES:
                db.execute(f"DROP TABLE IF EXISTS {table}")
            for statement in _SCHEMA.split(";"):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
