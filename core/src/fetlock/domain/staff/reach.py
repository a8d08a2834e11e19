"""How far an employee's power reaches, site by site: nobody gives away, or takes over, more than that."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from fetlock.contracts.actor import Actor
from fetlock.domain.staff.models import Role, RolePermission, Staff, StaffRole
from fetlock.errors import Conflict


@dataclass(slots=True)
class Power:
    """What roles amount to: everything, or these permissions."""

    everything: bool = False
    permissions: set[str] = field(default_factory=set)

    def covers(self, other: "Power") -> bool:
        """Whether whoever has this may also do all that `other` may."""
        return self.everything or (not other.everything and other.permissions <= self.permissions)

    def may(self, permission: str) -> bool:
        """Whether it holds `permission`."""
        return self.everything or permission in self.permissions


@dataclass(slots=True)
class Reach:
    """Powers by site id; `boundless` is the system itself."""

    sites: dict[int, Power] = field(default_factory=dict)
    boundless: bool = False

    def at(self, site_id: int) -> Power:
        """The power at one site, none where there is no role."""
        return Power(everything=True) if self.boundless else self.sites.get(site_id, Power())

    def covers(self, other: "Reach") -> bool:
        """Whether nothing in `other` goes beyond this, at any site."""
        return all(self.at(site_id).covers(power) for site_id, power in other.sites.items())


def reach_of(session: Session, staff_id: int | None) -> Reach:
    """The reach of an employee, in one statement; None is the system itself."""
    if staff_id is None:
        return Reach(boundless=True)
    rows = session.execute(
        select(StaffRole.site_id, Role.everything, RolePermission.permission)
        .join(Role, Role.id == StaffRole.role_id)
        .outerjoin(RolePermission, RolePermission.role_id == Role.id)
        .where(StaffRole.staff_id == staff_id)
    )
    reach = Reach()
    for site_id, everything, permission in rows:
        power = reach.sites.setdefault(site_id, Power())
        power.everything = power.everything or everything
        if permission is not None:
            power.permissions.add(permission)
    return reach


def powers_of_roles(session: Session) -> Mapping[int, Power]:
    """What each role amounts to, by its id."""
    powers: dict[int, Power] = {}
    rows = session.execute(
        select(Role.id, Role.everything, RolePermission.permission).outerjoin(
            RolePermission, RolePermission.role_id == Role.id
        )
    )
    for role_id, everything, permission in rows:
        power = powers.setdefault(role_id, Power(everything=everything))
        if permission is not None:
            power.permissions.add(permission)
    return powers


def require_not_above(session: Session, actor: Actor, staff_ids: Iterable[int]) -> None:
    """Raise `Conflict` where one of these employees may do anything that `actor` may not, at any site.

    Otherwise whoever may reset passwords could become the administrator by resetting theirs.
    """
    mine = reach_of(session, actor.staff_id)
    for staff_id in staff_ids:
        if staff_id != actor.staff_id and not mine.covers(reach_of(session, staff_id)):
            raise Conflict("This employee may do more than you may, so only somebody who may do as much can.")


def keep_an_administrator(session: Session) -> None:
    """Raise `Conflict` where nobody active is left who may do everything: nobody could mend anything then."""
    left = session.scalar(
        select(StaffRole.staff_id)
        .join(Role, Role.id == StaffRole.role_id)
        .join(Staff, Staff.id == StaffRole.staff_id)
        .where(Role.everything, Staff.active)
        .limit(1)
    )
    if left is None and session.scalar(select(Role.id).where(Role.everything).limit(1)) is not None:
        raise Conflict("This is the last administrator. Give somebody else that role first.")
