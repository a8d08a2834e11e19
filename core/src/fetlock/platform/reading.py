"""The read-only window that hooks are given: SELECT only, in the transaction of the unit of work."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Select
from sqlalchemy.orm import Session

from fetlock.database import Database
from fetlock.database.holding import released


class SessionReading:
    """Reads in the transaction of a session; see `fetlock.contracts.Reading`.

    Objects that a SELECT names are not those of the host's session: whatever a plugin does to them is
    never written.
    """

    __slots__ = ("_apart", "_session")

    def __init__(self, session: Session) -> None:
        self._session = session
        self._apart: Session | None = None

    def rows(
        self, statement: Select[*tuple[Any, ...]], parameters: Mapping[str, Any] | None = None
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        """The rows of one SELECT. Raises `TypeError` for any other statement."""
        if not isinstance(statement, Select):
            raise TypeError("Hooks may only read: a SELECT is wanted here.")
        connection = self._session.connection()
        if self._apart is None:
            self._apart = Session(connection, autoflush=False, join_transaction_mode="rollback_only")
        if connection.dialect.name == "sqlite":
            return self._apart.execute(statement, parameters).all()
        with connection.begin_nested():  # on PostgreSQL a failed SELECT spoils the whole transaction
            return self._apart.execute(statement, parameters).all()


class OpeningReading:
    """Reads outside any transaction of the caller: each SELECT in a short one of its own."""

    __slots__ = ("_database",)

    def __init__(self, database: Database) -> None:
        self._database = database

    def rows(
        self, statement: Select[*tuple[Any, ...]], parameters: Mapping[str, Any] | None = None
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        """The rows of one SELECT. Raises `TypeError` for any other statement."""
        with released(), self._database.reading() as session:
            return SessionReading(session).rows(statement, parameters)
