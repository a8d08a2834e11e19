"""Roles and the matrix of what they may do (H-3). Every change is audited."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from fetlock.domain.audit.service import record
from fetlock.domain.staff.catalogue import PermissionGroup, catalogue, keys
from fetlock.domain.staff.models import Role, RolePermission, StaffRole
from fetlock.errors import Conflict, Invalid, NotFound
from fetlock.platform.registry import Registry
from fetlock.work import Work

ADMINISTRATOR = "Administrator"
DEFAULT_ROLES: Mapping[str, str] = {
    ADMINISTRATOR: "May do everything, also what plugins add later",
    "Receptionist": "Front desk: clients, invoices, payments",
    "Veterinarian": "Treats patients, adds and closes invoices",
    "Nurse": "Treats patients, adds to invoices",
}


def make_default_roles(session: Session, registry: Registry) -> dict[str, Role]:
    """The roles of a fresh installation, with what each permission says of itself; by name."""
    groups = catalogue(registry)
    made = {}
    for name, description in DEFAULT_ROLES.items():
        role = Role(name=name, description=description, everything=name == ADMINISTRATOR)
        session.add(role)
        session.flush()
        if not role.everything:
            held = {p.key for group in groups for p in group.permissions if name in p.roles}
            _store(session, role.id, held)
        made[name] = role
    return made


def all_roles(session: Session) -> Sequence[Role]:
    """Every role, those that hold everything first, then by name."""
    return session.scalars(select(Role).order_by(Role.everything.desc(), Role.name)).all()


def held_by(session: Session) -> dict[int, frozenset[str]]:
    """The permissions of every role by its id, as stored."""
    found: dict[int, set[str]] = {}
    for role_id, permission in session.execute(select(RolePermission.role_id, RolePermission.permission)):
        found.setdefault(role_id, set()).add(permission)
    return {role_id: frozenset(permissions) for role_id, permissions in found.items()}


def add(work: Work, name: str, description: str = "", *, like: int | None = None) -> Role:
    """Add a role that holds nothing yet, or what the role `like` holds. Raises `Invalid`."""
    work.require("staff.roles")
    role = Role(name=_free_name(work.session, name, None), description=_fitting(description))
    work.session.add(role)
    work.session.flush()
    copied: frozenset[str] = frozenset()
    if like is not None:
        model = get(work.session, like)
        copied = _everything(work) if model.everything else held_by(work.session).get(like, frozenset())
        _refuse_beyond(work, copied)
        _store(work.session, role.id, copied)
    _audit(work, "roles.added", role, {"name": role.name, "granted": sorted(copied)})
    return role


def rename(work: Work, role_id: int, name: str, description: str) -> Role:
    """Change a role's name and what is said of it."""
    work.require("staff.roles")
    role = get(work.session, role_id)
    before = role.name
    role.name = _free_name(work.session, name, role_id)
    role.description = _fitting(description)
    work.session.flush()
    _audit(work, "roles.renamed", role, {"from": before, "to": role.name})
    return role


def set_permissions(work: Work, wanted: Mapping[int, Iterable[str]]) -> list[Role]:
    """Make these roles hold exactly these permissions, and answer the roles that changed.

    What a role holds of plugins that are not installed now is kept. Nobody can give or take what they don't
    hold themselves. Raises `Invalid` for a permission that nobody declares, `Conflict` for a role that
    holds everything.
    """
    work.require("staff.roles")
    known = _everything(work)
    present = held_by(work.session)
    changed = []
    for role_id, permissions in wanted.items():
        role = get(work.session, role_id)
        if role.everything:
            raise Conflict(f"{role.name} holds every permission; that cannot be changed.")
        asked = frozenset(permissions)
        if not asked <= known:
            raise Invalid(f"Nobody declares {', '.join(sorted(asked - known))}. Load the page again.")
        before = present.get(role_id, frozenset())
        granted, revoked = asked - before, (before & known) - asked
        if not granted and not revoked:
            continue
        _refuse_beyond(work, granted | revoked)
        work.session.execute(
            delete(RolePermission).where(
                RolePermission.role_id == role_id, RolePermission.permission.in_(sorted(revoked))
            )
        )
        _store(work.session, role_id, granted)
        _audit(
            work, "roles.permissions_changed", role, {"granted": sorted(granted), "revoked": sorted(revoked)}
        )
        changed.append(role)
    return changed


def remove(work: Work, role_id: int) -> None:
    """Remove a role that nobody has. Raises `Conflict` otherwise, or where it holds everything."""
    work.require("staff.roles")
    role = get(work.session, role_id)
    holders = work.session.scalar(
        select(func.count()).select_from(StaffRole).where(StaffRole.role_id == role_id)
    )
    if role.everything:
        raise Conflict(f"{role.name} holds every permission and has to stay.")
    if holders:
        raise Conflict(f"{role.name} is still given to employees. Take it from them first.")
    _refuse_beyond(work, held_by(work.session).get(role_id, frozenset()))
    work.session.delete(role)
    work.session.flush()
    _audit(work, "roles.removed", role, {"name": role.name})


def require_power_over(work: Work, role: Role) -> None:
    """Raise `Invalid` unless whoever asks may do all that the role may."""
    if role.everything and not work.actor.unrestricted:
        raise Invalid(f"{role.name} may do more than you may, so only somebody who may do as much can.")
    _refuse_beyond(work, held_by(work.session).get(role.id, frozenset()))


def _everything(work: Work) -> frozenset[str]:
    groups: tuple[PermissionGroup, ...] = catalogue(work.hooks.registry)
    return keys(groups)


def _refuse_beyond(work: Work, permissions: frozenset[str]) -> None:
    beyond = sorted(key for key in permissions if not work.actor.may(key))
    if beyond:
        raise Invalid(f"You can give and take only what you may do yourself; not {', '.join(beyond)}.")


def _free_name(session: Session, name: str, role_id: int | None) -> str:
    name = " ".join(name.split())
    if not name:
        raise Invalid({"name": "Enter a name for the role."})
    if len(name) > 80:
        raise Invalid({"name": "Use at most 80 characters."})
    taken = session.scalar(select(Role.id).where(func.lower(Role.name) == name.lower()))
    if taken is not None and taken != role_id:
        raise Invalid({"name": "There is a role of this name already."})
    return name


def _fitting(description: str) -> str:
    description = " ".join(description.split())
    if len(description) > 300:
        raise Invalid({"description": "Use at most 300 characters."})
    return description


def get(session: Session, role_id: int) -> Role:
    """The role of this id. Raises `NotFound`."""
    role = session.get(Role, role_id)
    if role is None:
        raise NotFound("There is no such role.")
    return role


def _store(session: Session, role_id: int, permissions: Iterable[str]) -> None:
    rows = [{"role_id": role_id, "permission": key} for key in sorted(permissions)]
    if rows:
        session.execute(insert(RolePermission), rows)


def _audit(work: Work, action: str, role: Role, detail: Mapping[str, Any]) -> None:
    record(
        work.session,
        action,
        staff_id=work.actor.staff_id,
        site_id=work.site.id,
        subject=f"role:{role.id}",
        detail=detail,
    )
