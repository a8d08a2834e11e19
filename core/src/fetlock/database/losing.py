"""Telling a lost connection from other trouble: the database went away, the statement is not at fault."""

from typing import Final

from sqlalchemy.exc import DBAPIError, OperationalError, PendingRollbackError

_WENT_AWAY: Final = ("57P01", "57P02", "57P03")
"""PostgreSQL: ended by an administrator, crashed, not (yet) taking connections."""
_INVALIDATED: Final = "8s2b"
"""SQLAlchemy's code for a transaction whose connection broke; after a failed flush it has another."""
_CONNECTION_TROUBLE: Final = "08"


def is_lost(error: BaseException) -> bool:
    """Whether the connection broke, or none could be made.

    Before the commit was asked for this means that nothing was stored; in the commit, that nobody knows.
    """
    if isinstance(error, PendingRollbackError):  # it broke before, and somebody swallowed that
        return error.code == _INVALIDATED  # and not that something else failed, and was swallowed
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    if not isinstance(error, OperationalError):
        return False
    state = getattr(error.orig, "sqlstate", "")
    if state is None:  # psycopg: no answer from a server at all
        return True
    if state:
        return state in _WENT_AWAY or state.startswith(_CONNECTION_TROUBLE)
    return "unable to open database file" in str(error.orig).lower()
