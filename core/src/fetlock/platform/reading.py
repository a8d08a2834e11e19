"""The read-only window that hooks are given: SELECT only, in the transaction of the unit of work."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select
from sqlalchemy.orm import Session


class SessionReading:
    """Reads through a session; see `fetlock.contracts.Reading`."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def rows(self, statement: Select[Any]) -> Sequence[Row[Any]]:
        """The rows of one SELECT. Raises `TypeError` for any other statement."""
        if not isinstance(statement, Select):
            raise TypeError("Hooks may only read: a SELECT is wanted here.")
        with self._session.no_autoflush:
            return self._session.execute(statement).all()
