"""Employees for programs (H-2)."""

from collections.abc import Callable
from typing import Annotated, Final

from litestar import get, post, put
from litestar.params import QueryParameter
from pydantic import BaseModel, Field, TypeAdapter

from fetlock.domain.access import passwords
from fetlock.domain.staff import assigning, employees, listing
from fetlock.domain.staff.employees import EmployeeDraft
from fetlock.domain.staff.models import Staff
from fetlock_hostapp.plugin import (
    Cursor,
    CursorList,
    Desk,
    FromPath,
    FromQuery,
    Id,
    JSONBody,
    Limit,
    StaffRequest,
    position,
    reading,
    require_seen,
    writing,
)
from fetlock_hostapp.web.kernel.paging import KeyText, WholeKey

TAG = "Employees"
PLACE: Final = TypeAdapter(tuple[KeyText, KeyText, WholeKey])


class EmployeeValues(BaseModel):
    """What may be set of an employee."""

    first_name: str
    last_name: str
    user_name: str
    prefix: str = ""
    suffix: str = ""
    initials: str = Field(default="", description="Left empty: made from the name")
    email: str = ""
    staff_group: str = ""


class RolesAtSite(BaseModel):
    """The roles of an employee at a site."""

    site_id: Id
    role_ids: list[Id]


class Employee(EmployeeValues):
    """An employee, with the roles at the sites that the signed-in person works at."""

    id: int
    full_name: str
    active: bool
    must_change_password: bool
    roles: list[RolesAtSite]


class EmployeeList(CursorList[Employee]):
    """Employees by last name."""


class EmployeeWithPassword(Employee):
    """An employee with a new temporary password, told this once."""

    temporary_password: str


class RolesWanted(BaseModel):
    """The roles that an employee shall have at each of these sites; sites left out stay as they are."""

    roles: list[RolesAtSite]


@get("/employees", permission="staff.view", sync_to_thread=True, tags=[TAG])
def list_employees(
    request: StaffRequest,
    active: FromQuery[bool | None] = None,
    q: Annotated[str, QueryParameter(max_length=200)] = "",
    limit: Limit = 50,
    cursor: Cursor = "",
) -> EmployeeList:
    """Employees by last name; `q` is a part of the name or user name."""
    after = position(cursor, PLACE)
    with reading(request) as desk:
        rows = listing.employees(
            desk.session, _sites(desk), active=active, query=q, last=after, limit=limit + 1
        )
        return EmployeeList.of(
            request,
            rows,
            limit,
            lambda row: _shown(desk, row),
            lambda row: (row.staff.last_name, row.staff.first_name, row.staff.id),
        )


@get("/employees/{employee_id:int}", permission="staff.view", sync_to_thread=True, tags=[TAG])
def one_employee(request: StaffRequest, employee_id: FromPath[int]) -> Employee:
    """One employee."""
    with reading(request) as desk:
        return _answer(desk, employee_id)


@post("/employees", permission="staff.edit", sync_to_thread=True, tags=[TAG])
def add_employee_api(request: StaffRequest, data: JSONBody[EmployeeValues]) -> EmployeeWithPassword:
    """Add an employee, still without roles, with a temporary password."""
    draft = EmployeeDraft(**data.model_dump())
    return _with_password(request, lambda desk, hashed: employees.add(desk.work, draft, hashed).id)


@put(
    "/employees/{employee_id:int}",
    permission="staff.edit",
    sync_to_thread=True,
    conditional="required",
    tags=[TAG],
)
def change_employee_api(
    request: StaffRequest, employee_id: FromPath[int], data: JSONBody[EmployeeValues]
) -> Employee:
    """Set everything that may be set of an employee; what is left out takes its default."""
    draft = EmployeeDraft(**data.model_dump())
    return _changed(request, employee_id, lambda desk: employees.change(desk.work, employee_id, draft))


@put(
    "/employees/{employee_id:int}/roles",
    permission="staff.edit",
    sync_to_thread=True,
    conditional=True,
    tags=[TAG],
)
def assign_roles_api(
    request: StaffRequest, employee_id: FromPath[int], data: JSONBody[RolesWanted]
) -> Employee:
    """Set the roles at some sites, all of a site's at once."""
    wanted = {place.site_id: place.role_ids for place in data.roles}
    return _changed(request, employee_id, lambda desk: assigning.assign(desk.work, employee_id, wanted))


@post(
    "/employees/{employee_id:int}/deactivate",
    permission="staff.edit",
    status_code=200,
    sync_to_thread=True,
    conditional=True,
    tags=[TAG],
)
def deactivate_employee_api(request: StaffRequest, employee_id: FromPath[int]) -> Employee:
    """End their sign-ins now, and let them sign in no longer."""
    return _changed(request, employee_id, lambda desk: employees.deactivate(desk.work, employee_id))


@post(
    "/employees/{employee_id:int}/activate",
    permission="staff.edit",
    status_code=200,
    sync_to_thread=True,
    conditional=True,
    tags=[TAG],
)
def activate_employee_api(request: StaffRequest, employee_id: FromPath[int]) -> Employee:
    """Let them sign in again."""
    return _changed(request, employee_id, lambda desk: employees.activate(desk.work, employee_id))


@post(
    "/employees/{employee_id:int}/password",
    permission="staff.edit",
    status_code=200,
    sync_to_thread=True,
    tags=[TAG],
)
def reset_password_api(request: StaffRequest, employee_id: FromPath[int]) -> EmployeeWithPassword:
    """Give them a new temporary password; their sign-ins end."""

    def command(desk: Desk, hashed: str) -> int:
        employees.reset_password(desk.work, employee_id, hashed)
        return employee_id

    return _with_password(request, command)


def _with_password(request: StaffRequest, command: Callable[[Desk, str], int]) -> EmployeeWithPassword:
    """Run a command that takes the hash of a new temporary password and answers whose it is."""
    temporary = passwords.temporary()
    hashed = passwords.hashed(temporary)

    def work(desk: Desk) -> EmployeeWithPassword:
        employee = _answer(desk, command(desk, hashed))
        return EmployeeWithPassword(**employee.model_dump(), temporary_password=temporary)

    return writing(request, work)


def _changed(request: StaffRequest, employee_id: int, command: Callable[[Desk], object]) -> Employee:
    """Run a command about an employee that nobody else changes meanwhile, and answer the employee."""

    def work(desk: Desk) -> Employee:
        desk.session.get(Staff, employee_id, with_for_update=True)
        require_seen(request, lambda: _answer(desk, employee_id))
        command(desk)
        return _answer(desk, employee_id)

    return writing(request, work)


def _sites(desk: Desk) -> list[int]:
    return [site.id for site in desk.sites]


def _answer(desk: Desk, employee_id: int) -> Employee:
    return _shown(desk, listing.employee(desk.session, employee_id, _sites(desk)))


def _shown(desk: Desk, row: listing.EmployeeRow) -> Employee:
    staff = row.staff
    values = EmployeeValues.model_validate(staff, from_attributes=True)
    return Employee(
        **values.model_dump(),
        id=staff.id,
        full_name=staff.full_name,
        active=staff.active,
        must_change_password=staff.must_change_password,
        roles=[
            RolesAtSite(site_id=site.id, role_ids=sorted(row.role_ids(site.id)))
            for site in desk.sites
            if row.role_ids(site.id)
        ],
    )


HANDLERS = [
    list_employees,
    one_employee,
    add_employee_api,
    change_employee_api,
    assign_roles_api,
    deactivate_employee_api,
    activate_employee_api,
    reset_password_api,
]
