"""Whose a task is: who can have one at a site, and where it goes back to when a person leaves (H-17)."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.domain.audit.service import record
from fetlock.domain.staff.models import Role, RolePermission, Staff, StaffRole
from fetlock.domain.tasks.models import Task, TaskState
from fetlock.errors import Invalid
from fetlock.signals.sending import signal_at


def roles_of(staff_id: int, site_id: int) -> Select[int]:
    """The ids of an employee's roles at a site, as a subquery."""
    return select(StaffRole.role_id).where(StaffRole.staff_id == staff_id, StaffRole.site_id == site_id)


def is_theirs(staff_id: int, site_id: int) -> ColumnElement[bool]:
    """Whether a task is this employee's, by name or by one of their roles at the site."""
    return or_(Task.staff_id == staff_id, is_of_their_roles(staff_id, site_id))


def is_of_their_roles(staff_id: int, site_id: int) -> ColumnElement[bool]:
    """Whether a task is nobody's by name, and anybody's with one of this employee's roles."""
    return and_(
        Task.staff_id.is_(None), or_(Task.role_id.is_(None), Task.role_id.in_(roles_of(staff_id, site_id)))
    )


def people_at(session: Session, site_id: int) -> Sequence[Staff]:
    """Who can have a task at the site: active employees with a role there, by name."""
    here = select(StaffRole.staff_id).where(StaffRole.site_id == site_id)
    return session.scalars(
        select(Staff)
        .where(Staff.active, Staff.id.in_(here))
        .order_by(Staff.last_name, Staff.first_name, Staff.id)
    ).all()


def roles_at(session: Session, site_id: int) -> Sequence[Role]:
    """The roles that somebody active has at the site, by name."""
    return session.scalars(select(Role).where(Role.id.in_(_held_at(site_id))).order_by(Role.name)).all()


def require_assignable(session: Session, site_id: int, staff_id: int | None, role_id: int | None) -> None:
    """Raise `Invalid` beside "for" where this person or role is not at the site."""
    if staff_id is not None and not _works_at(session, staff_id, site_id):
        raise Invalid({"for": "This person no longer works here. Choose somebody else."})
    if role_id is not None and session.get(Role, role_id) is None:
        raise Invalid({"for": "There is no such role any more. Choose another."})


def place_of(
    session: Session,
    site_id: int,
    *,
    staff_id: int | None = None,
    role: str = "",
    permission: str = "",
    creator_id: int | None = None,
) -> tuple[int | None, int | None]:
    """Person and role that a task opened so belongs to.

    The role is the one of that name; else the smallest that holds `permission`; else the person's own at
    the site; else the creator's; else the administrators'. A person who left is left out.
    """
    person = staff_id if staff_id is not None and _works_at(session, staff_id, site_id) else None
    for found in (
        _named(session, role) if role else None,
        _holding(session, site_id, permission) if permission else None,
        own_role(session, person, site_id),
        own_role(session, creator_id, site_id),
        administrators(session, site_id),
    ):
        if found is not None:
            return person, found
    return person, None


def own_role(session: Session, staff_id: int | None, site_id: int) -> int | None:
    """The employee's role at the site, one that does not hold everything first; then by name."""
    if staff_id is None:
        return None
    return session.scalar(
        select(Role.id)
        .where(Role.id.in_(roles_of(staff_id, site_id)))
        .order_by(Role.everything, Role.name)
        .limit(1)
    )


def administrators(session: Session, site_id: int) -> int | None:
    """The role that holds everything; the one that somebody has at the site first."""
    held = Role.id.in_(_held_at(site_id))
    return session.scalar(select(Role.id).where(Role.everything).order_by(held.desc(), Role.id).limit(1))


def hand_back(session: Session, staff_id: int, site_ids: Collection[int] | None = None) -> int:
    """Give the open tasks of an employee who leaves (these sites, or all) back to their roles; how many.

    A task whose role nobody has at the site any more goes to the administrators.
    """
    wanted: Any = select(Task).where(Task.staff_id == staff_id, Task.state == TaskState.OPEN.value)
    if site_ids is not None:
        wanted = wanted.where(Task.site_id.in_(site_ids))
    tasks = session.scalars(wanted.order_by(Task.id).with_for_update()).all()
    for task in tasks:
        task.staff_id = None
        if task.role_id not in {role.id for role in roles_at(session, task.site_id)}:
            task.role_id = administrators(session, task.site_id)
        task.last_at = clock.now()
        task.revision += 1
        signal_at(session, task.site_id, "tasks")
        record(
            session,
            "tasks.handed_back",
            staff_id=None,
            site_id=task.site_id,
            subject=f"task:{task.id}",
            detail={"from": staff_id, "role": task.role_id},
        )
    session.flush()
    return len(tasks)


def hand_back_where_gone(session: Session, staff_id: int) -> int:
    """Give back the open tasks at sites where the employee has no role any more."""
    still = select(StaffRole.site_id).where(StaffRole.staff_id == staff_id)
    gone = session.scalars(
        select(Task.site_id)
        .where(Task.staff_id == staff_id, Task.state == TaskState.OPEN.value, Task.site_id.not_in(still))
        .distinct()
    ).all()
    return hand_back(session, staff_id, gone) if gone else 0


def _works_at(session: Session, staff_id: int, site_id: int) -> bool:
    found = select(Staff.id).join(StaffRole, StaffRole.staff_id == Staff.id)
    found = found.where(Staff.id == staff_id, Staff.active, StaffRole.site_id == site_id)
    return session.scalar(found.limit(1)) is not None


def _held_at(site_id: int) -> Select[int]:
    return (
        select(StaffRole.role_id)
        .join(Staff, Staff.id == StaffRole.staff_id)
        .where(StaffRole.site_id == site_id, Staff.active)
    )


def _named(session: Session, name: str) -> int | None:
    return session.scalar(select(Role.id).where(func.lower(Role.name) == name.lower()))


def _holding(session: Session, site_id: int, permission: str) -> int | None:
    """Of the roles that somebody has at the site and that hold `permission`, the one that holds least."""
    size = select(func.count()).where(RolePermission.role_id == Role.id).correlate(Role).scalar_subquery()
    holds = select(RolePermission.role_id).where(RolePermission.permission == permission)
    return session.scalar(
        select(Role.id)
        .where(Role.id.in_(_held_at(site_id)), Role.id.in_(holds))
        .order_by(Role.everything, size, Role.name)
        .limit(1)
    )
