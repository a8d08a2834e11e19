"""Refreshing a patient's plans by hand: the page stores the question and looks for the answer (CP-53)."""

from uuid import UUID

from litestar import get, post

from fetlock import FetlockError, NotFound, clock
from fetlock.services import ask, find_ask
from fetlock.tables import AskRow
from fetlock_careplans_covetrus.lookups import question
from fetlock_careplans_covetrus.models import CarePlan
from fetlock_careplans_covetrus.naming import NAME, REFRESH, USE, VIEW, patient_subject
from fetlock_careplans_covetrus.web.drawing import (
    AskShown,
    draw_none,
    draw_plan,
    listed,
    patient_of,
    poll,
    reload_page,
    spoken,
)
from fetlock_hostapp.plugin import (
    Desk,
    FormData,
    FromPath,
    FromQuery,
    Html,
    StaffRequest,
    reading,
    writing,
)


def ask_again(desk: Desk, patient_id: int) -> AskRow:
    """Store the question about this patient, or answer the one that waits already."""
    desk.work.require(USE)
    patient = patient_of(desk, patient_id)
    wanted = question(patient_id, patient.client_code, patient.code)
    return ask(desk.work, NAME, wanted.question, wanted.data, subject=wanted.subject)


def found_ask(desk: Desk, patient_id: int, key: UUID) -> AskRow:
    """The question about this patient with this key. Raises `NotFound`."""
    row = find_ask(desk.session, desk.site.id, key)
    if row is None or (row.plugin, row.question, row.subject) != (NAME, REFRESH, patient_subject(patient_id)):
        raise NotFound("There is no such question.")
    return row


@post("/patients/{patient_id:int}/refresh", permission=USE, sync_to_thread=True)
def refresh(request: StaffRequest, patient_id: FromPath[int], data: FormData) -> Html:
    """Ask the plan system again; progress shows at once, whatever it does."""

    def work(desk: Desk) -> Html:
        plan, term = data.optional_integer("plan", "Plan"), data.optional_integer("term", "Term")
        row = ask_again(desk, patient_id)
        looking = _looking(desk, patient_id, row, plan, term, data.text("seen"))
        return spoken(looking, "Asking the plan system.")

    return writing(request, work)


@get("/patients/{patient_id:int}/asked/{key:uuid}", permission=VIEW, sync_to_thread=True)
def look(
    request: StaffRequest,
    patient_id: FromPath[int],
    key: FromPath[UUID],
    plan: FromQuery[int | None] = None,
    term: FromQuery[int | None] = None,
    seen: FromQuery[str] = "",
) -> Html:
    """The answer once it is there, else how long it has been asked for."""
    with reading(request) as desk:
        row = found_ask(desk, patient_id, key)
        if row.state == "pending":
            return _looking(desk, patient_id, row, plan, term, seen)
        answer = _answered(desk, patient_id, AskShown.of(row), plan, term, seen)
        if "HX-Refresh" not in answer.headers:
            answer.headers["HX-Retarget"] = "#careplan"
            answer.headers["HX-Reswap"] = "morph"
        return answer


def _looking(desk: Desk, patient_id: int, row: AskRow, plan: int | None, term: int | None, seen: str) -> Html:
    stored = desk.session.get(CarePlan, plan) if plan else None
    asked = AskShown.of(row)
    return desk.fragment(
        f"{NAME}/looking.html",
        poll=poll(desk, patient_id, asked, plan, term, seen),
        asked=asked,
        as_of=stored.as_of if stored else None,
        today=clock.today(desk.site.time_zone),
    )


def _answered(
    desk: Desk, patient_id: int, asked: AskShown, plan: int | None, term: int | None, seen: str
) -> Html:
    if asked.ok and listed(desk, patient_id) != seen:
        return reload_page()
    try:
        if plan is None:
            return spoken(draw_none(desk, patient_id, asked), asked.message)
        said = "Plans are up to date." if asked.ok else asked.message
        return draw_plan(desk, patient_id, plan, term, asked=asked, say=said)
    except FetlockError:
        return reload_page()


HANDLERS = [refresh, look]
