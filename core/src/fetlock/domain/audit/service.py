"""Writing the audit log: in the transaction of what it records."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.domain.audit.models import AuditEntry


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
    """Record who did what. `action` is `<area>.<verb>`, `subject` names the thing ("invoice:12")."""
    session.execute(
        insert(AuditEntry).values(
            at=clock.now(),
            staff_id=staff_id,
            site_id=site_id,
            action=action,
            subject=subject,
            reason=reason,
            detail=dict(detail or {}),
        )
    )
