"""Who is behind a token, where they work, and what they may do there: read with every request."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, Select, and_, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from fetlock import clock
from fetlock.contracts.actor import Actor
from fetlock.domain.access.models import ApiToken, SecondFactor, SignIn
from fetlock.domain.sites.models import Site
from fetlock.domain.staff.models import Role, RolePermission, Staff, StaffRole

IDLE: Final = timedelta(minutes=30)
"""Without any request for so long, a sign-in has ended (H-4)."""
LONGEST: Final = timedelta(hours=14)
"""No sign-in lasts longer, whatever is done in it."""
SEEN_EVERY: Final = timedelta(minutes=1)
"""How exactly the last use of a sign-in or token is kept: not every request is a write."""


@dataclass(frozen=True, slots=True)
class RolesHere:
    """The roles of a person at one site; `everything`: one of them holds every permission."""

    role_ids: frozenset[int]
    everything: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """A person who is here by a sign-in, or by an API token with its scope; the other id is None.

    `sites`: those they have a role at, by name; no other exists for them (H-1).
    `second_factor_missing`: a role of theirs asks for one, and they have to set it up first (H-4).
    """

    sign_in_id: int | None
    token_id: int | None
    scope: str
    last_seen_at: datetime | None
    second_factor_missing: bool
    staff: Staff
    sites: tuple[Site, ...]
    roles: Mapping[int, RolesHere]

    def site(self, slug: str) -> Site | None:
        """The site of this short name, if this person works there."""
        return next((site for site in self.sites if site.slug == slug), None)

    @property
    def seen_long_ago(self) -> bool:
        """Whether `touch` is due."""
        return self.last_seen_at is None or clock.now() - self.last_seen_at >= SEEN_EVERY


def hash_of(token: str) -> str:
    """What the database keeps of a token: 64 hexadecimal digits."""
    return hashlib.sha256(token.encode()).hexdigest()


def find(session: Session, token: str) -> Presence | None:
    """Who holds `token`, in one statement; None where it is unknown, ended, idle too long, or deactivated."""
    now = clock.now()
    rows = session.execute(
        _with_places(SignIn, SignIn.staff_id).where(
            SignIn.token_hash == hash_of(token),
            SignIn.ended_at.is_(None),
            SignIn.last_seen_at > now - IDLE,
            SignIn.created_at > now - LONGEST,
        )
    ).all()
    if not rows:
        return None
    opened: SignIn = rows[0][0]
    sites, roles, asked_since = _places(rows)
    confirmed = rows[0].confirmed_at is not None
    return Presence(
        sign_in_id=opened.id,
        token_id=None,
        scope="",
        last_seen_at=opened.last_seen_at,
        second_factor_missing=not confirmed and any(since <= opened.created_at for since in asked_since),
        staff=rows[0][1],
        sites=sites,
        roles=roles,
    )


def find_api_token(session: Session, token: str) -> Presence | None:
    """Whose API token this is, in one statement; None where unknown, expired, revoked, or deactivated (H-6).

    One that is for a single site sees no other.
    """
    rows = session.execute(
        _with_places(ApiToken, ApiToken.staff_id).where(
            ApiToken.token_hash == hash_of(token),
            ApiToken.revoked_at.is_(None),
            ApiToken.expires_at > clock.now(),
        )
    ).all()
    if not rows:
        return None
    held: ApiToken = rows[0][0]
    sites, roles, _ = _places(rows)
    if held.site_id is not None:
        sites = tuple(site for site in sites if site.id == held.site_id)
    return Presence(
        sign_in_id=None,
        token_id=held.id,
        scope=held.scope,
        last_seen_at=held.last_used_at,
        second_factor_missing=False,  # it was asked for when the token was made
        staff=rows[0][1],
        sites=sites,
        roles=roles,
    )


def actor_at(session: Session, presence: Presence, site: Site | None) -> Actor:
    """The person with the permissions of their roles at `site`, in at most one statement."""
    here = presence.roles.get(site.id) if site is not None else None
    held: frozenset[str] = frozenset()
    if here is not None and not here.everything:
        held = frozenset(
            session.scalars(
                select(RolePermission.permission).where(RolePermission.role_id.in_(sorted(here.role_ids)))
            )
        )
    return Actor(
        staff_id=presence.staff.id,
        name=presence.staff.full_name,
        permissions=held,
        unrestricted=here is not None and here.everything,
    )


def touch(session: Session, presence: Presence) -> None:
    """Note that the sign-in, or the token, was used now."""
    now = clock.now()
    if presence.token_id is not None:
        session.execute(update(ApiToken).where(ApiToken.id == presence.token_id).values(last_used_at=now))
    else:
        session.execute(
            update(SignIn)
            .where(SignIn.id == presence.sign_in_id, SignIn.ended_at.is_(None))
            .values(last_seen_at=now)
        )


def _with_places(
    table: type[SignIn] | type[ApiToken], staff_id: InstrumentedAttribute[int]
) -> Select[*tuple[Any, ...]]:
    """Rows of `table` with their active employee, and one row for each role of theirs at an open site."""
    return (
        select(
            table,
            Staff,
            Site,
            Role.id.label("role_id"),
            Role.everything,
            Role.second_factor_since,
            SecondFactor.confirmed_at,
        )
        .join(Staff, Staff.id == staff_id)
        .outerjoin(SecondFactor, SecondFactor.staff_id == Staff.id)
        .outerjoin(StaffRole, StaffRole.staff_id == Staff.id)
        .outerjoin(Site, and_(Site.id == StaffRole.site_id, Site.active))
        .outerjoin(Role, Role.id == StaffRole.role_id)
        .where(Staff.active)
        .order_by(Site.name, Site.id)
    )


def _places(
    rows: Sequence[Row[*tuple[Any, ...]]],
) -> tuple[tuple[Site, ...], dict[int, RolesHere], list[datetime]]:
    """Sites by name, roles by site id, and since when any of the roles asks for a second factor."""
    sites: dict[int, Site] = {}
    role_ids: dict[int, set[int]] = {}
    everything: set[int] = set()
    asked_since: list[datetime] = []
    for row in rows:
        site: Site | None = row[2]
        if site is None:
            continue
        sites[site.id] = site
        role_ids.setdefault(site.id, set()).add(row.role_id)
        if row.everything:
            everything.add(site.id)
        if row.second_factor_since is not None:
            asked_since.append(row.second_factor_since)
    roles = {site_id: RolesHere(frozenset(ids), site_id in everything) for site_id, ids in role_ids.items()}
    return tuple(sites.values()), roles, asked_since


def still_here(session: Session, sign_in_ids: Sequence[int]) -> dict[int, frozenset[int]]:
    """Those of the sign-ins that still hold, as `find` sees it, with the ids of their sites: one statement.

    For streams, which are let in once and stay.
    """
    now = clock.now()
    rows = session.execute(
        select(SignIn.id, StaffRole.site_id)
        .join(Staff, Staff.id == SignIn.staff_id)
        .outerjoin(StaffRole, StaffRole.staff_id == Staff.id)
        .outerjoin(Site, Site.id == StaffRole.site_id)
        .where(
            SignIn.id.in_(sign_in_ids),
            SignIn.ended_at.is_(None),
            SignIn.last_seen_at > now - IDLE,
            SignIn.created_at > now - LONGEST,
            Staff.active,
            or_(StaffRole.site_id.is_(None), Site.active),
        )
    )
    found: dict[int, set[int]] = {}
    places: list[tuple[int, int | None]] = [(row[0], row[1]) for row in rows]
    for sign_in_id, site_id in places:
        found.setdefault(sign_in_id, set()).update({site_id} if site_id is not None else ())
    return {sign_in_id: frozenset(sites) for sign_in_id, sites in found.items()}
