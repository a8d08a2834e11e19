"""One plan in the shared plans tab: shown by term, its services added to treatment or invoice."""

from litestar import get, post

from fetlock import FetlockError
from fetlock_careplans_covetrus.adding import TREATMENT, Added, add
from fetlock_careplans_covetrus.counters import SessionRows
from fetlock_careplans_covetrus.naming import NAME, USE, VIEW
from fetlock_careplans_covetrus.web.drawing import asked_of, draw_none, draw_plan
from fetlock_hostapp.plugin import (
    Desk,
    FormData,
    FromPath,
    FromQuery,
    Html,
    StaffRequest,
    reading,
    status_of,
    writing,
)


@get("/patients/{patient_id:int}/plans/{plan_id:int}", permission=VIEW, sync_to_thread=True)
def show_plan(
    request: StaffRequest,
    patient_id: FromPath[int],
    plan_id: FromPath[int],
    term: FromQuery[int | None] = None,
    asking: FromQuery[str] = "",
) -> Html:
    """The plan, in the term that is asked for or else the running one (CP-36, CP-37, CP-40, CP-50)."""
    with reading(request) as desk:
        if not desk.is_htmx:
            return desk.redirect(f"patients/{patient_id}/plans?plan={NAME}-{plan_id}")
        return draw_plan(desk, patient_id, plan_id, term, asked=asked_of(desk, patient_id, asking))


@get("/patients/{patient_id:int}/plans", permission=VIEW, sync_to_thread=True)
def show_none(request: StaffRequest, patient_id: FromPath[int]) -> Html:
    """What to check where the patient has no plan (CP-42)."""
    with reading(request) as desk:
        if not desk.is_htmx:
            return desk.redirect(f"patients/{patient_id}/plans")
        return draw_none(desk, patient_id)


@post(
    "/patients/{patient_id:int}/plans/{plan_id:int}/items/{item_id:int}", permission=USE, sync_to_thread=True
)
def add_item(
    request: StaffRequest,
    patient_id: FromPath[int],
    plan_id: FromPath[int],
    item_id: FromPath[int],
    data: FormData,
) -> Html:
    """Add a service; the plan comes back with its counters as they are now (CP-39, CP-55)."""

    def work(desk: Desk) -> Html:
        term = data.optional_integer("term", "Term")
        rows = SessionRows(desk.session)
        added = add(desk.work, rows, patient_id, plan_id, item_id, data.text("code"), data.text("where"))
        desk.session.flush()
        asked = asked_of(desk, patient_id, data.text("asking"))
        return draw_plan(desk, patient_id, plan_id, term, added=added, asked=asked, say=_words(added))

    def again(desk: Desk, error: FetlockError) -> Html:
        return draw_plan(
            desk,
            patient_id,
            plan_id,
            problem=error.message,
            asked=asked_of(desk, patient_id, data.text("asking")),
            status=status_of(error),
            say=error.message,
        )

    return writing(request, work, again=again)


def _words(added: Added) -> str:
    where = "today’s treatment" if added.where == TREATMENT else "the invoice"
    return f"{added.name} added to {where}."


HANDLERS = [show_plan, show_none, add_item]
