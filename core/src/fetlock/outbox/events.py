"""Events for notify hooks: stored in the transaction, told at once, repeated by the worker on failure."""

import uuid
from collections.abc import Mapping
from typing import Any, Final, cast

from sqlalchemy import Table, bindparam, exists, func, insert, select

from fetlock import clock
from fetlock.outbox.contained import call_contained
from fetlock.outbox.models import EventPending, EventRow
from fetlock.outbox.waking import Lane, wake
from fetlock.work import Event, Work

_EVENTS: Final = cast("Table", EventRow.__table__)
_LAST: Final = select(func.max(_EVENTS.c.sequence)).where(_EVENTS.c.aggregate == bindparam("aggregate"))
_STORE: Final = insert(_EVENTS).returning(_EVENTS.c.id)


def announce(work: Work, kind: str, aggregate: str, data: Mapping[str, Any]) -> None:
    """Store an event and tell every enabled plugin, each in a savepoint of its own.

    A plugin that fails, or that has an earlier event of this aggregate still waiting, gets this one later
    from the worker, in order. The caller holds the lock of the aggregate, so sequences have no race.
    """
    session = work.session
    session.flush()
    connection = session.connection()
    last = connection.execute(_LAST, {"aggregate": aggregate}).scalar() or 0
    key = uuid.uuid4()
    row = {
        "key": key,
        "kind": kind,
        "aggregate": aggregate,
        "sequence": last + 1,
        "site_id": work.site.id,
        "data": dict(data),
        "at": clock.now(),
    }
    event_id = connection.execute(_STORE, row).scalar_one()
    plugins = work.hooks.implementers(kind, work.enabled)
    if not plugins:
        return
    event = Event(
        work=work,
        event_id=str(key),
        kind=kind,
        aggregate=aggregate,
        sequence=last + 1,
        site_id=work.site.id,
        data=dict(data),
    )
    for plugin in plugins:
        waiting = session.scalar(
            select(exists().where(EventPending.plugin == plugin, EventPending.aggregate == aggregate))
        )
        if waiting:
            _defer(work, event_id, aggregate, plugin, "waits for an earlier event")
            continue
        incident = call_contained(session, work.hooks, kind, event, plugin)
        if incident is not None:
            _defer(work, event_id, aggregate, plugin, f"incident {incident}")


def event_of(row: EventRow, work: Work) -> Event:
    """The event as hooks see it, told in `work`."""
    return Event(
        work=work,
        event_id=str(row.key),
        kind=row.kind,
        aggregate=row.aggregate,
        sequence=row.sequence,
        site_id=row.site_id,
        data=row.data,
    )


def _defer(work: Work, event_id: int, aggregate: str, plugin: str, problem: str) -> None:
    work.session.execute(
        insert(EventPending).values(
            event_id=event_id,
            plugin=plugin,
            aggregate=aggregate,
            attempts=0,
            next_attempt_at=clock.now(),
            problem=problem,
        )
    )
    wake(work.session, Lane.SCHEDULE)
