"""One engine per process; reading and writing transactions; reruns when the database was busy."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, PendingRollbackError, SQLAlchemyError
from sqlalchemy.orm import Session

from fetlock.database.holding import UnitSession, watch
from fetlock.database.losing import is_lost
from fetlock.errors import Busy

log = logging.getLogger(__name__)

T = TypeVar("T")

RERUNS: Final = 3
_RETRYABLE_STATES: Final = frozenset({"40001", "40P01", "55P03"})
"""PostgreSQL: serialisation failure, deadlock, lock not available."""

_WRITES: Final = "fetlock_writes"
_QUERY_ONLY: Final = "fetlock_query_only"


class Database:
    """The database at a SQLAlchemy URL, SQLite or PostgreSQL.

    `reading()` gives a session in a transaction that cannot write; `write(work)` runs `work` in one that
    can, commits, and reruns the whole of it up to three times after a busy or serialisation failure.
    """

    def __init__(
        self, url: str | URL, *, pool_size: int = 20, options: Mapping[str, Any] | None = None
    ) -> None:
        """`options`: execution options of every connection, by which an area finds what belongs to it."""
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self.engine = create_engine(
                self.url,
                connect_args={"timeout": 5.0},
                pool_size=pool_size,
                max_overflow=pool_size,
                execution_options=dict(options or {}),
            )
            event.listen(self.engine, "connect", _prepare_sqlite)
        else:
            # a host that swallows packets would hold every request for minutes
            patience = {} if "connect_timeout" in self.url.query else {"connect_timeout": 10}
            self.engine = create_engine(
                self.url,
                connect_args=patience,
                pool_size=pool_size,
                max_overflow=pool_size,
                execution_options=dict(options or {}),
            )
        event.listen(self.engine, "begin", self._begin)
        watch(self.engine)
        self._reader = self.engine.execution_options(**{_WRITES: False})
        self._writer = self.engine.execution_options(**{_WRITES: True})
        # SQLite lets one connection write at a time and makes the others poll; waiting here, in order,
        # is fair between the threads of a process and costs no polling.
        self._turn: AbstractContextManager[Any] = threading.Lock() if self.is_sqlite else nullcontext()
        self._mine = _OfThread()

    def _begin(self, connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES, True)
        if self.is_sqlite:
            wanted = "OFF" if writes else "ON"
            if connection.info.get(_QUERY_ONLY) != wanted:  # the pragma stays with the connection
                connection.exec_driver_sql(f"PRAGMA query_only={wanted}")
                connection.info[_QUERY_ONLY] = wanted
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
        elif not writes:
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for reading: any write in it fails in the database itself."""
        with (
            self._counted(),
            UnitSession(self._reader, autoflush=False, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    @contextmanager
    def writing_once(self) -> Iterator[Session]:
        """A session for one writing transaction without reruns; prefer `write`."""
        with (
            self._counted(),
            self._turn,
            UnitSession(self._writer, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    def write(self, work: Callable[[Session], T]) -> T:
        """Run `work` in a writing transaction and commit. Raises `Busy` when every rerun failed.

        A connection that breaks before the commit has stored nothing: then too it is run again.
        """
        for left in reversed(range(RERUNS + 1)):
            committing = False
            try:
                with self.writing_once() as session:
                    result = work(session)
                    session.flush()
                    committing = True
                    return result
            except (DBAPIError, PendingRollbackError) as error:
                again = is_lost(error) and not committing and left
                if not again and not (isinstance(error, DBAPIError) and is_busy(error)):
                    raise
        raise Busy

    def afterwards(self, work: Callable[[Session], object]) -> None:
        """Run `work` in a writing transaction of its own as soon as this thread is in none.

        For what must be kept whether the present unit of work commits or not. Nothing is raised: where it
        can't be kept, the log says so.
        """
        self._mine.later.append(work)
        self._settle()

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self._mine.open += 1
        try:
            yield
        finally:
            self._mine.open -= 1
            self._settle()

    def _settle(self) -> None:
        mine = self._mine
        while mine.later and not mine.open:
            work = mine.later.pop(0)
            try:
                self.write(work)
            except (SQLAlchemyError, Busy) as error:
                log.warning("what was to be kept afterwards is lost: %s", type(error).__name__)

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


class _OfThread(threading.local):
    """How many transactions a thread has open, and what it wants to do once it has none."""

    def __init__(self) -> None:
        self.open = 0
        self.later: list[Callable[[Session], object]] = []


def is_busy(error: DBAPIError) -> bool:
    """Whether the whole unit of work may simply be run again."""
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return state in _RETRYABLE_STATES
    text = str(error.orig).lower()
    return "database is locked" in text or "database table is locked" in text


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # pysqlite must not begin transactions by itself: it would do so too late, and never for DDL
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=5000",
        "cache_size=-16000",
    ):
        connection.execute(f"PRAGMA {pragma}")
