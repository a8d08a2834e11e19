"""API tokens: made for oneself, shown once, kept as a hash; owner and administrators revoke them (H-6)."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.domain.access.models import ApiToken
from fetlock.domain.access.presence import hash_of
from fetlock.domain.audit.service import record
from fetlock.domain.sites.models import Site
from fetlock.domain.staff.models import StaffRole
from fetlock.domain.staff.reach import require_not_above
from fetlock.errors import Invalid, NotFound
from fetlock.work import Work

PREFIX: Final = "flk_"
"""What every token begins with, so that people and scanners of secrets know one when they see it."""
DAYS: Final = 90
_SHOWN: Final = len(PREFIX) + 4
_BYTES: Final = 32
_LISTED: Final = 100


class TokenScope(StrEnum):
    """What a token may do of what its owner may."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenDraft:
    """A token as somebody asks for it. `site_id`: it reaches that site alone; None: all of its owner's."""

    name: str
    scope: str = TokenScope.READ
    site_id: int | None = None
    days: int = DAYS


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token with its plain text, which is told this once."""

    row: ApiToken
    plain: str


@dataclass(frozen=True, slots=True)
class ListedToken:
    """A token as lists show it. `site_name` is empty where it reaches every site of its owner."""

    row: ApiToken
    site_name: str
    state: str

    @property
    def works(self) -> bool:
        """Whether it still opens anything."""
        return self.state == "active"


def create(work: Work, draft: TokenDraft, *, longest: int) -> NewToken:
    """Make a token for the person who asks; it may do what they may, cut by its scope. Raises `Invalid`.

    `longest`: the most days that this installation lets a token last.
    """
    staff_id = work.actor.staff_id
    if staff_id is None:
        raise NotFound("Only a person has tokens.")
    name = " ".join(draft.name.split())
    wrong: dict[str, str] = {}
    if not name:
        wrong["name"] = "Enter what the token is for."
    elif len(name) > 80:
        wrong["name"] = "Use at most 80 characters."
    if draft.scope not in tuple(TokenScope):
        wrong["scope"] = "Choose one of the list."
    if not 1 <= draft.days <= longest:
        wrong["days"] = f"Enter a number of days from 1 to {longest}."
    if draft.site_id is not None and not _works_at(work.session, staff_id, draft.site_id):
        wrong["site_id"] = "Choose a site that you work at."
    if wrong:
        raise Invalid(wrong)
    plain = PREFIX + secrets.token_urlsafe(_BYTES)
    now = clock.now()
    row = ApiToken(
        staff_id=staff_id,
        name=name,
        shown=plain[:_SHOWN],
        token_hash=hash_of(plain),
        scope=draft.scope,
        site_id=draft.site_id,
        created_at=now,
        expires_at=now + timedelta(days=draft.days),
    )
    work.session.add(row)
    work.session.flush()
    _audit(work, "staff.token_made", row, {"scope": row.scope, "for_site": row.site_id, "days": draft.days})
    return NewToken(row, plain)


def tokens_of(session: Session, staff_id: int) -> Sequence[ListedToken]:
    """An employee's tokens, those that work first, then the newest; at most a hundred."""
    now = clock.now()
    found = session.execute(
        select(ApiToken, Site.name)
        .outerjoin(Site, Site.id == ApiToken.site_id)
        .where(ApiToken.staff_id == staff_id)
        .order_by(ApiToken.revoked_at.is_not(None), ApiToken.expires_at <= now, ApiToken.id.desc())
        .limit(_LISTED)
    )
    return [ListedToken(row, site_name or "", _state(row)) for row, site_name in found]


def revoke(work: Work, staff_id: int, token_id: int) -> ApiToken:
    """End a token of this employee: one's own, or as an administrator. Raises `NotFound`, `Conflict`."""
    if staff_id != work.actor.staff_id:
        work.require("staff.edit")
    row = work.session.get(ApiToken, token_id, with_for_update=True)
    if row is None or row.staff_id != staff_id:
        raise NotFound("There is no such token.")
    require_not_above(work.session, work.actor, [staff_id])
    if row.revoked_at is None:
        row.revoked_at = clock.now()
        row.revoked_by = work.actor.staff_id
        work.session.flush()
        _audit(work, "staff.token_revoked", row, {})
    return row


def revoke_all(session: Session, staff_id: int, by: int | None) -> None:
    """End every token of an employee who is deactivated: they don't come back with the person."""
    session.execute(
        update(ApiToken)
        .where(ApiToken.staff_id == staff_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=clock.now(), revoked_by=by)
    )


def _state(row: ApiToken) -> str:
    if row.revoked_at is not None:
        return "revoked"
    return "active" if row.expires_at > clock.now() else "expired"


def _works_at(session: Session, staff_id: int, site_id: int) -> bool:
    found = session.scalar(
        select(Site.id)
        .join(StaffRole, StaffRole.site_id == Site.id)
        .where(Site.id == site_id, Site.active, StaffRole.staff_id == staff_id)
        .limit(1)
    )
    return found is not None


def _audit(work: Work, action: str, row: ApiToken, detail: dict[str, Any]) -> None:
    record(
        work.session,
        action,
        staff_id=work.actor.staff_id,
        site_id=work.site.id,
        subject=f"staff:{row.staff_id}",
        detail={"token": row.id, "name": row.name} | detail,
    )
