"""Explaining a head that could not be believed, such as after a lost key file, so that it is known (H-5)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from fetlock.domain.audit.chain import DOUBTED
from fetlock.domain.audit.models import AuditEntry, AuditLink
from fetlock.domain.audit.service import record
from fetlock.domain.audit.verifying import ACCEPTED
from fetlock.errors import Invalid, NotFound


def accept(session: Session, number: int, reason: str, *, staff_id: int | None) -> None:
    """Record why the head was doubted when `number` was written; verifications name it no longer.

    Raises `NotFound` where nothing was doubted there, `Invalid` without a reason.
    """
    if not reason.strip():
        raise Invalid({"reason": "Say what happened."})
    found = session.scalar(
        select(AuditEntry.action)
        .join(AuditLink, AuditLink.entry_id == AuditEntry.id)
        .where(AuditLink.number == number)
    )
    if found != DOUBTED:
        raise NotFound(f"The head was not doubted at number {number}.")
    record(session, ACCEPTED, staff_id=staff_id, reason=reason.strip()[:300], detail={"number": number})
