"""Storing what must reach the outside, in the transaction of its cause (PL-8)."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.outbox.models import OutboxRow, OutboxState


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
    if not postings:
        return
    now = clock.now()
    session.execute(
        insert(OutboxRow),
        [
            {
                "key": posting.key,
                "plugin": posting.plugin,
                "topic": posting.topic,
                "site_id": posting.site_id,
                "aggregate": posting.aggregate,
                "subject": posting.subject,
                "invoice_id": posting.invoice_id,
                "invoice_line_id": posting.invoice_line_id,
                "payload": dict(posting.payload),
                "receiver": posting.receiver,
                "state": (OutboxState.HELD if posting.held else OutboxState.PENDING).value,
                "attempts": 0,
                "next_attempt_at": now,
                "lease_owner": "",
                "problem": "",
                "reference": "",
                "answer": {},
                "created_at": now,
            }
            for posting in postings
        ],
    )
