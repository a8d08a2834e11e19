"""The read-only window that hooks are given: SELECT only, in the transaction of the unit of work."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Select
from sqlalchemy.orm import Session

from fetlock.database import Database


class SessionReading:
    """Reads through a session; see `fetlock.contracts.Reading`."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def rows(
        self, statement: Select[*tuple[Any, ...]], parameters: Mapping[str, Any] | None = None
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        """The rows of one SELECT. Raises `TypeError` for any other statement."""
        if not isinstance(statement, Select):
            raise TypeError("Hooks may only read: a SELECT is wanted here.")
        with self._session.no_autoflush:
            return self._session.execute(statement, parameters).all()


class OpeningReading:
    """Reads outside any transaction of the caller: each SELECT in a short one of its own."""

    __slots__ = ("_database",)

    def __init__(self, database: Database) -> None:
        self._database = database

    def rows(
        self, statement: Select[*tuple[Any, ...]], parameters: Mapping[str, Any] | None = None
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        """The rows of one SELECT. Raises `TypeError` for any other statement."""
        with self._database.reading() as session:
            return SessionReading(session).rows(statement, parameters)
