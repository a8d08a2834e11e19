"""A plugin with a page whose views are audited, and one whose work is refused half way."""

from collections.abc import Sequence

from litestar import Router, get, post
from typing_extensions import override

from fetlock import Manifest, hookimpl
from fetlock.contracts import HOOK_API
from fetlock.hooks import RegistrationHooks
from fetlock.services import record_audit
from fetlock_hostapp.plugin import (
    Desk,
    FormData,
    FromPath,
    Html,
    PageHooks,
    StaffRequest,
    staff_router,
    viewing,
    writing,
)

NAME = "viewedpages"


@get("/secret/{patient_id:int}", permission="patients.view", sync_to_thread=True)
def secret(request: StaffRequest, patient_id: FromPath[int]) -> Html:
    with viewing(request, f"patient:{patient_id}", reason="Asked for") as desk:
        return desk.fragment("kernel/notice.html", text="The secret", incident="")


@post("/half", permission="patients.view", sync_to_thread=True)
def half(request: StaffRequest, data: FormData) -> Html:
    def work(desk: Desk) -> Html:
        record_audit(desk.session, "viewedpages.half", staff_id=desk.person.id, site_id=desk.site.id)
        if not data.flag("once"):
            desk.work.require("staff.roles")
        return desk.redirect("patients")

    return writing(request, work)


class Pages(PageHooks):
    @hookimpl
    @override
    def routers(self) -> Sequence[Router]:
        return [staff_router(NAME, [secret, half])]


pages = Pages()


class ViewedPages(RegistrationHooks):
    @hookimpl
    @override
    def manifest(self) -> Manifest:
        return Manifest(
            name=NAME,
            label="Viewed pages",
            version="1.0",
            hook_api=f"=={HOOK_API}",
            web="hostapp.tests.audit.viewed_pages:pages",
        )
