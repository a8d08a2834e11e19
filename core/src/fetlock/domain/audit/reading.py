"""Reading the audit log: what people did to one thing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fetlock.domain.audit.models import AuditEntry
from fetlock.domain.staff.models import Staff


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What somebody did. `staff_name` is empty where the system did it."""

    at: datetime
    action: str
    staff_name: str
    reason: str
    detail: dict[str, Any]


def about(
    session: Session, subject: str, actions: Sequence[str], *, site_id: int | None = None, limit: int = 200
) -> list[Deed]:
    """What was done to `subject` ("invoice:12"), the newest first; one query, found by its `actions`.

    `site_id` narrows it to what was done at a site, for subjects that name none.
    """
    wanted = select(AuditEntry, Staff).outerjoin(Staff, Staff.id == AuditEntry.staff_id)
    wanted = wanted.where(AuditEntry.action.in_(actions), AuditEntry.subject == subject)
    if site_id is not None:
        wanted = wanted.where(AuditEntry.site_id == site_id)
    found = session.execute(wanted.order_by(AuditEntry.id.desc()).limit(limit))
    return [_deed(entry, staff) for entry, staff in found]


def _deed(entry: AuditEntry, staff: Staff | None) -> Deed:
    return Deed(
        at=entry.at,
        action=entry.action,
        staff_name=staff.full_name if staff is not None else "",
        reason=entry.reason,
        detail=dict(entry.detail),
    )
