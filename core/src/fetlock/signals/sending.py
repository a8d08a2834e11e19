"""Giving a signal: stored right before its unit of work commits, each once, in one statement."""

import re
from typing import Final

from sqlalchemy import event, insert
from sqlalchemy.orm import Session, SessionTransaction

from fetlock import clock
from fetlock.signals.models import SignalRow
from fetlock.work import Work

_PENDING: Final = "fetlock_signals"
_TOPIC: Final = re.compile(r"[a-z][a-z0-9_.-]{0,39}")
_SUBJECT: Final = re.compile(r"([a-z][a-z0-9_.-]*:[A-Za-z0-9-]+)?")


def signal(work: Work, topic: str, subject: str = "") -> None:
    """Tell the open pages of this site that something of `topic` changed, once this commits.

    `topic`: small letters, digits, `_.-` ("outbox"; a plugin's begin with its name). `subject`: a thing by
    its number ("invoice:12"), or nothing. Raises `ValueError` for anything else: names do not travel here.
    """
    signal_at(work.session, work.site.id, topic, subject)


def signal_at(session: Session, site_id: int | None, topic: str, subject: str = "") -> None:
    """As `signal`, where there is no unit of work; None is every site."""
    if not _TOPIC.fullmatch(topic):
        raise ValueError(f"a topic is small letters and digits, not {topic!r}")
    if len(subject) > 80 or not _SUBJECT.fullmatch(subject):
        raise ValueError("a subject is a kind and a number, such as invoice:12")
    pending: dict[tuple[int | None, str, str], None] = session.info.setdefault(_PENDING, {})
    pending[site_id, topic, subject] = None


# Before the audit log's own listener, whose statements have to be the last of all.
@event.listens_for(Session, "before_commit", insert=True)
def _store(session: Session) -> None:
    pending = session.info.get(_PENDING)
    if not pending or session.in_nested_transaction():  # releasing a savepoint commits nothing
        return
    now = clock.now()
    rows = [
        {"site_id": site_id, "topic": topic, "subject": subject, "at": now}
        for site_id, topic, subject in pending
    ]
    pending.clear()
    session.connection().execute(insert(SignalRow), rows)


@event.listens_for(Session, "after_soft_rollback")
def _drop(session: Session, previous: SessionTransaction) -> None:
    # A savepoint's signals stay: one too many costs a look, and finding out whose is whose costs more.
    if not previous.nested:
        session.info.pop(_PENDING, None)
