"""Changing one's own password (H-4)."""

from litestar import get, post

from fetlock.domain.access import password_change, passwords
from fetlock.errors import FetlockError
from fetlock_hostapp.plugin import (
    EVERYONE,
    FormData,
    Html,
    StaffRequest,
    reading,
    status_of,
)
from fetlock_hostapp.web.kernel.kernel import Kernel
from fetlock_hostapp.web.sign_in.session import caller_of, give_sign_in


@get("/account/password", permission=EVERYONE, sync_to_thread=True)
def password_page(request: StaffRequest) -> Html:
    """The form for a new password."""
    return _form(request)


@post("/account/password", permission=EVERYONE, sync_to_thread=True)
def change_password(request: StaffRequest, data: FormData) -> Html:
    """Change it: this browser gets a new sign-in, every other one of the person ends."""
    kernel: Kernel = request.app.state.kernel
    with reading(request) as desk:
        staff_id = desk.person.id
    try:
        token = password_change.change_own(
            kernel.runtime.database,
            staff_id,
            data.raw("current"),
            data.raw("new"),
            data.raw("repeated"),
            caller_of(request),
        )
    except FetlockError as error:
        return _form(request, error)
    request.context.secret = token  # the notice below is sealed for the new sign-in
    with reading(request) as desk:
        answer = desk.redirect(
            "account/password", ok="Your password is changed. Everywhere else you are signed out now."
        )
    give_sign_in(answer, request, token)
    return answer


def _form(request: StaffRequest, error: FetlockError | None = None) -> Html:
    with reading(request) as desk:
        return desk.page(
            "account/password.html",
            status=200 if error is None else status_of(error),
            errors=error,
            shortest=passwords.SHORTEST,
        )


HANDLERS = [password_page, change_password]
