"""The relay: hands parcels to their plugins, in no transaction, and stores how each attempt ended (PL-8)."""

from typing import TYPE_CHECKING

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.contracts.http import Http
from fetlock.contracts.outside import Delivery, DeliveryState, Parcel
from fetlock.outbox import pausing
from fetlock.outbox.claiming import Claimed, claim, is_due
from fetlock.outbox.models import OutboxAttempt, OutboxRow
from fetlock.outbox.retrying import Retrying, judge
from fetlock.outbox.store import tell_of
from fetlock.platform.reading import OpeningReading

if TYPE_CHECKING:
    from fetlock.platform.runtime import Runtime


def deliver_next(runtime: "Runtime", http: Http, worker: str, rules: Retrying) -> bool:
    """Take one parcel, hand it over and store the outcome; False where nothing is due."""
    with runtime.database.reading() as session:
        if not is_due(session):
            return False
    claimed = runtime.database.write(lambda session: claim(session, runtime, worker, rules))
    if claimed is None:
        return False
    delivery = hand_over(runtime, http, claimed)

    def store(session: Session) -> None:
        settle(session, claimed, delivery, rules)
        pausing.tell(session, runtime, claimed, delivery)

    runtime.database.write(store)
    return True


def hand_over(runtime: "Runtime", http: Http, claimed: Claimed) -> Delivery:
    """One attempt. Whatever goes wrong in the plugin counts as unclear: the parcel may have arrived."""
    if claimed.fault:
        return Delivery(state=DeliveryState.RETRY, message=claimed.fault)
    parcel = Parcel(
        key=claimed.key,
        topic=claimed.topic,
        aggregate=claimed.aggregate,
        attempt=claimed.attempt,
        payload=claimed.payload,
        settings=claimed.settings,
        site_id=claimed.site_id,
        http=http,
        reading=OpeningReading(runtime.database),
    )
    # the breaker was asked when the parcel was taken, and is told when its outcome is stored
    answer = runtime.hooks.call_plugin("deliver", parcel, claimed.plugin, counts=False)
    if answer is None:
        return Delivery(state=DeliveryState.RETRY, message="The plugin delivers nothing of this kind.")
    if answer.failure is not None:
        return Delivery(
            state=DeliveryState.UNCLEAR,
            message=f"The plugin failed while sending (incident {answer.failure.incident}).",
        )
    delivery: Delivery = answer.value
    return delivery


def settle(session: Session, claimed: Claimed, delivery: Delivery, rules: Retrying) -> None:
    """Store how an attempt ended; nothing where another worker has taken the parcel over meanwhile."""
    now = clock.now()
    row = session.scalar(
        select(OutboxRow)
        .where(OutboxRow.id == claimed.id, OutboxRow.lease_owner == claimed.lease)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        return
    attempts = row.attempts - row.attempts_before
    verdict = judge(delivery, claimed.receiver, attempts, rules)
    row.state = verdict.state.value
    tell_of(session, row.site_id, row.invoice_id)
    row.lease_until = None
    row.lease_owner = ""
    row.problem = "" if delivery.state is DeliveryState.DELIVERED else delivery.message[:500]
    row.reference = delivery.reference[:120] or row.reference
    row.answer = dict(delivery.answer)
    if verdict.again:
        row.next_attempt_at = now + rules.delay(attempts, delivery.retry_after_seconds)
    else:
        row.finished_at = now
    session.execute(
        update(OutboxAttempt)
        .where(OutboxAttempt.outbox_id == row.id, OutboxAttempt.number == claimed.attempt)
        .values(ended_at=now, outcome=delivery.state.value, message=delivery.message[:500])
    )
