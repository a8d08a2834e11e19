"""What is added to a patient's record bit by bit: weights, alerts, the day of death."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from litestar import get, post

from fetlock import clock
from fetlock.domain.patients import alerts, service, weighing, weights
from fetlock.errors import FetlockError
from fetlock_hostapp.plugin import (
    Desk,
    Form,
    FormData,
    FromPath,
    Html,
    StaffRequest,
    reading,
    status_of,
    writing,
)
from fetlock_hostapp.web.patients.strip import load_strip


@get("/patients/{patient_id:int}/weights", permission="patients.view", sync_to_thread=True)
def weight_page(request: StaffRequest, patient_id: FromPath[int]) -> Html:
    """All weights, with a plot, and a form for the next."""
    with reading(request) as desk:
        return _weights(desk, patient_id)


@post("/patients/{patient_id:int}/weights", permission="patients.edit", sync_to_thread=True)
def add_weight(request: StaffRequest, patient_id: FromPath[int], data: FormData) -> Html:
    """Add a weight, measured now or on an earlier day."""

    def work(desk: Desk) -> Html:
        weight, unit = data.decimal("weight", "Weight"), data.text("unit")
        day = data.optional_date("day", "Day")
        at = None
        if day is not None and day != clock.today(desk.site.time_zone):
            noon = datetime.combine(day, time(12), ZoneInfo(desk.site.time_zone))
            at = noon.astimezone(UTC)
        entry = weights.add(desk.work, patient_id, weight, unit, measured_at=at)
        shown = weighing.shown(entry.kilograms, entry.entered_unit)
        return desk.redirect(f"patients/{patient_id}", ok=f"Weight of {shown} saved.")

    def again(desk: Desk, error: FetlockError) -> Html:
        return _weights(desk, patient_id, data, error)

    return writing(request, work, again)


@post(
    "/patients/{patient_id:int}/weights/{weight_id:int}/remove",
    permission="patients.edit",
    sync_to_thread=True,
)
def remove_weight(request: StaffRequest, patient_id: FromPath[int], weight_id: FromPath[int]) -> Html:
    """Take back a weight entered by mistake."""

    def work(desk: Desk) -> Html:
        weights.remove(desk.work, patient_id, weight_id)
        return desk.redirect(f"patients/{patient_id}/weights", ok="Weight removed.")

    return writing(request, work)


@get("/patients/{patient_id:int}/alerts", permission="patients.view", sync_to_thread=True)
def alert_page(request: StaffRequest, patient_id: FromPath[int]) -> Html:
    """The alerts that stand, and a form for another."""
    with reading(request) as desk:
        return _alerts(desk, patient_id)


@post("/patients/{patient_id:int}/alerts", permission="patients.edit", sync_to_thread=True)
def add_alert(request: StaffRequest, patient_id: FromPath[int], data: FormData) -> Html:
    """Add an alert."""

    def work(desk: Desk) -> Html:
        alerts.add(desk.work, patient_id, data.text("alert"), severe=data.text("severity") != "mild")
        return desk.redirect(f"patients/{patient_id}/alerts", ok="Alert added.")

    def again(desk: Desk, error: FetlockError) -> Html:
        return _alerts(desk, patient_id, data, error)

    return writing(request, work, again)


@post("/patients/{patient_id:int}/alerts/{alert_id:int}/end", permission="patients.edit", sync_to_thread=True)
def end_alert(request: StaffRequest, patient_id: FromPath[int], alert_id: FromPath[int]) -> Html:
    """End an alert; it stays in the record."""

    def work(desk: Desk) -> Html:
        alerts.end(desk.work, patient_id, alert_id)
        return desk.redirect(f"patients/{patient_id}/alerts", ok="Alert ended.")

    return writing(request, work)


@get("/patients/{patient_id:int}/deceased", permission="patients.edit", sync_to_thread=True)
def deceased_page(request: StaffRequest, patient_id: FromPath[int]) -> Html:
    """The day of death, to note or to take back."""
    with reading(request) as desk:
        return _deceased(desk, patient_id)


@post("/patients/{patient_id:int}/deceased", permission="patients.edit", sync_to_thread=True)
def set_deceased(request: StaffRequest, patient_id: FromPath[int], data: FormData) -> Html:
    """Note the day of death, or take it back; from then on nothing is offered, or again may be."""

    def work(desk: Desk) -> Html:
        lives = data.text("lives") == "1"
        day = None if lives else data.date("deceased_on", "Deceased on")
        patient = service.set_deceased(desk.work, patient_id, day)
        told = "is alive in the record again." if lives else "is noted as deceased."
        return desk.redirect(f"patients/{patient_id}", ok=f"{patient.display_name} {told}")

    def again(desk: Desk, error: FetlockError) -> Html:
        return _deceased(desk, patient_id, data, error)

    return writing(request, work, again)


def _weights(
    desk: Desk, patient_id: int, typed: Form | None = None, error: FetlockError | None = None
) -> Html:
    strip = load_strip(desk, patient_id)
    rows = weights.of_patient(desk.session, patient_id)
    unit = rows[0].entered_unit if rows else "kg"
    zone = ZoneInfo(desk.site.time_zone)
    return desk.page(
        "patients/weights.html",
        status=200 if error is None else status_of(error),
        strip=strip,
        rows=[(row, weighing.shown(row.kilograms, row.entered_unit)) for row in rows],
        points=[
            (row.measured_at.astimezone(zone).date(), weighing.in_unit(row.kilograms, unit))
            for row in reversed(rows)
        ],
        unit=unit,
        units=weighing.UNITS,
        today=clock.today(desk.site.time_zone),
        typed=typed,
        errors=error,
    )


def _alerts(
    desk: Desk, patient_id: int, typed: Form | None = None, error: FetlockError | None = None
) -> Html:
    return desk.page(
        "patients/alerts.html",
        status=200 if error is None else status_of(error),
        strip=load_strip(desk, patient_id),
        alerts=alerts.of_patient(desk.session, patient_id),
        longest=alerts.LONGEST,
        typed=typed,
        errors=error,
    )


def _deceased(
    desk: Desk, patient_id: int, typed: Form | None = None, error: FetlockError | None = None
) -> Html:
    return desk.page(
        "patients/deceased.html",
        status=200 if error is None else status_of(error),
        strip=load_strip(desk, patient_id),
        today=clock.today(desk.site.time_zone),
        typed=typed,
        errors=error,
    )


HANDLERS = [
    weight_page,
    add_weight,
    remove_weight,
    alert_page,
    add_alert,
    end_alert,
    deceased_page,
    set_deceased,
]
