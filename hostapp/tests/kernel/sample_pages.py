"""A plugin with pages for every audience, which notes each time any of its code runs for a request."""

from collections.abc import Sequence
from typing import Any

from litestar import Request, Router, delete, get, post
from typing_extensions import override

from fetlock import Manifest, hookimpl
from fetlock.contracts import HOOK_API, NavigationItem, Permission, StaffContext, StaffIntegration, Status
from fetlock.hooks import RegistrationHooks, StaffHooks
from fetlock_hostapp.plugin import (
    FormData,
    FromPath,
    Html,
    PageHooks,
    StaffRequest,
    link_router,
    machine_router,
    reading,
    staff_api_router,
    staff_router,
)

NAME = "samplepages"
ran: list[str] = []


async def note(request: Request[Any, Any, Any]) -> None:
    """Runs before any handler of the plugin's staff pages."""
    ran.append(f"before {request.url.path}")


@get("/", permission="samplepages.use", sync_to_thread=True, before_request=note)
def front(request: StaffRequest) -> Html:
    ran.append("front")
    with reading(request) as desk:
        return desk.fragment("kernel/notice.html", text="The sample's front page", incident="")


@post("/things/{thing_id:int}", permission="samplepages.use", sync_to_thread=True, before_request=note)
def change(request: StaffRequest, thing_id: FromPath[int], data: FormData) -> Html:
    ran.append("change")
    with reading(request) as desk:
        return desk.redirect("samplepages", ok=f"{thing_id} is {data.text('name')} now.")


@get("/settings", permission="plugins.settings", setup=True, sync_to_thread=True, before_request=note)
def settings(request: StaffRequest) -> Html:
    ran.append("settings")
    with reading(request) as desk:
        return desk.fragment("kernel/notice.html", text="Settings", incident="")


@get("/broken", permission="samplepages.use", sync_to_thread=True)
def broken() -> Html:
    raise RuntimeError("Moss, client 57, was quoted in this error")


@delete("/things/{thing_id:int}", permission="samplepages.use", sync_to_thread=True)
def remove(thing_id: FromPath[int]) -> None:
    ran.append(f"remove {thing_id}")


@get("/{secret:str}", sync_to_thread=True)
def behind_link(secret: FromPath[str]) -> str:
    ran.append("link")
    return "open sesame" if secret == "right" else "no"


@post("/events", sync_to_thread=True)
def from_machine(request: StaffRequest) -> dict[str, str]:
    ran.append("machine")
    with reading(request) as desk:
        return {"site": desk.site.slug, "actor": desk.actor.name}


class Pages(PageHooks):
    @hookimpl
    @override
    def routers(self) -> Sequence[Router]:
        return [
            staff_router(NAME, [front, change, settings, broken]),
            staff_api_router(NAME, [remove]),
            link_router("offer", [behind_link]),
            machine_router("", [from_machine]),
        ]


pages = Pages()


class SamplePages(RegistrationHooks, StaffHooks):
    @hookimpl
    @override
    def manifest(self) -> Manifest:
        return Manifest(
            name=NAME,
            label="Sample pages",
            version="1.0",
            hook_api=f"=={HOOK_API}",
            web="hostapp.tests.kernel.sample_pages:pages",
        )

    @hookimpl
    @override
    def permissions(self) -> Sequence[Permission]:
        return [
            Permission(key="samplepages.use", label="Use the sample", roles=frozenset({"Receptionist"})),
        ]

    @hookimpl
    @override
    def navigation(self) -> Sequence[NavigationItem]:
        return [NavigationItem(label="Sample", href="samplepages", permission="samplepages.use")]

    @hookimpl
    @override
    def staff_integrations(self, context: StaffContext) -> Sequence[StaffIntegration]:
        if context.staff.user_name == "nurse":
            raise ValueError("the service knows no nurses")
        return [
            StaffIntegration(
                key="account", label="Sample service", status=Status(kind="ok", text=context.staff.full_name)
            )
        ]
