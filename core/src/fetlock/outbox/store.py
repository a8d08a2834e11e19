"""Storing what must reach the outside, in the transaction of its cause (PL-8)."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from sqlalchemy import Table
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.database.bulk import Bulk
from fetlock.outbox.models import OutboxRow, OutboxState
from fetlock.outbox.waking import Lane, wake
from fetlock.signals.sending import signal_at
from fetlock.work import Work

TOPIC: Final = "outbox"
"""The topic of signals about parcels; the subject is the invoice, where there is one."""

_STORE: Final = Bulk(
    cast("Table", OutboxRow.__table__),
    (
        *("key", "plugin", "topic", "site_id", "aggregate", "subject", "invoice_id", "invoice_line_id"),
        *("payload", "receiver", "state", "next_attempt_at", "created_at"),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One thing to hand over. `aggregate`: rows of one aggregate are delivered in their order."""

    key: uuid.UUID
    plugin: str
    topic: str
    aggregate: str
    subject: str
    payload: Mapping[str, Any]
    receiver: str
    site_id: int | None
    held: bool = False
    invoice_id: int | None = None
    invoice_line_id: int | None = None


def enqueue(session: Session, postings: Sequence[Posting]) -> None:
    """Store postings in one statement; the worker takes them from there."""
    now = clock.now()
    if not postings:
        return
    for posting in postings:
        tell_of(session, posting.site_id, posting.invoice_id)
    wake(session, Lane.PARCELS)
    _STORE.write(
        session.connection(),
        [
            (
                *(posting.key, posting.plugin, posting.topic, posting.site_id, posting.aggregate),
                *(posting.subject, posting.invoice_id, posting.invoice_line_id, dict(posting.payload)),
                *(posting.receiver, OutboxState.HELD if posting.held else OutboxState.PENDING, now, now),
            )
            for posting in postings
        ],
    )


def tell_of(session: Session, site_id: int | None, invoice_id: int | None = None) -> None:
    """Signal that something has become of parcels: of this invoice's, where they have one."""
    signal_at(session, site_id, TOPIC, f"invoice:{invoice_id}" if invoice_id is not None else "")


def store_parcel(
    work: Work, plugin: str, topic: str, aggregate: str, payload: Mapping[str, Any], *, subject: str = ""
) -> uuid.UUID:
    """Store a parcel of `plugin` under one of its own topics; answers its key.

    It waits, held, while the plugin is off at the site. `subject` is what staff see, by default the topic's
    label. Raises `ValueError` where the plugin declares no such topic.
    """
    declared = work.hooks.registry.topics.get(plugin, ())
    found = next((item for item in declared if item.name == topic), None)
    if found is None:
        raise ValueError(f"{plugin} declares no topic {topic}")
    posting = Posting(
        key=uuid.uuid4(),
        plugin=plugin,
        topic=topic,
        aggregate=aggregate,
        subject=subject or found.label,
        payload=payload,
        receiver=found.receiver.value,
        site_id=work.site.id,
        held=plugin not in work.enabled,
    )
    enqueue(work.session, [posting])
    return posting.key
