"""What a person does about parcels that did not arrive: send them again, or drop one with a reason (PL-8)."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from fetlock import clock
from fetlock.contracts.outside import Receiver
from fetlock.domain.audit import service as audit
from fetlock.errors import Conflict, Invalid, NotFound
from fetlock.outbox.listing import Filter, matching, reach_of, within
from fetlock.outbox.models import OutboxRow, OutboxState
from fetlock.outbox.store import tell_of
from fetlock.outbox.waking import Lane, wake
from fetlock.platform.gate import Gate, gate, words_of
from fetlock.work import Work

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

SENT_AGAIN_TOGETHER: Final = (OutboxState.FAILED.value, OutboxState.GIVEN_UP.value)
"""What may be sent again in one go: it surely did not arrive, or the receiver knows a repeat."""


@dataclass(frozen=True, slots=True)
class Resent:
    """How many parcels go again; `left`: why others do not, a sentence for each plugin."""

    count: int
    left: tuple[str, ...] = ()


def retry(work: Work, row_id: int, *, sure: bool = False) -> OutboxRow:
    """Send a parcel of this site again now, by hand.

    One that may have arrived (`may_have_arrived`) needs `sure`: the person has looked there. Raises
    `NotFound`, `Conflict`.
    """
    work.require("plugins.resend")
    row = _locked(work, row_id)
    if row.state not in _RESENDABLE:
        raise Conflict(f"This is {_words(row)}; there is nothing to send again.")
    if may_have_arrived(row.state, row.receiver, row.attempts) and not sure:
        raise Conflict(
            "It may have arrived already. Look at the receiver first; then say that it is to be sent again."
        )
    state = gate(work.session, work.hooks.registry, row.plugin, row.site_id)
    if state is not Gate.ON:
        label = _label(work, row.plugin)
        raise Conflict(f"{words_of(state, label)} It can be sent again when the plugin is on.")
    before = row.state
    _to_pending(row)
    _record(work, "outbox.retry", row, before)
    work.session.flush()
    return row


def may_have_arrived(state: str, receiver: str, attempts: int) -> bool:
    """Whether only somebody who has looked may send it again: in doubt, or dropped after it was tried."""
    if state == OutboxState.DROPPED:
        return receiver == Receiver.NEITHER and attempts > 0
    return state == OutboxState.IN_DOUBT


def retry_failed(work: Work, wanted: Filter) -> Resent:
    """Send again now whatever of the filter failed or was given up; never what is in doubt or in conflict."""
    return _send_again(work, wanted, SENT_AGAIN_TOGETHER, "outbox.retry")


def resume_held(work: Work, wanted: Filter) -> Resent:
    """Send what of the filter was held and whose plugin is on by now; the rest stays held."""
    return _send_again(work, wanted, (OutboxState.HELD.value,), "outbox.resume")


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


def _send_again(work: Work, wanted: Filter, states: tuple[str, ...], action: str) -> Resent:
    work.require("plugins.resend")
    rows = work.session.scalars(
        select(OutboxRow)
        .where(*matching(reach_of(work), wanted), OutboxRow.state.in_(states))
        .order_by(OutboxRow.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    gates: dict[tuple[str, int | None], Gate] = {}
    refused: dict[str, str] = {}
    count = 0
    for row in rows:
        place = (row.plugin, row.site_id)
        if place not in gates:
            gates[place] = gate(work.session, work.hooks.registry, *place)
        if gates[place] is not Gate.ON:
            refused[row.plugin] = words_of(gates[place], _label(work, row.plugin))
            continue
        before = row.state
        _to_pending(row)
        _record(work, action, row, before)
        count += 1
    work.session.flush()
    return Resent(count, tuple(refused.values()))


def _to_pending(row: OutboxRow) -> None:
    row.state = OutboxState.PENDING.value
    row.next_attempt_at = clock.now()
    row.finished_at = None
    row.attempts_before = row.attempts


def _label(work: Work, plugin: str) -> str:
    known = work.hooks.registry.plugins.get(plugin)
    return known.manifest.label if known else plugin


def _locked(work: Work, row_id: int) -> OutboxRow:
    row = work.session.scalar(
        select(OutboxRow)
        .where(OutboxRow.id == row_id, within(reach_of(work)))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound("There is no such entry here.")
    return row


def _words(row: OutboxRow) -> str:
    return {"sending": "being sent just now", "sent": "sent", "dropped": "dropped"}.get(row.state, row.state)


def _record(work: Work, action: str, row: OutboxRow, before: str, reason: str = "") -> None:
    wake(work.session, Lane.PARCELS)
    tell_of(work.session, row.site_id, row.invoice_id)
    audit.record(
        work.session,
        action,
        staff_id=work.actor.staff_id,
        site_id=work.site.id,
        subject=f"outbox:{row.id}",
        reason=reason[:300],
        detail={"plugin": row.plugin, "from": before},
    )
