"""Employees: the list, adding, changing, deactivating, a new password, and what plugins show of them."""

from collections.abc import Callable
from dataclasses import asdict

from litestar import get, post

from fetlock.contracts.staff import StaffContext, StaffFacts, StaffIntegration
from fetlock.domain.access import passwords
from fetlock.domain.staff import assigning, employees, listing
from fetlock.domain.staff.models import Role, Staff
from fetlock.domain.staff.roles import all_roles
from fetlock.errors import FetlockError, NotFound
from fetlock.platform.reading import SessionReading
from fetlock_hostapp.plugin import (
    Desk,
    Form,
    FormData,
    FromPath,
    FromQuery,
    Html,
    StaffRequest,
    reading,
    saving,
    status_of,
    writing,
)
from fetlock_hostapp.web.staff.employee_form import RolesAtSite, draft_of, roles_at_sites, wanted_roles

BASE = "administration/employees"
SHOWN = {"active": True, "deactivated": False, "all": None}


@get("/administration/employees", permission="staff.view", sync_to_thread=True)
def employee_list(request: StaffRequest, show: FromQuery[str] = "active", q: FromQuery[str] = "") -> Html:
    """The list; `show` is active, deactivated or all, `q` a part of the name."""
    if show not in SHOWN:
        raise NotFound("There is no such list.")
    with reading(request) as desk:
        everybody = listing.employees(desk.session, [site.id for site in desk.sites], query=q)
        wanted = SHOWN[show]
        return desk.page(
            "staff/employees.html",
            rows=[row for row in everybody if wanted is None or row.staff.active is wanted],
            counts={
                key: sum(1 for row in everybody if active is None or row.staff.active is active)
                for key, active in SHOWN.items()
            },
            show=show,
            q=q,
        )


@get("/administration/employees/new", permission="staff.edit", sync_to_thread=True)
def new_employee(request: StaffRequest) -> Html:
    """An empty form."""
    with reading(request) as desk:
        return _form(desk, None, Form())


@post("/administration/employees", permission="staff.edit", sync_to_thread=True)
def add_employee(request: StaffRequest, data: FormData) -> Html:
    """Add an employee; their temporary password is on the page that answers, once."""
    temporary = passwords.temporary()
    hashed = passwords.hashed(temporary)

    def work(desk: Desk) -> int:
        staff = employees.add(desk.work, draft_of(data), hashed)
        assigning.assign(desk.work, staff.id, wanted_roles(desk, data, staff.id))
        return staff.id

    def then(desk: Desk, employee_id: int) -> Html:
        staff = _get(desk, employee_id)
        return _form(desk, staff, None, temporary=temporary, told=f"{staff.full_name} is added.")

    def again(desk: Desk, error: FetlockError) -> Html:
        return _form(desk, None, data, error)

    return saving(request, work, then, again)


@get("/administration/employees/{employee_id:int}", permission="staff.view", sync_to_thread=True)
def employee_page(request: StaffRequest, employee_id: FromPath[int]) -> Html:
    """One employee."""
    with reading(request) as desk:
        return _form(desk, _get(desk, employee_id), None)


@post("/administration/employees/{employee_id:int}", permission="staff.edit", sync_to_thread=True)
def change_employee(request: StaffRequest, employee_id: FromPath[int], data: FormData) -> Html:
    """Save what was changed, roles included."""

    def work(desk: Desk) -> Html:
        staff = employees.change(desk.work, employee_id, draft_of(data))
        assigning.assign(desk.work, employee_id, wanted_roles(desk, data, employee_id))
        return desk.redirect(f"{BASE}/{employee_id}", ok=f"{staff.full_name}: saved.")

    def again(desk: Desk, error: FetlockError) -> Html:
        return _form(desk, _get(desk, employee_id), data, error)

    return writing(request, work, again)


@post("/administration/employees/{employee_id:int}/deactivate", permission="staff.edit", sync_to_thread=True)
def deactivate_employee(request: StaffRequest, employee_id: FromPath[int]) -> Html:
    """End their sign-ins now, and let them sign in no longer."""

    def work(desk: Desk) -> Html:
        staff = employees.deactivate(desk.work, employee_id)
        told = f"{staff.full_name} is deactivated and signed out everywhere."
        return desk.redirect(f"{BASE}/{employee_id}", ok=told)

    return writing(request, work, _again(employee_id))


