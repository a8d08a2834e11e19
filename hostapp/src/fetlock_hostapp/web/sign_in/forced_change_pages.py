"""The page that asks for a password of one's own, after somebody else has chosen it (H-4)."""

from litestar import get, post

from fetlock.domain.access import password_change, passwords
from fetlock.errors import FetlockError
from fetlock_hostapp.plugin import EVERYONE, FormData, Html, StaffRequest, reading, status_of
from fetlock_hostapp.web.kernel.kernel import Kernel
from fetlock_hostapp.web.sign_in.session import caller_of, give_sign_in


@get("/change-password", permission=EVERYONE, password_may_wait=True, sync_to_thread=True)
def forced_change_page(request: StaffRequest) -> Html:
    """Asks for a password of one's own."""
    return _form(request)


@post("/change-password", permission=EVERYONE, password_may_wait=True, sync_to_thread=True)
def forced_change_send(request: StaffRequest, data: FormData) -> Html:
    """Change it, and on to the start; every other sign-in of the person ends."""
    kernel: Kernel = request.app.state.kernel
    with reading(request) as desk:
        person, answer = desk.person, desk.redirect_to("/")
    try:
        token = password_change.change_own(
            kernel.runtime.database,
            person.id,
            data.raw("current"),
            data.raw("new"),
            data.raw("repeated"),
            caller_of(request),
        )
    except FetlockError as error:
        return _form(request, error)
    give_sign_in(answer, request, token)
    return answer


def _form(request: StaffRequest, error: FetlockError | None = None) -> Html:
    with reading(request) as desk:
        return desk.page(
            "sign_in/change_password.html",
            status=200 if error is None else status_of(error),
            errors=error,
            shortest=passwords.SHORTEST,
        )


HANDLERS = [forced_change_page, forced_change_send]
