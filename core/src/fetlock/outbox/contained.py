"""A plugin's own part of a transaction, in a savepoint: what fails there undoes that part alone."""

from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, SessionTransaction

from fetlock.platform.dispatch import Answer, Dispatcher


class TransactionBroken(RuntimeError):
    """A plugin left the host's transaction in a state in which nothing more can be done in it."""


def call_contained(session: Session, hooks: Dispatcher, hook: str, context: Any, plugin: str) -> str | None:
    """Call one plugin's `hook` in a savepoint; the incident id where it failed, None where all is well.

    What the plugin left unwritten is written here, so that a fault in it counts as the plugin's; so does a
    transaction that it leaves broken, whether it saw the error or swallowed it.
    """
    savepoint = session.begin_nested()
    answer = hooks.call_plugin(hook, context, plugin, after=lambda: _settle(session, savepoint))
    if answer is not None and answer.failure is not None:
        _undo(session, savepoint)
        return answer.failure.incident
    savepoint.commit()
    return None


def ask_contained(session: Session, hooks: Dispatcher, hook: str, context: Any, plugin: str) -> Answer | None:
    """As `call_contained`, for a hook that answers and may write nothing: its savepoint is always undone."""
    savepoint = session.begin_nested()
    try:
        return hooks.call_plugin(hook, context, plugin, after=lambda: _settle(session, savepoint))
    finally:
        _undo(session, savepoint)


def _settle(session: Session, savepoint: SessionTransaction) -> None:
    """Write what is left, and look whether the host can go on in its transaction. Held, as the plugin's."""
    session.flush()
    if not savepoint.is_active or _is_lost(session):
        raise TransactionBroken


def _is_lost(session: Session) -> bool:
    """Whether the database has given the transaction up over an error that somebody swallowed."""
    driver: Any = session.connection().connection.dbapi_connection
    if session.get_bind().dialect.name == "sqlite":
        return not driver.in_transaction
    return bool(driver.info.transaction_status != driver.info.transaction_status.INTRANS)


def _undo(session: Session, savepoint: SessionTransaction) -> None:
    """Back to the savepoint, through whatever the plugin opened and left open within it."""
    try:
        savepoint.rollback()
    except SQLAlchemyError:
        if session.in_nested_transaction():
            raise
        # the plugin ended our savepoint itself; what it had done by then is in no one's way
