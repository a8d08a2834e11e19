"""A worker's watch: which lanes have something due, looked at when somebody commits and once a second.

PostgreSQL notifies (`fetlock.outbox.waking`); of an SQLite file the version is looked at five times a second,
which touches no table. The look once a second is for what becomes due by itself, such as another try, and
for the time in which a lost connection is made again.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Final

import psycopg
from psycopg import sql
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from fetlock.database import Database
from fetlock.outbox.waking import CHANNEL, Lane
from fetlock.platform.incidents import record_incident

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 1.0
VERSION_SECONDS: Final = 0.2
_WAIT_SECONDS: Final = 0.5
_CONNECT_AGAIN_SECONDS: Final = 5.0


def due(database: Database) -> frozenset[Lane]:
    """The lanes in which something could be done now: one statement."""
    from fetlock.domain.integrations.mailing import due_mails
    from fetlock.domain.messages.sending import due_messages
    from fetlock.jobs.running import due_jobs
    from fetlock.outbox.asks_relay import waiting_asks
    from fetlock.outbox.claiming import due_parcels
    from fetlock.outbox.redelivery import due_events

    lanes = (
        (Lane.ASKS, waiting_asks()),
        (Lane.PARCELS, due_parcels()),
        (Lane.MESSAGES, due_messages()),
        (Lane.MESSAGES, due_mails()),
        (Lane.SCHEDULE, due_events()),
        (Lane.SCHEDULE, due_jobs()),
    )
    with database.reading() as session:
        found = session.execute(select(*(wanted.exists() for _, wanted in lanes))).one()
    return frozenset(lane for (lane, _), is_due in zip(lanes, found, strict=True) if is_due)


class Watch:
    """Calls `wake` with lanes that have something to do, until `stop` is set."""

    def __init__(self, database: Database, wake: Callable[[frozenset[Lane]], None]) -> None:
        self._database = database
        self._wake = wake
        self._next_look = 0.0

    def run(self, stop: threading.Event) -> None:
        """Watch; a database in trouble is waited for."""
        watch = self._watch_file if self._database.is_sqlite else self._listen
        while not stop.is_set():
            try:
                watch(stop)
            except (SQLAlchemyError, psycopg.Error, OSError) as error:
                log.warning("the worker's watch lost the database: %s", type(error).__name__)
                self._look_until_connected(stop)
            except Exception as error:  # noqa: BLE001  # a fault of our own must not blind the worker
                record_incident(plugin="host", hook="worker's watch", error=error)
                self._look_until_connected(stop)

    def _look_until_connected(self, stop: threading.Event) -> None:
        """Go on by looking alone, for a while, before the connection is tried again."""
        until = time.monotonic() + _CONNECT_AGAIN_SECONDS
        while time.monotonic() < until and not stop.wait(min(LOOK_SECONDS, _CONNECT_AGAIN_SECONDS)):
            try:
                self._look()
            except SQLAlchemyError:
                log.info("the database is still away")

    def _watch_file(self, stop: threading.Event) -> None:
        held = self._database.engine.raw_connection()
        held.detach()  # not one of the pool's any more: it is kept for as long as the worker lives
        try:
            connection: Any = held.dbapi_connection
            before = None
            while not stop.wait(VERSION_SECONDS):
                version = connection.execute("PRAGMA data_version").fetchone()[0]
                if version != before or time.monotonic() >= self._next_look:
                    before = version
                    self._look()
        finally:
            held.close()

    def _listen(self, stop: threading.Event) -> None:
        with self._connect() as connection:
            connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
            self._look()  # what came while nobody listened
            while not stop.is_set():
                for told in connection.notifies(timeout=_WAIT_SECONDS, stop_after=1):
                    self._wake(frozenset(Lane(name) for name in told.payload.split() if name in set(Lane)))
                if time.monotonic() >= self._next_look:
                    self._look()

    def _connect(self) -> psycopg.Connection:
        arguments, options = self._database.engine.dialect.create_connect_args(self._database.url)
        return psycopg.connect(*arguments, **{**options, "autocommit": True})

    def _look(self) -> None:
        self._next_look = time.monotonic() + LOOK_SECONDS
        lanes = due(self._database)
        if lanes:
            self._wake(lanes)