@post("/administration/employees/{employee_id:int}/activate", permission="staff.edit", sync_to_thread=True)
def activate_employee(request: StaffRequest, employee_id: FromPath[int]) -> Html:
    """Let them sign in again."""

    def work(desk: Desk) -> Html:
        staff = employees.activate(desk.work, employee_id)
        return desk.redirect(f"{BASE}/{employee_id}", ok=f"{staff.full_name} may sign in again.")

    return writing(request, work, _again(employee_id))


@post("/administration/employees/{employee_id:int}/password", permission="staff.edit", sync_to_thread=True)
def reset_password(request: StaffRequest, employee_id: FromPath[int]) -> Html:
    """A new temporary password, on the page that answers, once."""
    temporary = passwords.temporary()
    hashed = passwords.hashed(temporary)

    def work(desk: Desk) -> None:
        employees.reset_password(desk.work, employee_id, hashed)

    def then(desk: Desk, _done: None) -> Html:
        staff = _get(desk, employee_id)
        told = f"{staff.full_name} has a new temporary password and is signed out everywhere."
        return _form(desk, staff, None, temporary=temporary, told=told)

    return saving(request, work, then, _again(employee_id))


@get("/administration/employees/{employee_id:int}/integrations", permission="staff.view", sync_to_thread=True)
def employee_integrations(request: StaffRequest, employee_id: FromPath[int]) -> Html:
    """What the plugins that are on here show of this employee; one that fails costs its own row."""
    with reading(request) as desk:
        staff = _get(desk, employee_id)
        context = StaffContext(
            staff=StaffFacts(
                staff_id=staff.id,
                full_name=staff.full_name,
                user_name=staff.user_name,
                email=staff.email,
                active=staff.active,
            ),
            site=desk.work.site_facts,
            viewer=desk.actor,
            reading=SessionReading(desk.session),
        )
        answers = desk.hooks.call("staff_integrations", context, desk.work.enabled)
        shown: list[StaffIntegration] = [item for answer in answers for item in answer.value or ()]
        return desk.fragment(
            "staff/integrations.html",
            integrations=sorted(shown, key=lambda item: (item.weight, item.label)),
            failed=[
                (desk.hooks.registry.plugins[answer.plugin].manifest.label, answer.failure)
                for answer in answers
                if answer.failure
            ],
        )


def _again(employee_id: int) -> Callable[[Desk, FetlockError], Html]:
    """The employee's page once more, with what was refused."""

    def again(desk: Desk, error: FetlockError) -> Html:
        return _form(desk, _get(desk, employee_id), None, error)

    return again


def _form(
    desk: Desk,
    staff: Staff | None,
    typed: Form | None,
    error: FetlockError | None = None,
    *,
    temporary: str = "",
    told: str = "",
) -> Html:
    """The form of an employee, or of a new one; `typed` is what a refused form held."""
    held: dict[int, frozenset[int]] = {}
    values: dict[str, str] = {}
    if staff is not None:
        row = listing.employee(desk.session, staff.id, [site.id for site in desk.sites])
        held = {site.id: row.role_ids(site.id) for site in desk.sites}
        values = asdict(employees.EmployeeDraft.of(staff))
    if typed is not None:
        values = asdict(draft_of(typed))
    roles: list[Role] = list(all_roles(desk.session))
    places: list[RolesAtSite] = roles_at_sites(desk, roles, held, typed)
    return desk.page(
        "staff/employee.html",
        status=200 if error is None else status_of(error),
        staff=staff,
        values=values,
        places=places,
        groups=listing.groups_in_use(desk.session),
        errors=error,
        temporary=temporary,
        told=told,
        may_edit=desk.may("staff.edit"),
        connects=bool(desk.hooks.implementers("staff_integrations", desk.enabled)),
    )


def _get(desk: Desk, employee_id: int) -> Staff:
    staff = desk.session.get(Staff, employee_id)
    if staff is None:
        raise NotFound("There is no such employee.")
    return staff


HANDLERS = [
    employee_list,
    new_employee,
    add_employee,
    employee_page,
    change_employee,
    deactivate_employee,
    activate_employee,
    reset_password,
    employee_integrations,
]
