"""What a person does about a parcel that did not arrive: send it again, or drop it with a reason (PL-8)."""

from typing import Final

from sqlalchemy import select

from fetlock import clock
from fetlock.domain.audit import service as audit
from fetlock.errors import Conflict, Invalid, NotFound
from fetlock.outbox.models import OutboxRow, OutboxState
from fetlock.platform.gate import Gate, gate, words_of
from fetlock.platform.work import Work

_RESENDABLE: Final = frozenset(
    {
        OutboxState.PENDING.value,
        OutboxState.FAILED.value,
        OutboxState.CONFLICT.value,
        OutboxState.GIVEN_UP.value,
        OutboxState.IN_DOUBT.value,
        OutboxState.DROPPED.value,
        OutboxState.HELD.value,
    }
)
_DROPPABLE: Final = _RESENDABLE - {OutboxState.DROPPED.value}


def retry(work: Work, row_id: int, *, sure: bool = False) -> OutboxRow:
    """Send a parcel of this site again now, by hand.

    One in doubt may have arrived: `sure` says that the person has looked. Raises `NotFound`, `Conflict`.
    """
    work.require("plugins.resend")
    row = _locked(work, row_id)
    if row.state not in _RESENDABLE:
        raise Conflict(f"This is {_words(row)}; there is nothing to send again.")
    if row.state == OutboxState.IN_DOUBT and not sure:
        raise Conflict(
            "It may have arrived already. Look at the receiver first; then say that it is to be sent again."
        )
    state = gate(work.session, work.hooks.registry, row.plugin, row.site_id)
    if state is not Gate.ON:
        known = work.hooks.registry.plugins.get(row.plugin)
        label = known.manifest.label if known else row.plugin
        raise Conflict(f"{words_of(state, label)} It can be sent again when the plugin is on.")
    before = row.state
    row.state = OutboxState.PENDING.value
    row.next_attempt_at = clock.now()
    row.finished_at = None
    row.attempts_before = row.attempts
    _record(work, "outbox.retry", row, before)
    work.session.flush()
    return row


def drop(work: Work, row_id: int, *, reason: str) -> OutboxRow:
    """Never send this parcel. The ledger stays as it is. Raises `NotFound`, `Conflict`, `Invalid`."""
    work.require("plugins.resend")
    if not reason.strip():
        raise Invalid({"reason": "Give a reason; it is kept with the entry."})
    row = _locked(work, row_id)
    if row.state not in _DROPPABLE:
        raise Conflict(f"This is {_words(row)}; it can't be dropped.")
    before = row.state
    row.state = OutboxState.DROPPED.value
    row.problem = reason.strip()[:500]
    row.finished_at = clock.now()
    row.lease_until = None
    _record(work, "outbox.drop", row, before, reason.strip())
    work.session.flush()
    return row


def _locked(work: Work, row_id: int) -> OutboxRow:
    row = work.session.scalar(
        select(OutboxRow)
        .where(OutboxRow.id == row_id, OutboxRow.site_id == work.site.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound("There is no such entry here.")
    return row


def _words(row: OutboxRow) -> str:
    return {"sending": "being sent just now", "sent": "sent", "dropped": "dropped"}.get(row.state, row.state)


def _record(work: Work, action: str, row: OutboxRow, before: str, reason: str = "") -> None:
    audit.record(
        work.session,
        action,
        staff_id=work.actor.staff_id,
        site_id=work.site.id,
        subject=f"outbox:{row.id}",
        reason=reason[:300],
        detail={"plugin": row.plugin, "from": before},
    )
