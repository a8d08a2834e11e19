"""The plugin's pages: for staff, for programs, behind a link, and for the club's own machine."""

import hmac
from collections.abc import Sequence
from typing import Any, Final

from litestar import Router, get, post
from sqlalchemy import select
from typing_extensions import override

from fetlock import NotFound, hookimpl
from fetlock.tables import Patient
from fetlock_hostapp.plugin import (
    Desk,
    FormData,
    FromPath,
    Html,
    PageHooks,
    StaffRequest,
    link_router,
    machine_router,
    patient_strip,
    reading,
    staff_api_router,
    staff_router,
    writing,
)
from tests.dummy_plugin.counting import note_request
from tests.dummy_plugin.models import Member
from tests.dummy_plugin.naming import EDIT, VIEW

RIGHT_TOKEN: Final = "a-token-that-the-club-handed-out"


@get("/", permission=VIEW, sync_to_thread=True, before_request=note_request)
def member_list(request: StaffRequest) -> Html:
    """Everybody who is a member."""
    with reading(request) as desk:
        return desk.page("dummy/members.html", members=_members(desk))


@get("/club", permission=VIEW, sync_to_thread=True, before_request=note_request)
def patient_tab(request: StaffRequest, patient_id: FromPath[int]) -> Html:
    """The tab of the patient's page."""
    with reading(request) as desk:
        return desk.page("dummy/tab.html", strip=patient_strip(desk, patient_id, "club"))


@get("/patients/{patient_id:int}/plan", permission=VIEW, sync_to_thread=True, before_request=note_request)
def plan_detail(request: StaffRequest, patient_id: FromPath[int]) -> Html:
    """The chosen plan of the shared plans tab."""
    with reading(request) as desk:
        return desk.fragment("dummy/plan.html", patient=_patient(desk, patient_id))


@get("/patients/{patient_id:int}/no-plan", permission=VIEW, sync_to_thread=True, before_request=note_request)
def no_plan(request: StaffRequest, patient_id: FromPath[int]) -> Html:
    """What to check where the shared plans tab lists nothing."""
    with reading(request) as desk:
        return desk.fragment("dummy/no_plan.html", patient=_patient(desk, patient_id))


@post("/patients/{patient_id:int}/fee", permission=EDIT, sync_to_thread=True, before_request=note_request)
def fee_paid(request: StaffRequest, patient_id: FromPath[int], data: FormData) -> Html:
    """Note that the fee was paid."""

    def work(desk: Desk) -> Html:
        member = desk.session.get(Member, patient_id)
        if member is None:
            raise NotFound("This patient is not a member.")
        member.owes_fee = False
        return desk.redirect("club", ok="The fee is paid.")

    return writing(request, work)


@get("/welcome", permission="plugins.settings", setup=True, sync_to_thread=True, before_request=note_request)
def welcome(request: StaffRequest) -> Html:
    """What an administrator sees while the plugin is being set up."""
    with reading(request) as desk:
        return desk.page("dummy/members.html", members=[])


@get("/members", permission=VIEW, sync_to_thread=True, before_request=note_request)
def members_as_json(request: StaffRequest) -> list[dict[str, Any]]:
    """Everybody who is a member, for programs."""
    with reading(request) as desk:
        return [{"patient_id": row.patient_id, "number": row.number} for row in _members(desk)]


@get("/{token:str}", sync_to_thread=True, before_request=note_request)
def membership_card(token: FromPath[str]) -> str:
    """The card that a client opens by a link; the token is looked at before anything is read."""
    if not hmac.compare_digest(token, RIGHT_TOKEN):
        raise NotFound("This link is not valid any more.")
    return "Your membership"


@post("/joined", sync_to_thread=True, before_request=note_request)
def joined(request: StaffRequest) -> dict[str, str]:
    """The club's machine tells of a new member; its signature is looked at before anything is read."""
    if not hmac.compare_digest(request.headers.get("x-club-token", ""), RIGHT_TOKEN):
        raise NotFound("There is no such page.")
    with reading(request) as desk:
        return {"site": desk.site.slug}


class Pages(PageHooks):
    """One router for each kind of visitor."""

    @hookimpl
    @override
    def routers(self) -> Sequence[Router]:
        return [
            staff_router("club", [member_list, welcome, plan_detail, no_plan, fee_paid]),
            staff_router("patients/{patient_id:int}", [patient_tab]),
            staff_api_router("club", [members_as_json]),
            link_router("card", [membership_card]),
            machine_router("", [joined]),
        ]


def _members(desk: Desk) -> Sequence[Member]:
    return desk.session.scalars(select(Member).order_by(Member.number)).all()


def _patient(desk: Desk, patient_id: int) -> Patient:
    patient = desk.session.get(Patient, patient_id)
    if patient is None:
        raise NotFound("There is no such patient.")
    return patient


pages = Pages()
