"""A plugin whose handlers end in every way that a handler can."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from litestar import Router, get, post
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError
from typing_extensions import override

from fetlock import Manifest, Work, hookimpl
from fetlock.contracts import HOOK_API, Veto
from fetlock.database.holding import command
from fetlock.domain.sites.models import Site
from fetlock.errors import Blocked, Busy, Conflict, FetlockError, Invalid, NotFound, NotPermitted
from fetlock.hooks import RegistrationHooks
from fetlock_hostapp.plugin import (
    EVERYONE,
    Desk,
    FormData,
    FromPath,
    FromQuery,
    Html,
    JSONBody,
    PageHooks,
    StaffRequest,
    reading,
    saving,
    staff_api_router,
    staff_router,
    writing,
)

NAME = "trouble"
seen: list[str] = []

ENDINGS: dict[str, Any] = {
    "not_found": NotFound("There is no such cat."),
    "not_permitted": NotPermitted("invoices.void"),
    "conflict": Conflict("Somebody was quicker."),
    "blocked": Blocked([Veto(reason="Not on Sundays.", field="day"), Veto(reason="Nor at night.")]),
    "invalid": Invalid({"name": "Enter a name.", "": "And more."}),
    "busy": Busy(),
    "fault": RuntimeError("Moss of client 57"),
    "integrity": IntegrityError("INSERT", {}, Exception("UNIQUE constraint failed")),
}


@command
def move(work: Work, city: str) -> None:
    """What a command of core does on a plugin's behalf: write a table of core."""
    work.site.city = city


class Body(BaseModel):
    name: str
    amount: Decimal


@get("/{ending:str}", permission=EVERYONE, sync_to_thread=True)
def end(ending: FromPath[str]) -> Html:
    raise ENDINGS[ending]


@post("/{ending:str}", permission=EVERYONE, sync_to_thread=True)
def end_writing(request: StaffRequest, ending: FromPath[str], data: FormData) -> Html:
    def work(desk: Desk) -> Html:
        raise ENDINGS[ending]

    return writing(request, work)


@post("/again/{ending:str}", permission=EVERYONE, sync_to_thread=True)
def end_again(request: StaffRequest, ending: FromPath[str], data: FormData) -> Html:
    def work(desk: Desk) -> Html:
        move(desk.work, "half saved")
        raise ENDINGS[ending]

    def again(desk: Desk, error: FetlockError) -> Html:
        city = desk.work.site.city
        told = f"{error.code}: {data.text('name')} at “{city}”"
        return desk.fragment("kernel/notice.html", status=422, text=told, incident="")

    return writing(request, work, again)


@post("/busy-twice", permission=EVERYONE, sync_to_thread=True)
def busy_twice(request: StaffRequest) -> Html:
    def work(desk: Desk) -> str:
        move(desk.work, desk.work.site.city + "x")
        seen.append(desk.work.site.city)
        if len(seen) < 3:
            raise OperationalError("COMMIT", {}, Exception("database is locked"))
        return desk.work.site.city

    def then(desk: Desk, city: str) -> Html:
        stored = desk.session.get_one(Site, desk.site.id).city
        return desk.fragment("kernel/notice.html", text=f"{city}={stored}", incident="")

    return saving(request, work, then)


@get("/writes", permission=EVERYONE, sync_to_thread=True)
def write_while_reading(request: StaffRequest) -> Html:
    with reading(request) as desk:
        desk.session.execute(text("UPDATE site SET city = 'written by a GET'"))
        return desk.redirect("")


@get("/flash", permission=EVERYONE, sync_to_thread=True)
def leave_notice(request: StaffRequest, words: FromQuery[str]) -> Html:
    with reading(request) as desk:
        return desk.redirect("account/password", ok=words, warn="Mind the dog.")


@post("/sums", permission=EVERYONE, sync_to_thread=True)
def sums(data: JSONBody[Body]) -> dict[str, Any]:
    return {"name": data.name, "amount": data.amount}


class Pages(PageHooks):
    @hookimpl
    @override
    def routers(self) -> Sequence[Router]:
        pages = [end, end_writing, end_again, busy_twice, write_while_reading, leave_notice]
        return [staff_router(NAME, pages), staff_api_router(NAME, [sums, end, end_writing])]


pages = Pages()


class Trouble(RegistrationHooks):
    @hookimpl
    @override
    def manifest(self) -> Manifest:
        return Manifest(
            name=NAME,
            label="Trouble",
            version="1.0",
            hook_api=f"=={HOOK_API}",
            web="hostapp.tests.kernel.trouble_pages:pages",
        )
