"""Writing the audit log: in the transaction of what it records, as its very last statements (H-5).

Entries are collected while the unit of work runs, and written right before it commits: the head of the
chain, which all writers share, is locked for that moment only. What a savepoint takes back is dropped with
it, and a unit of work that is run again begins with none.
"""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from fetlock import clock
from fetlock.domain.audit import chain
from fetlock.domain.audit.canonical import clean, plain
from fetlock.domain.audit.chain import Entry

_PENDING: Final = "fetlock_audit"


def record(
    session: Session,
    action: str,
    *,
    staff_id: int | None,
    site_id: int | None = None,
    subject: str = "",
    reason: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Record who did what, once the session commits.

    `action` is `<area>.<verb>`, `subject` names the thing ("invoice:12"). `detail` holds ids and names of
    settings; never a secret, nor names or other data of people and patients: those are looked up when
    somebody reads the log. Raises `TypeError` where it holds what JSON can't keep.
    """
    entry = Entry(
        at=clock.now(),
        staff_id=staff_id,
        site_id=site_id,
        action=action,
        subject=clean(subject),
        reason=clean(reason),
        detail=plain(detail or {}),
    )
    pending: list[tuple[SessionTransaction | None, Entry]] = session.info.setdefault(_PENDING, [])
    pending.append((session.get_nested_transaction(), entry))


@event.listens_for(Session, "before_commit")
def _write(session: Session) -> None:
    pending = session.info.get(_PENDING)
    if not pending or session.in_nested_transaction():  # releasing a savepoint commits nothing
        return
    session.flush()  # nothing else may come after the head is locked
    entries = [entry for _, entry in pending]
    pending.clear()
    chain.extend(session.connection(), entries)


@event.listens_for(Session, "after_soft_rollback")
def _drop(session: Session, previous: SessionTransaction) -> None:
    pending = session.info.get(_PENDING)
    if pending:
        pending[:] = [each for each in pending if previous.nested and not _within(each[0], previous)]


def _within(transaction: SessionTransaction | None, outer: SessionTransaction) -> bool:
    while transaction is not None:
        if transaction is outer:
            return True
        transaction = transaction.parent
    return False
