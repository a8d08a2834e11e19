"""Asks: questions to an outside service that a page stores and the worker answers (UI-3).

A page never reaches the outside itself: it stores an ask, shows progress, and looks for the answer.
"""

import json
import uuid
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.outbox.models import AskRow
from fetlock.outbox.waking import Lane, wake
from fetlock.signals.sending import signal_at
from fetlock.work import Work

TOPIC: Final = "asks"
"""The topic of signals about questions; the subject is the question's key."""


def ask(
    work: Work,
    plugin: str,
    question: str,
    data: Mapping[str, Any] | None = None,
    *,
    sealed: bytes | None = None,
    subject: str = "",
) -> AskRow:
    """Store a question of `plugin` at this site. An equal one that still waits is answered instead.

    `sealed`: encrypted JSON of what must not stand in the database in plain text (a typed secret).
    `subject`: what it is about ("patient:12"), for `latest`.
    """
    text = json.dumps(data or {}, sort_keys=True)
    waiting = work.session.scalars(
        select(AskRow).where(
            AskRow.plugin == plugin,
            AskRow.question == question,
            AskRow.site_id == work.site.id,
            AskRow.subject == subject,
            AskRow.state == "pending",
        )
    )
    for row in waiting:
        if sealed is None and row.sealed is None and json.dumps(row.data, sort_keys=True) == text:
            return row
    row = AskRow(
        key=uuid.uuid4(),
        plugin=plugin,
        question=question,
        site_id=work.site.id,
        subject=subject,
        data=dict(data or {}),
        sealed=sealed,
        state="pending",
        asked_at=clock.now(),
        asked_by=work.actor.staff_id,
    )
    work.session.add(row)
    work.session.flush()
    wake(work.session, Lane.ASKS)
    return row


def tell_of(session: Session, row: AskRow) -> None:
    """Signal that the question is answered."""
    signal_at(session, row.site_id, TOPIC, f"ask:{row.key}")


def find(session: Session, site_id: int, key: uuid.UUID) -> AskRow | None:
    """The ask of this key at the site."""
    return session.scalar(select(AskRow).where(AskRow.key == key, AskRow.site_id == site_id))


def latest(session: Session, site_id: int, plugin: str, question: str, subject: str = "") -> AskRow | None:
    """The newest ask of this kind and subject at the site, answered or not."""
    return session.scalar(
        select(AskRow)
        .where(
            AskRow.plugin == plugin,
            AskRow.question == question,
            AskRow.site_id == site_id,
            AskRow.subject == subject,
        )
        .order_by(AskRow.id.desc())
        .limit(1)
    )
