"""One's second factor: set up with an app, recovery codes shown once, switched off (H-4)."""

import segno
from litestar import get, post
from markupsafe import Markup

from fetlock.domain.access import recovery_codes, second_factor, second_factor_change, sign_ins
from fetlock.errors import FetlockError
from fetlock_hostapp.plugin import (
    EVERYONE,
    Desk,
    FormData,
    Html,
    StaffRequest,
    reading,
    saving,
    status_of,
    writing,
)
from fetlock_hostapp.web.kernel.kernel import Kernel
from fetlock_hostapp.web.sign_in.session import address_of

BASE = "account/second-factor"


@get("/account/second-factor", permission=EVERYONE, second_factor_may_wait=True, sync_to_thread=True)
def second_factor_page(request: StaffRequest) -> Html:
    """How one stands, and what can be done: begin, confirm, new recovery codes, off."""
    with reading(request) as desk:
        return _page(request, desk)


@post("/account/second-factor/begin", permission=EVERYONE, second_factor_may_wait=True, sync_to_thread=True)
def begin_second_factor(request: StaffRequest) -> Html:
    """Make a key, which the page then shows until it is confirmed."""
    kernel: Kernel = request.app.state.kernel

    def work(desk: Desk) -> Html:
        second_factor.begin(desk.work, kernel.runtime.secrets)
        return desk.redirect(BASE)

    return writing(request, work, lambda desk, error: _page(request, desk, error))


@post("/account/second-factor/confirm", permission=EVERYONE, second_factor_may_wait=True, sync_to_thread=True)
def confirm_second_factor(request: StaffRequest, data: FormData) -> Html:
    """Switch it on; the recovery codes are on the page that answers, once. Other sign-ins end."""
    kernel: Kernel = request.app.state.kernel
    codes = recovery_codes.make()
    here = request.context.sign_in_id or 0

    def work(desk: Desk) -> None:
        second_factor.confirm(desk.work, kernel.runtime.secrets, data.text("code"), codes)
        sign_ins.end_others(desk.session, desk.person.id, here)

    def then(desk: Desk, _done: None) -> Html:
        return _codes(desk, codes, "Your second factor is on. Everywhere else you are signed out now.")

    return saving(request, work, then, lambda desk, error: _page(request, desk, error))


@post("/account/second-factor/recovery-codes", permission=EVERYONE, sync_to_thread=True)
def renew_recovery_codes(request: StaffRequest, data: FormData) -> Html:
    """New recovery codes, once on the page that answers; those from before open nothing."""
    runtime = _kernel(request).runtime
    codes = recovery_codes.make()
    with reading(request) as desk:
        staff_id = desk.person.id
    try:
        second_factor_change.renew_codes(
            runtime.database,
            runtime.secrets,
            staff_id,
            data.raw("password"),
            data.text("code"),
            address_of(request),
            codes,
        )
    except FetlockError as error:
        with reading(request) as desk:
            return _page(request, desk, error)
    with reading(request) as desk:
        return _codes(desk, codes, "These are your recovery codes now. Those from before open nothing.")


@post("/account/second-factor/off", permission=EVERYONE, sync_to_thread=True)
def switch_off_second_factor(request: StaffRequest, data: FormData) -> Html:
    """Ask for the password alone from now on."""
    runtime = _kernel(request).runtime
    with reading(request) as desk:
        staff_id = desk.person.id
    try:
        second_factor_change.switch_off(
            runtime.database,
            runtime.secrets,
            staff_id,
            data.raw("password"),
            data.text("code"),
            address_of(request),
        )
    except FetlockError as error:
        with reading(request) as desk:
            return _page(request, desk, error)
    with reading(request) as desk:
        return desk.redirect("account", ok="Your second factor is off.")


def _page(request: StaffRequest, desk: Desk, error: FetlockError | None = None) -> Html:
    state = second_factor.state(desk.session, desk.person.id)
    key = ""
    if state.begun:
        key = second_factor.key_to_show(desk.session, _kernel(request).runtime.secrets, desk.person.id)
    return desk.page(
        "account/second_factor.html",
        status=200 if error is None else status_of(error),
        state=state,
        asked=second_factor.is_asked_of(desk.session, desk.person.id),
        key=" ".join(key[at : at + 4] for at in range(0, len(key), 4)),
        picture=_picture(second_factor.address_of(key, desk.person.user_name)) if key else "",
        errors=error,
    )


def _codes(desk: Desk, codes: tuple[str, ...], told: str) -> Html:
    return desk.page("account/recovery_codes.html", codes=codes, told=told)


def _picture(text: str) -> Markup:
    """A QR code as SVG that needs no style, no script and no other address; dark on light in any theme."""
    code = segno.make(text, error="m", micro=False)
    drawn = code.svg_inline(scale=5, border=4, dark="#000", light="#fff")
    return Markup(drawn)  # noqa: S704 - made of squares by segno; the text is not in it as text


def _kernel(request: StaffRequest) -> Kernel:
    kernel: Kernel = request.app.state.kernel
    return kernel


HANDLERS = [
    second_factor_page,
    begin_second_factor,
    confirm_second_factor,
    renew_recovery_codes,
    switch_off_second_factor,
]
