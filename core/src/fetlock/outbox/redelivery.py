"""Telling a plugin again of the events that it failed to take: in order, each in its own transaction."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session, aliased

from fetlock import clock
from fetlock.outbox.contained import call_contained
from fetlock.outbox.events import event_of
from fetlock.outbox.models import EventPending, EventRow
from fetlock.outbox.retrying import Retrying
from fetlock.platform.gate import Gate, gate, words_of

if TYPE_CHECKING:
    from fetlock.platform.runtime import Runtime

_LOOK_AGAIN: Final = timedelta(minutes=1)


def tell_next(runtime: "Runtime", rules: Retrying) -> bool:
    """Repeat one event that is due; False where none is."""
    with runtime.database.reading() as session:
        if session.scalar(due_events().with_only_columns(EventPending.id).limit(1)) is None:
            return False
    return runtime.database.write(lambda session: _tell(session, runtime, rules))


def due_events() -> Any:
    """The events that could be told now, as a SELECT."""
    earlier = aliased(EventPending)
    behind = exists().where(
        earlier.plugin == EventPending.plugin,
        earlier.aggregate == EventPending.aggregate,
        earlier.event_id < EventPending.event_id,
    )
    return select(EventPending).where(EventPending.next_attempt_at <= clock.now(), ~behind)


def _tell(session: Session, runtime: "Runtime", rules: Retrying) -> bool:
    pending = session.scalar(
        due_events()
        .order_by(EventPending.event_id)
        .limit(1)
        .with_for_update(skip_locked=True, of=EventPending)
    )
    if pending is None:
        return False
    event = session.get_one(EventRow, pending.event_id)
    state = gate(session, runtime.registry, pending.plugin, event.site_id)
    if state is not Gate.ON:
        pending.problem = words_of(state, pending.plugin)
        pending.next_attempt_at = clock.now() + _LOOK_AGAIN
        return True
    assert event.site_id is not None  # a unit of work announces it, at its site
    told = event_of(event, runtime.work_at(session, event.site_id))
    incident = call_contained(session, runtime.hooks, event.kind, told, pending.plugin)
    if incident is not None:
        pending.attempts += 1
        pending.problem = f"incident {incident}"
        pending.next_attempt_at = clock.now() + rules.delay(pending.attempts)
        return True
    session.delete(pending)
    session.flush()
    session.execute(
        update(EventPending)
        .where(EventPending.plugin == pending.plugin, EventPending.aggregate == pending.aggregate)
        .values(next_attempt_at=clock.now())
    )
    return True
