"""Who is behind a sign-in's token, where they work, and what they may do there: read with every request."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import and_, select, update
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.contracts.actor import Actor
from fetlock.domain.sites.models import Site
from fetlock.domain.staff.models import Role, RolePermission, SignIn, Staff, StaffRole

IDLE: Final = timedelta(minutes=30)
"""Without any request for so long, a sign-in has ended (H-4)."""
LONGEST: Final = timedelta(hours=14)
"""No sign-in lasts longer, whatever is done in it."""
SEEN_EVERY: Final = timedelta(minutes=1)
"""How exactly the last request of a sign-in is kept: not every page view is a write."""


@dataclass(frozen=True, slots=True)
class RolesHere:
    """The roles of a person at one site; `everything`: one of them holds every permission."""

    role_ids: frozenset[int]
    everything: bool


@dataclass(frozen=True, slots=True)
class Presence:
    """A signed-in person. `sites`: those they have a role at, by name; no other exists for them (H-1)."""

    sign_in_id: int
    last_seen_at: datetime
    staff: Staff
    sites: tuple[Site, ...]
    roles: Mapping[int, RolesHere]

    def site(self, slug: str) -> Site | None:
        """The site of this short name, if this person works there."""
        return next((site for site in self.sites if site.slug == slug), None)

    @property
    def seen_long_ago(self) -> bool:
        """Whether `touch` is due."""
        return clock.now() - self.last_seen_at >= SEEN_EVERY


def hash_of(token: str) -> str:
    """What the database keeps of a sign-in's token: 64 hexadecimal digits."""
    return hashlib.sha256(token.encode()).hexdigest()


def find(session: Session, token: str) -> Presence | None:
    """Who holds `token`, in one statement; None where it is unknown, ended, idle too long, or deactivated."""
    now = clock.now()
    rows = session.execute(
        select(SignIn, Staff, Site, Role.id, Role.everything)
        .join(Staff, Staff.id == SignIn.staff_id)
        .outerjoin(StaffRole, StaffRole.staff_id == Staff.id)
        .outerjoin(Site, and_(Site.id == StaffRole.site_id, Site.active))
        .outerjoin(Role, Role.id == StaffRole.role_id)
        .where(
            SignIn.token_hash == hash_of(token),
            SignIn.ended_at.is_(None),
            SignIn.last_seen_at > now - IDLE,
            SignIn.created_at > now - LONGEST,
            Staff.active,
        )
        .order_by(Site.name, Site.id)
    ).all()
    if not rows:
        return None
    sign_in, staff = rows[0][0], rows[0][1]
    sites: dict[int, Site] = {}
    roles: dict[int, set[int]] = {}
    everything: set[int] = set()
    places: list[tuple[Site | None, int, bool]] = [(row[2], row[3], row[4]) for row in rows]
    for site, role_id, holds_everything in places:
        if site is None:
            continue
        sites[site.id] = site
        roles.setdefault(site.id, set()).add(role_id)
        if holds_everything:
            everything.add(site.id)
    return Presence(
        sign_in_id=sign_in.id,
        last_seen_at=sign_in.last_seen_at,
        staff=staff,
        sites=tuple(sites.values()),
        roles={site_id: RolesHere(frozenset(ids), site_id in everything) for site_id, ids in roles.items()},
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


def touch(session: Session, sign_in_id: int) -> None:
    """Note that the sign-in was used now."""
    session.execute(
        update(SignIn)
        .where(SignIn.id == sign_in_id, SignIn.ended_at.is_(None))
        .values(last_seen_at=clock.now())
    )
