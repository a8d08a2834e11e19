"""The sign-in page, signing out, and the page that asks for a password of one's own."""

from litestar import get, post

from fetlock.domain.sites.models import Organisation
from fetlock.domain.staff import password_change, passwords, sign_in
from fetlock.errors import FetlockError, Invalid
from fetlock_hostapp.plugin import (
    EVERYONE,
    Desk,
    Form,
    FormData,
    FromQuery,
    Html,
    StaffRequest,
    reading,
    status_of,
    writing,
)
from fetlock_hostapp.web.kernel.kernel import Kernel
from fetlock_hostapp.web.sign_in.session import (
    address_of,
    give_sign_in,
    old_token,
    safe_next,
    take_sign_in,
)


@get("/sign-in", public=True, sync_to_thread=True)
def sign_in_page(request: StaffRequest, next: FromQuery[str] = "", out: FromQuery[str] = "") -> Html:
    """The form; `next` is where to go afterwards, `out` says that one has just signed out."""
    return _form(request, Form({"next": next}), signed_out=bool(out))


@post("/sign-in", public=True, sync_to_thread=True)
def sign_in_send(request: StaffRequest, data: FormData) -> Html:
    """Sign in, and on to where one was going. A refusal keeps the name, never the password."""
    user_name, password = data.text("user_name"), data.raw("password")
    if not user_name or not password:
        wrong = {} if user_name else {"user_name": "Enter your user name."}
        return _form(
            request, data, Invalid(wrong | ({} if password else {"password": "Enter your password."}))
        )
    database = _kernel(request).runtime.database
    try:
        opened = sign_in.sign_in(
            database, user_name, password, address_of(request), replaces=old_token(request)
        )
    except FetlockError as error:
        return _form(request, data, error)
    with reading(request) as desk:
        onward = "/change-password" if opened.must_change_password else safe_next(data.text("next"))
        answer = desk.redirect_to(onward)
    give_sign_in(answer, request, opened.token)
    return answer


@post("/sign-out", permission=EVERYONE, password_may_wait=True, sync_to_thread=True)
def sign_out_send(request: StaffRequest) -> Html:
    """End this sign-in."""
    sign_in_id = request.context.sign_in_id

    def work(desk: Desk) -> Html:
        if sign_in_id is not None:
            sign_in.sign_out(desk.session, sign_in_id, desk.person.id)
        return desk.redirect_to("/sign-in?out=1")

    answer = writing(request, work)
    take_sign_in(answer, request)
    return answer


@get("/change-password", permission=EVERYONE, password_may_wait=True, sync_to_thread=True)
def forced_change_page(request: StaffRequest) -> Html:
    """Asks for a password of one's own."""
    return _change_form(request)


@post("/change-password", permission=EVERYONE, password_may_wait=True, sync_to_thread=True)
def forced_change_send(request: StaffRequest, data: FormData) -> Html:
    """Change it, and on to the start; every other sign-in of the person ends."""
    with reading(request) as desk:
        person, answer = desk.person, desk.redirect_to("/")
    try:
        token = password_change.change_own(
            _kernel(request).runtime.database,
            person.id,
            data.raw("current"),
            data.raw("new"),
            data.raw("repeated"),
        )
    except FetlockError as error:
        return _change_form(request, error)
    give_sign_in(answer, request, token)
    return answer


def _form(
    request: StaffRequest, typed: Form, error: FetlockError | None = None, *, signed_out: bool = False
) -> Html:
    with reading(request) as desk:
        organisation = desk.session.query(Organisation).first()
        return desk.page(
            "sign_in/sign_in.html",
            status=200 if error is None else status_of(error),
            typed=typed,
            errors=error,
            signed_out=signed_out,
            organisation=organisation.name if organisation else "",
        )


def _change_form(request: StaffRequest, error: FetlockError | None = None) -> Html:
    with reading(request) as desk:
        return desk.page(
            "sign_in/change_password.html",
            status=200 if error is None else status_of(error),
            errors=error,
            shortest=passwords.SHORTEST,
        )


def _kernel(request: StaffRequest) -> Kernel:
    kernel: Kernel = request.app.state.kernel
    return kernel


ROOT_HANDLERS = [sign_in_page, sign_in_send, sign_out_send, forced_change_page, forced_change_send]
