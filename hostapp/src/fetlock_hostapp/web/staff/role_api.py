"""Roles and permissions for programs (H-3)."""

from litestar import delete, get, post, put
from pydantic import BaseModel, Field

from fetlock.domain.access import second_factor_change
from fetlock.domain.staff import roles
from fetlock.domain.staff.models import Role
from fetlock.errors import NotFound
from fetlock_hostapp.plugin import (
    Desk,
    FromPath,
    Id,
    JSONBody,
    StaffRequest,
    reading,
    require_seen,
    writing,
)
from fetlock_hostapp.web.kernel.kernel import Kernel


class PermissionAnswer(BaseModel):
    """A permission that roles may hold. `plugin` is empty for the host's own."""

    key: str
    label: str
    area: str
    plugin: str


class RoleAnswer(BaseModel):
    """A role. `everything`: it holds every permission, whatever `permissions` lists."""

    id: int
    name: str
    description: str
    everything: bool
    second_factor: bool = Field(description="Whether a second factor is asked for at sign-in")
    permissions: list[str]


class RoleNames(BaseModel):
    """A new role; `like` is the id of a role whose permissions it begins with."""

    name: str
    description: str = ""
    like: Id | None = None


class RoleValues(BaseModel):
    """What may be set of a role. Without `permissions` or `second_factor` these stay as they are."""

    name: str
    description: str = ""
    permissions: list[str] | None = None
    second_factor: bool | None = None


@get("/permissions", permission="staff.view", sync_to_thread=True, tags=["Roles"])
def list_permissions(request: StaffRequest) -> list[PermissionAnswer]:
    """Every permission there is, the plugins' included."""
    kernel: Kernel = request.app.state.kernel
    return [
        PermissionAnswer(key=p.key, label=p.label, area=group.label, plugin=group.plugin)
        for group in kernel.groups
        for p in group.permissions
    ]


@get("/roles", permission="staff.view", sync_to_thread=True, tags=["Roles"])
def list_roles(request: StaffRequest) -> list[RoleAnswer]:
    """Every role with what it holds."""
    with reading(request) as desk:
        held = roles.held_by(desk.session)
        return [_shown(role, held.get(role.id, frozenset())) for role in roles.all_roles(desk.session)]


@get("/roles/{role_id:int}", permission="staff.view", sync_to_thread=True, tags=["Roles"])
def one_role(request: StaffRequest, role_id: FromPath[int]) -> RoleAnswer:
    """One role with what it holds."""
    with reading(request) as desk:
        return _answer(desk, role_id)


@post("/roles", permission="staff.roles", sync_to_thread=True, tags=["Roles"])
def add_role_api(request: StaffRequest, data: JSONBody[RoleNames]) -> RoleAnswer:
    """Add a role."""

    def work(desk: Desk) -> RoleAnswer:
        role = roles.add(desk.work, data.name, data.description, like=data.like)
        return _answer(desk, role.id)

    return writing(request, work)


@put(
    "/roles/{role_id:int}",
    permission="staff.roles",
    sync_to_thread=True,
    conditional="required",
    tags=["Roles"],
)
def change_role_api(request: StaffRequest, role_id: FromPath[int], data: JSONBody[RoleValues]) -> RoleAnswer:
    """Set a role's name, description and permissions."""

    def work(desk: Desk) -> RoleAnswer:
        _require_unchanged(request, desk, role_id)
        roles.rename(desk.work, role_id, data.name, data.description)
        if data.permissions is not None:
            roles.set_permissions(desk.work, {role_id: data.permissions})
        if data.second_factor is not None:
            second_factor_change.ask_of_role(desk.work, role_id, data.second_factor)
        return _answer(desk, role_id)

    return writing(request, work)


@delete(
    "/roles/{role_id:int}", permission="staff.roles", sync_to_thread=True, conditional=True, tags=["Roles"]
)
def remove_role_api(request: StaffRequest, role_id: FromPath[int]) -> None:
    """Remove a role that nobody has."""

    def work(desk: Desk) -> None:
        _require_unchanged(request, desk, role_id)
        roles.remove(desk.work, role_id)

    writing(request, work)


def _require_unchanged(request: StaffRequest, desk: Desk, role_id: int) -> None:
    desk.session.get(Role, role_id, with_for_update=True)
    require_seen(request, lambda: _answer(desk, role_id))


def _answer(desk: Desk, role_id: int) -> RoleAnswer:
    role = desk.session.get(Role, role_id)
    if role is None:
        raise NotFound("There is no such role.")
    return _shown(role, roles.held_by(desk.session).get(role_id, frozenset()))


def _shown(role: Role, held: frozenset[str]) -> RoleAnswer:
    return RoleAnswer(
        id=role.id,
        name=role.name,
        description=role.description,
        everything=role.everything,
        second_factor=role.second_factor_since is not None,
        permissions=sorted(held),
    )


HANDLERS = [list_permissions, list_roles, one_role, add_role_api, change_role_api, remove_role_api]
