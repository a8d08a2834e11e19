"""The audit log as people read it: filtered, the newest first, in pages by a cursor (H-5)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.domain.audit.models import AuditEntry, AuditLink
from fetlock.domain.sites.models import Site
from fetlock.domain.staff.models import Staff
from fetlock.errors import NotFound

PAGE: Final = 50
SYSTEM: Final = 0
"""As a person to filter by: what nobody did in person."""
_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What is listed. `action`: an action, or an area of them ("staff"). `subject`: one ("invoice:12"), or
    a kind of them ("invoice"). `first`, `last`: days in the site's zone, both included.
    """

    staff_id: int | None = None
    action: str = ""
    subject: str = ""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An entry with its place in the chain: `number` and `hash` are None where no link holds it.

    `staff_name` and `user_name` are as they are now, empty where nobody did it in person; `site_name` is
    empty where it belongs to no site.
    """

    id: int
    number: int | None
    hash: str | None
    at: datetime
    staff_id: int | None
    staff_name: str
    user_name: str
    site_id: int | None
    site_name: str
    action: str
    subject: str
    reason: str
    detail: dict[str, Any]


def page(
    session: Session, site: Site, wanted: Filter, *, before: int | None = None, limit: int = PAGE
) -> list[Row]:
    """At most `limit` entries of the site and of no site, the newest first; `before`: older than this id."""
    statement = _filtered(site.time_zone, wanted).where(_here(site.id))
    if before is not None:
        statement = statement.where(AuditEntry.id < before)
    return _rows(session, statement.order_by(AuditEntry.id.desc()).limit(limit))


def get(session: Session, site: Site, entry_id: int) -> Row:
    """One entry of the site or of no site. Raises `NotFound`."""
    found = _rows(session, _joined().where(AuditEntry.id == entry_id, _here(site.id)))
    if not found:
        raise NotFound("There is no such entry in the audit log.")
    return found[0]


def every(
    session: Session, wanted: Filter, *, site: Site | None = None, zone: str = "UTC", after: int = 0
) -> Iterator[Row]:
    """All entries, the oldest first: of a site and of no site, or else of all sites."""
    statement = _filtered(site.time_zone if site is not None else zone, wanted)
    if site is not None:
        statement = statement.where(_here(site.id))
    while rows := _rows(
        session, statement.where(AuditEntry.id > after).order_by(AuditEntry.id).limit(_AT_ONCE)
    ):
        yield from rows
        after = rows[-1].id


def actions(session: Session) -> list[str]:
    """Every action that was ever recorded, by name."""
    # hops from one to the next in the index, in one statement: there are few, of very many entries
    first = select(func.min(AuditEntry.action).label("action")).cte("actions", recursive=True)
    following = (
        select(func.min(AuditEntry.action)).where(AuditEntry.action > first.c.action).scalar_subquery()
    )
    hops = first.union_all(select(following).where(first.c.action.is_not(None)))
    return list(session.scalars(select(hops.c.action).where(hops.c.action.is_not(None))))


def people(session: Session) -> list[tuple[int, str]]:
    """Everybody who may have done something: id and name, those who work here no longer too."""
    rows = session.scalars(select(Staff).order_by(Staff.last_name, Staff.first_name, Staff.id))
    return [(staff.id, staff.full_name) for staff in rows]


def _filtered(zone: str, wanted: Filter) -> Select[*tuple[Any, ...]]:
    statement = _joined()
    if wanted.staff_id == SYSTEM:
        statement = statement.where(AuditEntry.staff_id.is_(None))
    elif wanted.staff_id is not None:
        statement = statement.where(AuditEntry.staff_id == wanted.staff_id)
    if wanted.action:
        whole = "." in wanted.action
        below = AuditEntry.action.startswith(f"{wanted.action}.", autoescape=True)
        statement = statement.where(AuditEntry.action == wanted.action if whole else below)
    if wanted.subject:
        whole = ":" in wanted.subject
        below = AuditEntry.subject.startswith(f"{wanted.subject}:", autoescape=True)
        statement = statement.where(AuditEntry.subject == wanted.subject if whole else below)
    if wanted.first is not None:
        statement = statement.where(AuditEntry.at >= _midnight(wanted.first, zone))
    if wanted.last is not None and wanted.last < date.max:
        statement = statement.where(AuditEntry.at < _midnight(clock.day_after(wanted.last), zone))
    return statement


def _midnight(day: date, zone: str) -> datetime:
    # years that no zone can shift are left as they are
    return datetime.combine(day, time(), ZoneInfo(zone if 1 < day.year < 9999 else "UTC"))


def _here(site_id: int) -> ColumnElement[bool]:
    return or_(AuditEntry.site_id == site_id, AuditEntry.site_id.is_(None))


def _joined() -> Select[*tuple[Any, ...]]:
    joined = select(AuditEntry, AuditLink.number, AuditLink.hash, Staff, Site.name)
    joined = joined.outerjoin(AuditLink, AuditLink.entry_id == AuditEntry.id)
    return joined.outerjoin(Staff, Staff.id == AuditEntry.staff_id).outerjoin(
        Site, Site.id == AuditEntry.site_id
    )


def _rows(session: Session, statement: Select[*tuple[Any, ...]]) -> list[Row]:
    return [
        Row(
            id=entry.id,
            number=number,
            hash=link_hash,
            at=entry.at,
            staff_id=entry.staff_id,
            staff_name=staff.full_name if staff is not None else "",
            user_name=staff.user_name if staff is not None else "",
            site_id=entry.site_id,
            site_name=site_name or "",
            action=entry.action,
            subject=entry.subject,
            reason=entry.reason,
            detail=dict(entry.detail),
        )
        for entry, number, link_hash, staff, site_name in session.execute(statement)
    ]
