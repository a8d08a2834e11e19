"""Roles and the matrix of what they may do (H-3)."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from litestar import get, post
from sqlalchemy import select

from fetlock.contracts.registration import Permission
from fetlock.domain.access import second_factor_change
from fetlock.domain.staff import roles
from fetlock.domain.staff.models import Role, Staff, StaffRole
from fetlock.errors import Conflict, FetlockError, Invalid, NotFound
from fetlock_hostapp.plugin import (
    Desk,
    Form,
    FormData,
    FromPath,
    Html,
    StaffRequest,
    reading,
    status_of,
    writing,
)
from fetlock_hostapp.web.kernel.kernel import Kernel

BASE = "administration/roles"


@dataclass(frozen=True, slots=True)
class Cell:
    """One role and one permission. `fixed`: not for this person to change."""

    role: Role
    held: bool
    fixed: bool


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One permission with a cell for every role."""

    permission: Permission
    cells: list[Cell]


@get("/administration/roles", permission="staff.view", sync_to_thread=True)
def role_matrix(request: StaffRequest) -> Html:
    """The matrix: permissions by area, a column for each role."""
    with reading(request) as desk:
        return _matrix(request, desk)


@post("/administration/roles", permission="staff.roles", sync_to_thread=True)
def save_matrix(request: StaffRequest, data: FormData) -> Html:
    """Save what was ticked; refused where somebody else has changed the matrix meanwhile."""

    def work(desk: Desk) -> Html:
        present = roles.held_by(desk.session)
        columns = roles.all_roles(desk.session)
        if data.text("seen") != _seen(columns, present):
            raise Conflict(
                "Somebody else changed the roles meanwhile. What you ticked is still here: "
                "compare it, then save again."
            )
        known = {p.key for group in _kernel(request).groups for p in group.permissions}
        wanted = {}
        for role in columns:
            if role.everything:
                continue
            held = present.get(role.id, frozenset()) & known
            ticked = set(data.all(_field(role))) & known
            # what this person may not give or take was shown greyed out, and so was not sent
            wanted[role.id] = {key for key in ticked if desk.may(key)} | {
                key for key in held if not desk.may(key)
            }
        changed = roles.set_permissions(desk.work, wanted)
        names = ", ".join(role.name for role in changed)
        return desk.redirect(BASE, ok=f"Saved: {names}." if changed else "Nothing was changed.")

    def again(desk: Desk, error: FetlockError) -> Html:
        return _matrix(request, desk, data, error)

    return writing(request, work, again)


@post("/administration/roles/new", permission="staff.roles", sync_to_thread=True)
def add_role(request: StaffRequest, data: FormData) -> Html:
    """Add a role, empty or with what another one holds."""

    def work(desk: Desk) -> Html:
        like = data.optional_integer("like", "Start with")
        role = roles.add(desk.work, data.text("name"), data.text("description"), like=like)
        return desk.redirect(BASE, ok=f"The role {role.name} is added. Tick what it may do, then save.")

    def again(desk: Desk, error: FetlockError) -> Html:
        return _matrix(request, desk, new=data, error=error)

    return writing(request, work, again)


@get("/administration/roles/{role_id:int}", permission="staff.view", sync_to_thread=True)
def role_page(request: StaffRequest, role_id: FromPath[int]) -> Html:
    """One role: its name, and who has it at this person's sites."""
    with reading(request) as desk:
        return _role(desk, role_id)


@post("/administration/roles/{role_id:int}", permission="staff.roles", sync_to_thread=True)
def rename_role(request: StaffRequest, role_id: FromPath[int], data: FormData) -> Html:
    """Change a role's name and description, and whether it asks for a second factor (H-4)."""

    def work(desk: Desk) -> Html:
        role = roles.rename(desk.work, role_id, data.text("name"), data.text("description"))
        second_factor_change.ask_of_role(desk.work, role_id, data.flag("second_factor"))
        return desk.redirect(f"{BASE}/{role_id}", ok=f"{role.name}: saved.")

    return writing(request, work, _again(role_id, data))


@post("/administration/roles/{role_id:int}/remove", permission="staff.roles", sync_to_thread=True)
def remove_role(request: StaffRequest, role_id: FromPath[int]) -> Html:
    """Remove a role that nobody has."""

    def work(desk: Desk) -> Html:
        roles.remove(desk.work, role_id)
        return desk.redirect(BASE, ok="The role is removed.")

    return writing(request, work, _again(role_id, None))


def _again(role_id: int, typed: Form | None) -> Callable[[Desk, FetlockError], Html]:
    """The role's page once more, with what was refused."""

    def again(desk: Desk, error: FetlockError) -> Html:
        return _role(desk, role_id, typed, error)

    return again


def _role(desk: Desk, role_id: int, typed: Form | None = None, error: FetlockError | None = None) -> Html:
    role = desk.session.get(Role, role_id)
    if role is None:
        raise NotFound("There is no such role.")
    holders = desk.session.scalars(
        select(Staff)
        .join(StaffRole, StaffRole.staff_id == Staff.id)
        .where(StaffRole.role_id == role_id, StaffRole.site_id.in_([site.id for site in desk.sites]))
        .distinct()
        .order_by(Staff.last_name, Staff.first_name)
    ).all()
    return desk.page(
        "staff/role.html",
        status=200 if error is None else status_of(error),
        role=role,
        holders=holders,
        typed=typed,
        errors=error,
        may_edit=desk.may("staff.roles"),
    )


def _matrix(
    request: StaffRequest,
    desk: Desk,
    typed: Form | None = None,
    error: FetlockError | None = None,
    *,
    new: Form | None = None,
) -> Html:
    columns = roles.all_roles(desk.session)
    present = roles.held_by(desk.session)
    editable = desk.may("staff.roles")
    groups = []
    for group in _kernel(request).groups:
        rows = []
        for permission in group.permissions:
            cells = []
            for role in columns:
                fixed = role.everything or not editable or not desk.may(permission.key)
                held = role.everything or permission.key in present.get(role.id, frozenset())
                if typed is not None and not fixed:
                    held = permission.key in typed.all(_field(role))
                cells.append(Cell(role, held, fixed))
            rows.append(MatrixRow(permission, cells))
        groups.append((group, rows))
    return desk.page(
        "staff/roles.html",
        status=200 if error is None else status_of(error),
        columns=columns,
        groups=groups,
        seen=_seen(columns, present),
        errors=error if new is None else None,
        new=new,
        new_errors=_fields(error) if new is not None else {},
        may_edit=editable,
    )


def _fields(error: FetlockError | None) -> Mapping[str, str]:
    if error is None:
        return {}
    return error.fields if isinstance(error, Invalid) else {"": error.message}


def _field(role: Role) -> str:
    return f"role_{role.id}"


def _seen(columns: Sequence[Role], present: Mapping[int, frozenset[str]]) -> str:
    """What the matrix was when it was shown: another value means that somebody has changed it since."""
    stand = sorted((role_id, sorted(keys)) for role_id, keys in present.items())
    ids = sorted(role.id for role in columns)
    return hashlib.sha256(repr((ids, stand)).encode()).hexdigest()[:16]


def _kernel(request: StaffRequest) -> Kernel:
    kernel: Kernel = request.app.state.kernel
    return kernel


HANDLERS = [role_matrix, save_matrix, add_role, role_page, rename_role, remove_role]
