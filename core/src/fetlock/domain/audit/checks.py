"""Verifications of the audit chain: when each was, how far it is, what it found (H-5)."""

from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.domain.audit.faults import DOUBTS
from fetlock.domain.audit.head import end_of
from fetlock.domain.audit.models import AuditCheck
from fetlock.domain.audit.signing import HeadKeys
from fetlock.domain.audit.verifying import Verified
from fetlock.errors import Conflict
from fetlock.work import Work

_SILENT: Final = timedelta(minutes=2)
"""After so long without a sign a verification has been interrupted."""
INTERRUPTED: Final = "It was interrupted before its end. Verify again."


def begin(session: Session, staff_id: int | None) -> int:
    """Note that a verification begins; answers its id."""
    now = clock.now()
    check = AuditCheck(started_at=now, touched_at=now, staff_id=staff_id)
    session.add(check)
    session.flush()
    return check.id


def begin_one(work: Work) -> int:
    """As `begin`, for the actor. Raises `Conflict` while another is under way."""
    work.require("audit.view")
    found = latest(work.session)
    if found is not None and is_under_way(found):
        raise Conflict("The chain is being verified already.")
    return begin(work.session, work.actor.staff_id)


def touch(session: Session, check_id: int, seen: int, total: int) -> None:
    """Note how far it is."""
    check = session.get_one(AuditCheck, check_id)
    check.seen, check.total, check.touched_at = seen, total, clock.now()


def finish(session: Session, check_id: int, found: Verified | None, problem: str = "") -> None:
    """Note what was found; or, with None, what stopped it."""
    check = session.get_one(AuditCheck, check_id)
    check.ended_at = check.touched_at = clock.now()
    check.problem = problem[:300]
    if found is not None:
        check.seen, check.total, check.hash = found.number, found.total, found.hash
        check.fault_count = found.fault_count
        check.faults = [fault.as_json() for fault in found.faults]


def latest(session: Session) -> AuditCheck | None:
    """The verification that was begun last."""
    return session.scalar(select(AuditCheck).order_by(AuditCheck.id.desc()).limit(1))


def is_under_way(check: AuditCheck) -> bool:
    """Whether somebody is at it, or was a moment ago."""
    return check.ended_at is None and clock.now() - check.touched_at < _SILENT


def proven(session: Session) -> dict[int, str]:
    """Number and hash up to which the last verification without a fault came: they must be found again."""
    wanted = select(AuditCheck).where(AuditCheck.ended_at.is_not(None), AuditCheck.seen > 0)
    wanted = wanted.where(AuditCheck.fault_count == 0, AuditCheck.problem == "")
    check = session.scalar(wanted.order_by(AuditCheck.id.desc()).limit(1))
    return {} if check is None else {check.seen: check.hash}


def glance(session: Session, keys: HeadKeys | None) -> str:
    """What is wrong at the end of the chain, without walking it: three rows. Empty where all is well."""
    head, number, last = end_of(session, keys)
    if head is None:
        return "The head of the audit log is missing." if number else ""
    if head.doubt:
        return f"{DOUBTS[head.doubt]}."
    if (number, last) != (head.length, head.hash):
        return "The audit log does not end as its head says."
    check = latest(session)
    if check is not None and check.fault_count:
        faults = "1 fault" if check.fault_count == 1 else f"{check.fault_count} faults"
        return f"The last verification found {faults}."
    return ""
