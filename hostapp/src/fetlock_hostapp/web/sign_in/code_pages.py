"""The page between password and start: the code of the second factor (H-4)."""

from litestar import get, post

from fetlock.domain.access import half_way
from fetlock.domain.access.half_way import HalfWayEnded
from fetlock.errors import FetlockError, Invalid
from fetlock_hostapp.plugin import Form, FormData, FromQuery, Html, StaffRequest, reading, status_of
from fetlock_hostapp.web.kernel import cookies
from fetlock_hostapp.web.kernel.kernel import Kernel
from fetlock_hostapp.web.sign_in.session import caller_of, give_sign_in, onward_address

FEW = 3


@get("/sign-in/code", public=True, sync_to_thread=True)
def code_page(request: StaffRequest, next: FromQuery[str] = "") -> Html:
    """Asks for the code; whoever has not given their password just now is led back to the beginning."""
    kernel: Kernel = request.app.state.kernel
    try:
        half_way.opened(kernel.runtime.secrets, request.cookies.get(cookies.HALF_WAY, ""))
    except HalfWayEnded:
        return _back(request)
    return _form(request, Form({"next": next}))


@post("/sign-in/code", public=True, sync_to_thread=True)
def code_send(request: StaffRequest, data: FormData) -> Html:
    """Sign in with the code, and on to where one was going."""
    kernel: Kernel = request.app.state.kernel
    runtime = kernel.runtime
    code = data.text("code")
    try:
        needed = half_way.opened(runtime.secrets, request.cookies.get(cookies.HALF_WAY, ""))
        if not code:
            raise Invalid({"code": "Enter the code."})
        signed = half_way.finish(runtime.database, runtime.secrets, needed, code, caller_of(request))
    except HalfWayEnded:
        return _back(request)
    except FetlockError as error:
        return _form(request, data, error)
    request.context.secret = signed.token  # the notice is sealed for the new sign-in
    with reading(request) as desk:
        answer = desk.redirect_to(onward_address(signed, data.text("next")), warn=_warning(signed.codes_left))
    give_sign_in(answer, request, signed.token)
    return answer


def _warning(codes_left: int | None) -> str:
    if codes_left is None:
        return ""
    left = {0: "That was your last recovery code.", 1: "You have one recovery code left."}.get(
        codes_left, f"You have {codes_left} recovery codes left."
    )
    return left + (" Make new ones in your account." if codes_left <= FEW else "")


def _back(request: StaffRequest) -> Html:
    with reading(request) as desk:
        answer = desk.redirect_to("/sign-in?late=1")
    answer.cookies.append(cookies.ended(request, cookies.HALF_WAY))
    return answer


def _form(request: StaffRequest, typed: Form, error: FetlockError | None = None) -> Html:
    with reading(request) as desk:
        return desk.page(
            "sign_in/code.html",
            status=200 if error is None else status_of(error),
            typed=typed,
            errors=error,
        )


HANDLERS = [code_page, code_send]
