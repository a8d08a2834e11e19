"""The sign-in page and signing out."""

from litestar import get, post

from fetlock.domain.access import sign_in
from fetlock.domain.access.sign_in import CodeNeeded
from fetlock.domain.sites.models import Organisation
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
from fetlock_hostapp.web.sign_in import code_pages, forced_change_pages
from fetlock_hostapp.web.sign_in.session import (
    caller_of,
    code_address,
    give_half_way,
    give_sign_in,
    onward_address,
    take_sign_in,
)

TOLD = {"out": "You are signed out.", "late": "That took too long. Sign in once more."}
"""What the page says when one comes to it from elsewhere."""


@get("/sign-in", public=True, sync_to_thread=True)
def sign_in_page(
    request: StaffRequest, next: FromQuery[str] = "", out: FromQuery[str] = "", late: FromQuery[str] = ""
) -> Html:
    """The form. `next`: where to go afterwards; `out`: after signing out; `late`: the code came too late."""
    return _form(request, Form({"next": next}), told=TOLD["late"] if late else TOLD["out"] if out else "")


@post("/sign-in", public=True, sync_to_thread=True)
def sign_in_send(request: StaffRequest, data: FormData) -> Html:
    """Sign in, and on to where one was going, or to the code. A refusal keeps the name alone."""
    user_name, password = data.text("user_name"), data.raw("password")
    if not user_name or not password:
        wrong = {} if user_name else {"user_name": "Enter your user name."}
        return _form(
            request, data, Invalid(wrong | ({} if password else {"password": "Enter your password."}))
        )
    kernel: Kernel = request.app.state.kernel
    try:
        opened = sign_in.sign_in(kernel.runtime.database, user_name, password, caller_of(request))
    except FetlockError as error:
        return _form(request, data, error)
    wanted = data.text("next")
    with reading(request) as desk:
        if isinstance(opened, CodeNeeded):
            answer = desk.redirect_to(code_address(wanted))
            give_half_way(answer, request, opened)
        else:
            answer = desk.redirect_to(onward_address(opened, wanted))
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


def _form(request: StaffRequest, typed: Form, error: FetlockError | None = None, *, told: str = "") -> Html:
    with reading(request) as desk:
        organisation = desk.session.query(Organisation).first()
        return desk.page(
            "sign_in/sign_in.html",
            status=200 if error is None else status_of(error),
            typed=typed,
            errors=error,
            told=told,
            organisation=organisation.name if organisation else "",
        )


ROOT_HANDLERS = [
    sign_in_page,
    sign_in_send,
    sign_out_send,
    *code_pages.HANDLERS,
    *forced_change_pages.HANDLERS,
]
