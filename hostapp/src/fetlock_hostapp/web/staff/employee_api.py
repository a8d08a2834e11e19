"""Employees for programs (H-2)."""

from litestar import get, post, put
from pydantic import BaseModel, Field

from fetlock.domain.staff import assigning, employees, listing, passwords
from fetlock.domain.staff.employees import EmployeeDraft
from fetlock_hostapp.plugin import Desk, FromPath, FromQuery, JSONBody, StaffRequest, reading, writing


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

    site_id: int
    role_ids: list[int]


class Employee(EmployeeValues):
    """An employee, with the roles at the sites that the signed-in person works at."""

    id: int
    full_name: str
    active: bool
    must_change_password: bool
    roles: list[RolesAtSite]


class EmployeeWithPassword(Employee):
    """An employee with a new temporary password, told this once."""

    temporary_password: str


class RolesWanted(BaseModel):
    """The roles that an employee shall have at each of these sites; sites left out stay as they are."""

    roles: list[RolesAtSite]


@get("/employees", permission="staff.view", sync_to_thread=True, tags=["Employees"])
def list_employees(
    request: StaffRequest, active: FromQuery[bool | None] = None, q: FromQuery[str] = ""
) -> list[Employee]:
    """Employees by last name; `q` is a part of the name or user name."""
    with reading(request) as desk:
        rows = listing.employees(desk.session, [site.id for site in desk.sites], active=active, query=q)
        return [_shown(desk, row) for row in rows]


@get("/employees/{employee_id:int}", permission="staff.view", sync_to_thread=True, tags=["Employees"])
def one_employee(request: StaffRequest, employee_id: FromPath[int]) -> Employee:
    """One employee."""
    with reading(request) as desk:
        return _answer(desk, employee_id)


@post("/employees", permission="staff.edit", sync_to_thread=True, tags=["Employees"])
def add_employee_api(request: StaffRequest, data: JSONBody[EmployeeValues]) -> EmployeeWithPassword:
    """Add an employee, still without roles, with a temporary password."""
    temporary = passwords.temporary()
    hashed = passwords.hashed(temporary)
    draft = EmployeeDraft(**data.model_dump())

    def work(desk: Desk) -> EmployeeWithPassword:
        staff = employees.add(desk.work, draft, hashed)
        return EmployeeWithPassword(**_answer(desk, staff.id).model_dump(), temporary_password=temporary)

    return writing(request, work)


@put("/employees/{employee_id:int}", permission="staff.edit", sync_to_thread=True, tags=["Employees"])
def change_employee_api(
    request: StaffRequest, employee_id: FromPath[int], data: JSONBody[EmployeeValues]
) -> Employee:
    """Set everything that may be set of an employee; what is left out takes its default."""
    draft = EmployeeDraft(**data.model_dump())

    def work(desk: Desk) -> Employee:
        employees.change(desk.work, employee_id, draft)
        return _answer(desk, employee_id)

    return writing(request, work)


@put("/employees/{employee_id:int}/roles", permission="staff.edit", sync_to_thread=True, tags=["Employees"])
def assign_roles_api(
    request: StaffRequest, employee_id: FromPath[int], data: JSONBody[RolesWanted]
) -> Employee:
    """Set the roles at some sites, all of a site's at once."""
    wanted = {place.site_id: place.role_ids for place in data.roles}

    def work(desk: Desk) -> Employee:
        assigning.assign(desk.work, employee_id, wanted)
        return _answer(desk, employee_id)

    return writing(request, work)


@post(
    "/employees/{employee_id:int}/deactivate",
    permission="staff.edit",
    status_code=200,
    sync_to_thread=True,
    tags=["Employees"],
)
def deactivate_employee_api(request: StaffRequest, employee_id: FromPath[int]) -> Employee:
    """End their sign-ins now, and let them sign in no longer."""

    def work(desk: Desk) -> Employee:
        employees.deactivate(desk.work, employee_id)
        return _answer(desk, employee_id)

    return writing(request, work)


@post(
    "/employees/{employee_id:int}/activate",
    permission="staff.edit",
    status_code=200,
    sync_to_thread=True,
    tags=["Employees"],
)
def activate_employee_api(request: StaffRequest, employee_id: FromPath[int]) -> Employee:
    """Let them sign in again."""

    def work(desk: Desk) -> Employee:
        employees.activate(desk.work, employee_id)
        return _answer(desk, employee_id)

    return writing(request, work)


@post(
    "/employees/{employee_id:int}/password",
    permission="staff.edit",
    status_code=200,
    sync_to_thread=True,
    tags=["Employees"],
)
def reset_password_api(request: StaffRequest, employee_id: FromPath[int]) -> EmployeeWithPassword:
    """Give them a new temporary password; their sign-ins end."""
    temporary = passwords.temporary()
    hashed = passwords.hashed(temporary)

    def work(desk: Desk) -> EmployeeWithPassword:
        employees.reset_password(desk.work, employee_id, hashed)
        return EmployeeWithPassword(**_answer(desk, employee_id).model_dump(), temporary_password=temporary)

    return writing(request, work)


def _answer(desk: Desk, employee_id: int) -> Employee:
    return _shown(desk, listing.employee(desk.session, employee_id, [site.id for site in desk.sites]))


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
