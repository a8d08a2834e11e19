"""Where a person is signed in now, and ending all of it but here (H-4)."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.domain.access import sign_in
from fetlock.domain.access.models import SignIn
from fetlock.domain.access.presence import IDLE, LONGEST
from fetlock.domain.audit.service import record


def open_of(session: Session, staff_id: int) -> Sequence[SignIn]:
    """The sign-ins of an employee that still open something, the last used first."""
    now = clock.now()
    return session.scalars(
        select(SignIn)
        .where(
            SignIn.staff_id == staff_id,
            SignIn.ended_at.is_(None),
            SignIn.last_seen_at > now - IDLE,
            SignIn.created_at > now - LONGEST,
        )
        .order_by(SignIn.last_seen_at.desc(), SignIn.id.desc())
    ).all()


def end_others(session: Session, staff_id: int, sign_in_id: int) -> int:
    """End every sign-in of this employee but one, and answer how many that were."""
    others = [row.id for row in open_of(session, staff_id) if row.id != sign_in_id]
    sign_in.end_all(session, staff_id, but=sign_in_id)
    record(
        session,
        "staff.signed_out_elsewhere",
        staff_id=staff_id,
        subject=f"staff:{staff_id}",
        detail={"sign_ins": len(others)},
    )
    return len(others)
