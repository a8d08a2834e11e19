"""Signing in and out for programs: a cookie, and the token that every change must carry."""

from typing import Any

from litestar import Response, get, post
from pydantic import BaseModel, Field

from fetlock.domain.access import half_way, sign_in
from fetlock.domain.access.sign_in import CodeNeeded
from fetlock.errors import FetlockError
from fetlock_hostapp.plugin import EVERYONE, Desk, JSONBody, StaffRequest, reading, writing
from fetlock_hostapp.web.kernel import csrf
from fetlock_hostapp.web.kernel.kernel import Kernel
from fetlock_hostapp.web.sign_in.session import caller_of, give_sign_in, take_sign_in


class Credentials(BaseModel):
    """Who signs in."""

    user_name: str = Field(min_length=1, max_length=80)
    password: str = Field(min_length=1, max_length=200)
    code: str = Field(
        default="",
        max_length=40,
        description="Of the second factor, or a recovery code, for those who have one. Left out where it is "
        "needed, the refusal has the code second_factor_needed; send all three then.",
    )


class SignedIn(BaseModel):
    """A new sign-in: send `csrf_token` as the header x-csrf-token with everything that changes something."""

    csrf_token: str
    must_change_password: bool


class SecondFactorNeeded(FetlockError):
    """Name and password are right; the code of the second factor is missing."""

    code = "second_factor_needed"
    status = 401

    def __init__(self) -> None:
        super().__init__("Send the code of your second factor along.")


class SiteOfMine(BaseModel):
    """A site that the signed-in person works at."""

    id: int
    slug: str
    name: str


class Me(BaseModel):
    """The signed-in person."""

    id: int
    user_name: str
    full_name: str
    initials: str
    csrf_token: str
    sites: list[SiteOfMine]


@post("/sign-in", public=True, status_code=200, sync_to_thread=True, tags=["Sign-in"], security=[{}])
def sign_in_api(request: StaffRequest, data: JSONBody[Credentials]) -> Response[SignedIn]:
    """Sign in. Refusals are 401, too many of them 429."""
    kernel: Kernel = request.app.state.kernel
    runtime, caller = kernel.runtime, caller_of(request)
    opened = sign_in.sign_in(runtime.database, data.user_name, data.password, caller)
    if isinstance(opened, CodeNeeded):
        if not data.code.strip():
            raise SecondFactorNeeded
        opened = half_way.finish(runtime.database, runtime.secrets, opened, data.code, caller)
    answer = Response(
        SignedIn(csrf_token=csrf.token_for(opened.token), must_change_password=opened.must_change_password)
    )
    give_sign_in(answer, request, opened.token)
    return answer


@post(
    "/sign-out",
    permission=EVERYONE,
    password_may_wait=True,
    sessions_only=True,
    status_code=204,
    idempotency=False,
    sync_to_thread=True,
    tags=["Sign-in"],
)
def sign_out_api(request: StaffRequest) -> Response[None]:
    """End this sign-in."""
    sign_in_id = request.context.sign_in_id

    def work(desk: Desk) -> None:
        if sign_in_id is not None:
            sign_in.sign_out(desk.session, sign_in_id, desk.person.id)

    writing(request, work)
    answer: Response[Any] = Response(None, status_code=204)
    take_sign_in(answer, request)
    return answer


@get("/me", permission=EVERYONE, sync_to_thread=True, tags=["Sign-in"])
def me(request: StaffRequest) -> Me:
    """Who is signed in, with the sites they work at and the token for changes."""
    with reading(request) as desk:
        person = desk.person
        return Me(
            id=person.id,
            user_name=person.user_name,
            full_name=person.full_name,
            initials=person.initials,
            csrf_token="" if request.context.token_id else desk.csrf_token,
            sites=[SiteOfMine(id=site.id, slug=site.slug, name=site.name) for site in desk.sites],
        )


ROOT_HANDLERS = [sign_in_api, sign_out_api, me]
