"""Patients for programs, with their weights and alerts (H-11)."""

from collections.abc import Callable
from datetime import UTC
from typing import Annotated, Final

from litestar import delete, get, post, put
from litestar.params import QueryParameter
from pydantic import TypeAdapter

from fetlock.domain.patients import alerts, codes, listing, owners, service, weights
from fetlock.domain.patients.listing import Filter
from fetlock.domain.patients.models import Patient
from fetlock.errors import Invalid, NotFound
from fetlock_hostapp.plugin import (
    Cursor,
    Desk,
    FromPath,
    FromQuery,
    JSONBody,
    Limit,
    StaffRequest,
    position,
    reading,
    require_seen,
    writing,
)
from fetlock_hostapp.web.kernel.paging import BY_ID, Moment, WholeKey
from fetlock_hostapp.web.patients.api_values import (
    AlertAnswer,
    AlertInput,
    Death,
    OwnerChange,
    PatientAnswer,
    PatientChange,
    PatientInput,
    PatientList,
    WeightAnswer,
    WeightInput,
    WeightList,
)

TAG = "Patients"
BY_TIME: Final = TypeAdapter(tuple[Moment, WholeKey])
Key = Annotated[int | None, QueryParameter(ge=1, le=2**63 - 1)]


@get("/patients", permission="patients.view", sync_to_thread=True, tags=[TAG])
def list_patients(
    request: StaffRequest,
    client_id: Key = None,
    active: FromQuery[bool | None] = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> PatientList:
    """Patients by id, those of one client where it is named. To find by name: search."""
    wanted = Filter(client_id=client_id, active=active)
    (last_id,) = position(cursor, BY_ID) or (0,)
    with reading(request) as desk:
        rows = listing.after(desk.session, wanted, last_id, limit + 1)
        total = listing.count(desk.session, wanted)
        return PatientList.of(request, rows, limit, PatientAnswer.of, lambda row: (row.id,), total=total)


@get("/patients/{patient_id:int}", permission="patients.view", sync_to_thread=True, tags=[TAG])
def one_patient(request: StaffRequest, patient_id: FromPath[int]) -> PatientAnswer:
    """One patient."""
    with reading(request) as desk:
        return PatientAnswer.of(service.get(desk.session, patient_id))


@get("/patients/by-code/{code:str}", permission="patients.view", sync_to_thread=True, tags=[TAG])
def patient_by_code_api(request: StaffRequest, code: FromPath[str]) -> PatientAnswer:
    """The patient with this readable id, or that had it before a change of owner."""
    with reading(request) as desk:
        patient = codes.find(desk.session, code)
        if patient is None:
            raise NotFound(f"There is no patient {code}.")
        return PatientAnswer.of(patient)


@post("/clients/{client_id:int}/patients", permission="patients.edit", sync_to_thread=True, tags=[TAG])
def add_patient_api(
    request: StaffRequest, client_id: FromPath[int], data: JSONBody[PatientInput]
) -> PatientAnswer:
    """Add a patient of a client."""
    return _changed(request, lambda desk: service.create(desk.work, client_id, data.draft()))


@put(
    "/patients/{patient_id:int}",
    permission="patients.edit",
    sync_to_thread=True,
    conditional="required",
    tags=[TAG],
)
def change_patient_api(
    request: StaffRequest, patient_id: FromPath[int], data: JSONBody[PatientChange]
) -> PatientAnswer:
    """Set everything that may be set of a patient; what is left out takes its default."""

    def command(desk: Desk) -> Patient:
        seen = _seen(request, desk, patient_id, data.revision)
        return service.update(desk.work, patient_id, data.draft(), seen_revision=seen)

    return _changed(request, command)


@put(
    "/patients/{patient_id:int}/owner",
    permission="patients.change_owner",
    sync_to_thread=True,
    conditional="required",
    tags=[TAG],
)
def change_owner_api(
    request: StaffRequest, patient_id: FromPath[int], data: JSONBody[OwnerChange]
) -> PatientAnswer:
    """Give the patient to another client; its id changes, the old one still finds it."""

    def command(desk: Desk) -> Patient:
        seen = _seen(request, desk, patient_id, data.revision)
        return owners.change_owner(desk.work, patient_id, data.client_id, seen_revision=seen)

    return _changed(request, command)


@put(
    "/patients/{patient_id:int}/deceased",
    permission="patients.edit",
    sync_to_thread=True,
    conditional=True,
    tags=[TAG],
)
def set_deceased_api(
    request: StaffRequest, patient_id: FromPath[int], data: JSONBody[Death]
) -> PatientAnswer:
    """Note the day of death, or take it back."""

    def command(desk: Desk) -> Patient:
        _seen(request, desk, patient_id)
        return service.set_deceased(desk.work, patient_id, data.deceased_on)

    return _changed(request, command)


@get("/patients/{patient_id:int}/weights", permission="patients.view", sync_to_thread=True, tags=[TAG])
def list_weights(
    request: StaffRequest, patient_id: FromPath[int], limit: Limit = 50, cursor: Cursor = ""
) -> WeightList:
    """A patient's weights, the latest first."""
    after = position(cursor, BY_TIME)
    with reading(request) as desk:
        service.get(desk.session, patient_id)
        rows = weights.after(desk.session, patient_id, after, limit + 1)
        return WeightList.of(request, rows, limit, WeightAnswer.of, lambda row: (row.measured_at, row.id))


@post("/patients/{patient_id:int}/weights", permission="patients.edit", sync_to_thread=True, tags=[TAG])
def add_weight_api(
    request: StaffRequest, patient_id: FromPath[int], data: JSONBody[WeightInput]
) -> WeightAnswer:
    """Add a weight."""
    at = data.measured_at
    if at is not None and at.tzinfo is None:
        raise Invalid({"measured_at": "Give the time with its offset from UTC."})
    at = at.astimezone(UTC) if at is not None else None
    return writing(
        request,
        lambda desk: WeightAnswer.of(
            weights.add(desk.work, patient_id, data.weight, data.unit, measured_at=at)
        ),
    )


@delete(
    "/patients/{patient_id:int}/weights/{weight_id:int}",
    permission="patients.edit",
    sync_to_thread=True,
    tags=[TAG],
)
def remove_weight_api(request: StaffRequest, patient_id: FromPath[int], weight_id: FromPath[int]) -> None:
    """Take back a weight that was entered by mistake."""
    writing(request, lambda desk: weights.remove(desk.work, patient_id, weight_id))


@get("/patients/{patient_id:int}/alerts", permission="patients.view", sync_to_thread=True, tags=[TAG])
def list_alerts(request: StaffRequest, patient_id: FromPath[int]) -> list[AlertAnswer]:
    """The alerts that stand, the severe ones first."""
    with reading(request) as desk:
        service.get(desk.session, patient_id)
        return [AlertAnswer.of(alert) for alert in alerts.of_patient(desk.session, patient_id)]


@post("/patients/{patient_id:int}/alerts", permission="patients.edit", sync_to_thread=True, tags=[TAG])
def add_alert_api(
    request: StaffRequest, patient_id: FromPath[int], data: JSONBody[AlertInput]
) -> AlertAnswer:
    """Add an alert."""
    return writing(
        request,
        lambda desk: AlertAnswer.of(alerts.add(desk.work, patient_id, data.text, severe=data.severe)),
    )


@delete(
    "/patients/{patient_id:int}/alerts/{alert_id:int}",
    permission="patients.edit",
    sync_to_thread=True,
    tags=[TAG],
)
def end_alert_api(request: StaffRequest, patient_id: FromPath[int], alert_id: FromPath[int]) -> None:
    """End an alert; it stays in the record."""
    writing(request, lambda desk: alerts.end(desk.work, patient_id, alert_id))


def _seen(request: StaffRequest, desk: Desk, patient_id: int, told: int | None = None) -> int:
    """The revision that the change stands on."""
    patient = service.get(desk.session, patient_id)
    require_seen(request, lambda: PatientAnswer.of(patient), seen=told)
    return patient.revision if told is None else told


def _changed(request: StaffRequest, command: Callable[[Desk], Patient]) -> PatientAnswer:
    return writing(request, lambda desk: PatientAnswer.of(command(desk)))


HANDLERS = [
    list_patients,
    one_patient,
    patient_by_code_api,
    add_patient_api,
    change_patient_api,
    change_owner_api,
    set_deceased_api,
    list_weights,
    add_weight_api,
    remove_weight_api,
    list_alerts,
    add_alert_api,
    end_alert_api,
]
