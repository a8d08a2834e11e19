"""The part of an employee's page about their ways in: reset a second factor, revoke a token (H-4, H-6)."""

from litestar import get, post

from fetlock.domain.access import second_factor, second_factor_change, tokens
from fetlock.domain.staff.models import Staff
from fetlock.errors import NotFound
from fetlock_hostapp.plugin import Desk, FromPath, Html, StaffRequest, reading, writing

BASE = "administration/employees"


@get("/administration/employees/{employee_id:int}/access", permission="staff.view", sync_to_thread=True)
def employee_access(request: StaffRequest, employee_id: FromPath[int]) -> Html:
    """Second factor and tokens of an employee, as a part of their page."""
    with reading(request) as desk:
        staff = desk.session.get(Staff, employee_id)
        if staff is None:
            raise NotFound("There is no such employee.")
        return desk.fragment(
            "employee_access/access.html",
            staff=staff,
            second_factor=second_factor.state(desk.session, employee_id),
            asked=second_factor.is_asked_of(desk.session, employee_id),
            tokens=tokens.tokens_of(desk.session, employee_id),
            may_edit=desk.may("staff.edit"),
        )


@post(
    "/administration/employees/{employee_id:int}/second-factor/reset",
    permission="staff.edit",
    sync_to_thread=True,
)
def reset_second_factor(request: StaffRequest, employee_id: FromPath[int]) -> Html:
    """Take the second factor of somebody away who has lost it; they are signed out everywhere."""

    def work(desk: Desk) -> Html:
        staff = second_factor_change.reset(desk.work, employee_id)
        told = f"{staff.full_name} signs in with the password alone now, and is signed out everywhere."
        return desk.redirect(f"{BASE}/{employee_id}", ok=told)

    return writing(request, work)


@post(
    "/administration/employees/{employee_id:int}/tokens/{token_id:int}/revoke",
    permission="staff.edit",
    sync_to_thread=True,
)
def revoke_employee_token(request: StaffRequest, employee_id: FromPath[int], token_id: FromPath[int]) -> Html:
    """End a token of an employee."""

    def work(desk: Desk) -> Html:
        row = tokens.revoke(desk.work, employee_id, token_id)
        return desk.redirect(f"{BASE}/{employee_id}", ok=f"The token {row.name} opens nothing any more.")

    return writing(request, work)


HANDLERS = [employee_access, reset_second_factor, revoke_employee_token]
