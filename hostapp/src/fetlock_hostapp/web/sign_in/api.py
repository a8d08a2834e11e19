"""Signing in and out for programs: a cookie, and the token that every change must carry."""

from typing import Any

from litestar import Response, get, post
from pydantic import BaseModel, Field

from fetlock.domain.staff import sign_in
from fetlock_hostapp.plugin import EVERYONE, Desk, JSONBody, StaffRequest, reading, writing
from fetlock_hostapp.web.kernel import csrf
from fetlock_hostapp.web.kernel.kernel import Kernel
from fetlock_hostapp.web.sign_in.session import address_of, give_sign_in, old_token, take_sign_in


class Credentials(BaseModel):
    """Who signs in."""

    user_name: str = Field(min_length=1, max_length=80)
    password: str = Field(min_length=1, max_length=200)


class SignedIn(BaseModel):
    """A new sign-in: send `csrf_token` as the header x-csrf-token with everything that changes something."""

    csrf_token: str
    must_change_password: bool


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
    opened = sign_in.sign_in(
        kernel.runtime.database,
        data.user_name,
        data.password,
        address_of(request),
        replaces=old_token(request),
    )
    answer = Response(
        SignedIn(csrf_token=csrf.token_for(opened.token), must_change_password=opened.must_change_password)
    )
    give_sign_in(answer, request, opened.token)
    return answer


@post("/sign-out", permission=EVERYONE, password_may_wait=True, sync_to_thread=True, tags=["Sign-in"])
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
            csrf_token=desk.csrf_token,
            sites=[SiteOfMine(id=site.id, slug=site.slug, name=site.name) for site in desk.sites],
        )


ROOT_HANDLERS = [sign_in_api, sign_out_api, me]
