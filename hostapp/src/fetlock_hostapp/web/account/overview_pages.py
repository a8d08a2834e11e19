"""One's account at a glance: open sign-ins, and the API tokens with what is done to them (H-4, H-6)."""

from dataclasses import asdict

from litestar import get, post

from fetlock.domain.access import second_factor, sign_ins, tokens
from fetlock.domain.access.tokens import NewToken, TokenDraft
from fetlock.errors import FetlockError, Invalid
from fetlock_hostapp.plugin import (
    EVERYONE,
    Desk,
    Form,
    FormData,
    FromPath,
    Html,
    StaffRequest,
    reading,
    saving,
    status_of,
    writing,
)
from fetlock_hostapp.web.account.browsers import browser_in_words
from fetlock_hostapp.web.kernel.kernel import Kernel

BASE = "account"


@get("/account", permission=EVERYONE, sync_to_thread=True)
def account_page(request: StaffRequest) -> Html:
    """Everything about one's own way in."""
    with reading(request) as desk:
        return _page(request, desk)


@post("/account/sign-ins/end-others", permission=EVERYONE, sync_to_thread=True)
def end_other_sign_ins(request: StaffRequest) -> Html:
    """Sign out everywhere but here."""
    here = request.context.sign_in_id or 0

    def work(desk: Desk) -> Html:
        ended = sign_ins.end_others(desk.session, desk.person.id, here)
        told = {0: "You were signed in nowhere else.", 1: "One other sign-in has ended."}
        return desk.redirect(BASE, ok=told.get(ended, f"{ended} other sign-ins have ended."))

    return writing(request, work)


@post("/account/tokens", permission=EVERYONE, sync_to_thread=True)
def add_token(request: StaffRequest, data: FormData) -> Html:
    """Make a token for oneself; it is on the page that answers, once."""
    kernel: Kernel = request.app.state.kernel
    longest = kernel.runtime.installation.longest_token_days

    def work(desk: Desk) -> NewToken:
        return tokens.create(desk.work, _draft(data), longest=longest)

    def then(desk: Desk, made: NewToken) -> Html:
        return _page(request, desk, made=made)

    def again(desk: Desk, error: FetlockError) -> Html:
        return _page(request, desk, new=data, error=error)

    return saving(request, work, then, again)


@post("/account/tokens/{token_id:int}/revoke", permission=EVERYONE, sync_to_thread=True)
def revoke_token(request: StaffRequest, token_id: FromPath[int]) -> Html:
    """End one of one's own tokens."""

    def work(desk: Desk) -> Html:
        row = tokens.revoke(desk.work, desk.person.id, token_id)
        return desk.redirect(BASE, ok=f"The token {row.name} opens nothing any more.")

    return writing(request, work)


def _draft(data: Form) -> TokenDraft:
    wrong: dict[str, str] = {}
    numbers: dict[str, int | None] = {}
    for name, label in (("days", "Days"), ("site_id", "Site")):
        try:
            numbers[name] = data.optional_integer(name, label)
        except Invalid as error:
            wrong |= error.fields
    if wrong:
        raise Invalid(wrong)
    return TokenDraft(
        name=data.text("name"),
        scope=data.text("scope"),
        site_id=numbers["site_id"],
        days=numbers["days"] or 0,
    )


def _page(
    request: StaffRequest,
    desk: Desk,
    *,
    made: NewToken | None = None,
    new: Form | None = None,
    error: FetlockError | None = None,
) -> Html:
    """The page; `made`: a token to be shown this once; `new`: what a refused form held."""
    kernel: Kernel = request.app.state.kernel
    values = {name: str(value or "") for name, value in asdict(TokenDraft(name="")).items()}
    here = request.context.sign_in_id
    return desk.page(
        "account/account.html",
        status=200 if error is None else status_of(error),
        second_factor=second_factor.state(desk.session, desk.person.id),
        sign_ins=[
            (row, browser_in_words(row.browser), row.id == here)
            for row in sign_ins.open_of(desk.session, desk.person.id)
        ],
        tokens=tokens.tokens_of(desk.session, desk.person.id),
        made=made.plain if made else "",
        new=values | ({name: new.text(name) for name in values} if new is not None else {}),
        opened=new is not None,
        longest=kernel.runtime.installation.longest_token_days,
        errors=error,
    )


HANDLERS = [account_page, end_other_sign_ins, add_token, revoke_token]
