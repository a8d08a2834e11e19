"""Taking the next parcel: with a lease, in one short transaction, never past an earlier one (PL-8)."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from fetlock import clock
from fetlock.contracts.outside import Receiver
from fetlock.errors import FetlockError
from fetlock.outbox import pausing
from fetlock.outbox.models import OutboxAttempt, OutboxRow, OutboxState
from fetlock.outbox.order import goes_first
from fetlock.outbox.retrying import Retrying, after_lost_worker
from fetlock.outbox.store import tell_of
from fetlock.platform import settings
from fetlock.platform.gate import Gate, gate, words_of

if TYPE_CHECKING:
    from fetlock.platform.runtime import Runtime

_LOOK_AGAIN: Final = timedelta(minutes=1)
"""When to look again for a plugin that is not installed or in quarantine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A parcel taken by this worker; `lease` is its proof. `fault`: why it can't even be tried now."""

    id: int
    lease: str
    key: str
    plugin: str
    topic: str
    aggregate: str
    site_id: int | None
    attempt: int
    receiver: Receiver
    payload: dict[str, Any] = field(repr=False)
    settings: Any = field(repr=False)
    fault: str = ""


def is_due(session: Session) -> bool:
    """Whether any parcel could be taken now."""
    return session.scalar(due_parcels().with_only_columns(OutboxRow.id).limit(1)) is not None


def claim(session: Session, runtime: "Runtime", worker: str, rules: Retrying) -> Claimed | None:
    """Take the next parcel that is due, or None. Rows of plugins that are not on are put aside on the way."""
    while True:
        row = session.scalar(
            due_parcels().order_by(OutboxRow.id).limit(1).with_for_update(skip_locked=True, of=OutboxRow)
        )
        if row is None:
            return None
        if row.state == OutboxState.SENDING and not _take_over(session, row):
            continue
        state = gate(session, runtime.registry, row.plugin, row.site_id)
        if state is not Gate.ON:
            _put_aside(row, state, runtime)
            session.flush()
            continue
        until = pausing.paused_until(session, runtime, row)
        if until is not None:
            _pause(row, until, runtime)
            session.flush()
            continue
        return _lease(session, runtime, row, worker, rules)


def resume_held(session: Session, runtime: "Runtime") -> int:
    """Make due again what is held though its plugin is on: stored while somebody switched it on."""
    count = 0
    held = select(OutboxRow).where(OutboxRow.state == OutboxState.HELD.value)
    for row in session.scalars(held.with_for_update(skip_locked=True)):
        if gate(session, runtime.registry, row.plugin, row.site_id) is Gate.ON:
            row.state = OutboxState.PENDING.value
            row.next_attempt_at = clock.now()
            count += 1
    session.flush()
    return count


def due_parcels() -> Any:
    """The parcels that could be taken now, as a SELECT."""
    now = clock.now()
    earlier = aliased(OutboxRow)
    waiting = and_(
        OutboxRow.state.in_([OutboxState.PENDING.value, OutboxState.FAILED.value]),
        OutboxRow.next_attempt_at <= now,
    )
    lost = and_(OutboxRow.state == OutboxState.SENDING.value, OutboxRow.lease_until < now)
    behind = exists().where(goes_first(earlier, OutboxRow))
    return select(OutboxRow).where(or_(waiting, lost), ~behind)


def _take_over(session: Session, row: OutboxRow) -> bool:
    """A worker was lost over this row. False where it may not be sent again by itself."""
    session.execute(
        update(OutboxAttempt)
        .where(OutboxAttempt.outbox_id == row.id, OutboxAttempt.ended_at.is_(None))
        .values(ended_at=clock.now(), outcome="lost", message="The worker ended before the answer came.")
    )
    if after_lost_worker(Receiver(row.receiver)) is OutboxState.SENDING:
        return True
    row.state = OutboxState.IN_DOUBT.value
    row.problem = "The worker ended before the answer came: it may have been sent. Look before sending again."
    row.lease_until = None
    session.flush()
    return False


def _put_aside(row: OutboxRow, state: Gate, runtime: "Runtime") -> None:
    known = runtime.registry.plugins.get(row.plugin)
    row.problem = words_of(state, known.manifest.label if known else row.plugin)
    row.lease_until = None
    if state is Gate.ABSENT:
        row.state = OutboxState.PENDING.value
        row.next_attempt_at = clock.now() + _LOOK_AGAIN
    else:
        row.state = OutboxState.HELD.value


def _pause(row: OutboxRow, until: datetime, runtime: "Runtime") -> None:
    """After many failures in a row the plugin's parcels wait, without an attempt of theirs (PL-5)."""
    label = runtime.registry.plugins[row.plugin].manifest.label
    row.problem = f"{label} is left alone after several failures in a row, until {until:%H:%M:%S} UTC."
    row.state = OutboxState.FAILED.value if row.attempts else OutboxState.PENDING.value
    row.lease_until = None
    row.next_attempt_at = until


def _lease(session: Session, runtime: "Runtime", row: OutboxRow, worker: str, rules: Retrying) -> Claimed:
    fault, model = "", None
    try:
        model, _ = settings.load(session, runtime.secrets, runtime.registry, row.plugin, row.site_id)
    except FetlockError as error:
        fault = f"Its settings can't be used: {error.message}"
    now = clock.now()
    row.state = OutboxState.SENDING.value
    row.attempts += 1
    row.lease_owner = f"{worker[:40]}:{uuid.uuid4().hex}"
    row.lease_until = now + rules.lease
    session.add(OutboxAttempt(outbox_id=row.id, number=row.attempts, started_at=now))
    tell_of(session, row.site_id, row.invoice_id)
    session.flush()
    return Claimed(
        id=row.id,
        lease=row.lease_owner,
        key=str(row.key),
        plugin=row.plugin,
        topic=row.topic,
        aggregate=row.aggregate,
        site_id=row.site_id,
        attempt=row.attempts,
        receiver=Receiver(row.receiver),
        payload=dict(row.payload),
        settings=model,
        fault=fault,
    )
