"""Employees as lists and pages show them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from fetlock.database.keyset import beyond
from fetlock.domain.sites.models import Site
from fetlock.domain.staff.models import Role, Staff, StaffRole
from fetlock.errors import NotFound

Position = tuple[str, str, int]
"""Where an employee stands in the list: last name, first name, id."""


@dataclass(frozen=True, slots=True)
class RoleAtSite:
    """A role of an employee at a site."""

    site_id: int
    site_name: str
    role_id: int
    role_name: str


@dataclass(slots=True)
class EmployeeRow:
    """An employee with the roles at the sites that the viewer works at, and no others (H-1)."""

    staff: Staff
    roles: list[RoleAtSite] = field(default_factory=list)

    @property
    def by_site(self) -> dict[str, list[str]]:
        """Names of the roles by the name of the site."""
        found: dict[str, list[str]] = {}
        for role in self.roles:
            found.setdefault(role.site_name, []).append(role.role_name)
        return found

    def role_ids(self, site_id: int) -> frozenset[int]:
        """Ids of the roles at one site."""
        return frozenset(role.role_id for role in self.roles if role.site_id == site_id)


def employees(
    session: Session,
    site_ids: Collection[int],
    *,
    active: bool | None = None,
    query: str = "",
    last: Position | None = None,
    limit: int | None = None,
) -> list[EmployeeRow]:
    """Employees by last name, in two statements. `active` None: all. `query`: part of name or user name.

    `last`: the place in the list to go on after; `limit` None: all.
    """
    order = (Staff.last_name, Staff.first_name, Staff.id)
    statement = select(Staff).order_by(*order).limit(limit)
    if last is not None:
        statement = statement.where(beyond(order, last))
    if active is not None:
        statement = statement.where(Staff.active.is_(active))
    for word in query.split():
        statement = statement.where(
            Staff.first_name.icontains(word, autoescape=True)
            | Staff.last_name.icontains(word, autoescape=True)
            | Staff.user_name.icontains(word, autoescape=True)
        )
    rows = {staff.id: EmployeeRow(staff) for staff in session.scalars(statement)}
    _add_roles(session, rows, site_ids)
    return list(rows.values())


def employee(session: Session, staff_id: int, site_ids: Collection[int]) -> EmployeeRow:
    """One employee. Raises `NotFound`."""
    staff = session.get(Staff, staff_id)
    if staff is None:
        raise NotFound("There is no such employee.")
    row = EmployeeRow(staff)
    _add_roles(session, {staff_id: row}, site_ids)
    return row


def groups_in_use(session: Session) -> Sequence[str]:
    """The groups that employees are in (Doctors, …), by name: suggestions for the form."""
    return session.scalars(
        select(Staff.staff_group).where(Staff.staff_group != "").distinct().order_by(Staff.staff_group)
    ).all()


def _add_roles(session: Session, rows: dict[int, EmployeeRow], site_ids: Collection[int]) -> None:
    statement = (
        select(StaffRole.staff_id, Site.id, Site.name, Role.id, Role.name)
        .join(Site, Site.id == StaffRole.site_id)
        .join(Role, Role.id == StaffRole.role_id)
        .where(Site.id.in_(site_ids))
        .order_by(Site.name, Role.name)
    )
    if len(rows) == 1:
        statement = statement.where(StaffRole.staff_id == next(iter(rows)))
    for staff_id, site_id, site_name, role_id, role_name in session.execute(statement):
        if staff_id in rows:
            rows[staff_id].roles.append(RoleAtSite(site_id, site_name, role_id, role_name))
