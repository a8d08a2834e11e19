"""Events for notify hooks: stored in the transaction, told at once, repeated by the worker on failure."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import exists, func, insert, select

from fetlock import clock
from fetlock.outbox.contained import call_contained
from fetlock.outbox.models import EventPending, EventRow
from fetlock.platform.work import Event, Work


def announce(work: Work, kind: str, aggregate: str, data: Mapping[str, Any]) -> None:
    """Store an event and tell every enabled plugin, each in a savepoint of its own.

    A plugin that fails, or that has an earlier event of this aggregate still waiting, gets this one later
    from the worker, in order. The caller holds the lock of the aggregate, so sequences have no race.
    """
    session = work.session
    row = EventRow(
        key=uuid.uuid4(),
        kind=kind,
        aggregate=aggregate,
        sequence=1
        + (session.scalar(select(func.max(EventRow.sequence)).where(EventRow.aggregate == aggregate)) or 0),
        site_id=work.site.id,
        data=dict(data),
        at=clock.now(),
    )
    session.add(row)
    session.flush()
    for plugin in work.hooks.implementers(kind, work.enabled):
        waiting = session.scalar(
            select(exists().where(EventPending.plugin == plugin, EventPending.aggregate == aggregate))
        )
        if waiting:
            _defer(work, row, plugin, "waits for an earlier event")
            continue
        incident = call_contained(session, work.hooks, kind, event_of(row, work), plugin)
        if incident is not None:
            _defer(work, row, plugin, f"incident {incident}")


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


def _defer(work: Work, row: EventRow, plugin: str, problem: str) -> None:
    work.session.execute(
        insert(EventPending).values(
            event_id=row.id,
            plugin=plugin,
            aggregate=row.aggregate,
            attempts=0,
            next_attempt_at=clock.now(),
            problem=problem,
        )
    )
