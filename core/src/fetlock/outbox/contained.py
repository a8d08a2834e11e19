"""A plugin's own part of a transaction, in a savepoint: what fails there undoes that part alone."""

from typing import Any

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from fetlock.database.engine import is_busy
from fetlock.platform.dispatch import Dispatcher
from fetlock.platform.incidents import record_incident


def call_contained(session: Session, hooks: Dispatcher, hook: str, context: Any, plugin: str) -> str | None:
    """Call one plugin's `hook` in a savepoint; the incident id where it failed, None where all is well.

    What the plugin left unwritten is written here, so that a fault in it counts as the plugin's.
    """
    savepoint = session.begin_nested()
    answer = hooks.call_plugin(hook, context, plugin)
    if answer is not None and answer.failure is not None:
        savepoint.rollback()
        return answer.failure.incident
    try:
        session.flush()
    except SQLAlchemyError as error:
        savepoint.rollback()
        if isinstance(error, DBAPIError) and is_busy(error):
            raise  # the whole unit of work is run again
        return record_incident(plugin=plugin, hook=hook, error=error)
    savepoint.commit()
    return None
