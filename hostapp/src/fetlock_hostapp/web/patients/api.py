"""Patients for programs, with their weights and alerts (H-11)."""

from collections.abc import Callable
from datetime import UTC
from typing import Annotated

from litestar import delete, get, post, put
from litestar.params import QueryParameter
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from fetlock.domain.patients import alerts, codes, owners, service, weights
from fetlock.domain.patients.models import Patient
from fetlock.errors import Invalid, NotFound
from fetlock_hostapp.plugin import Desk, FromPath, JSONBody, StaffRequest, reading, writing
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
)

TAG = "Patients"
PAGE = 100
Page = Annotated[int, QueryParameter(ge=1, le=1_000_000)]
Key = Annotated[int | None, QueryParameter(ge=1, le=2**63 - 1)]


@get("/patients", permission="patients.view", sync_to_thread=True, tags=[TAG])
def list_patients(request: StaffRequest, client_id: Key = None, page: Page = 1) -> PatientList:
    """Patients by id, those of one client where it is named. To find by name: search."""
    with reading(request) as desk:
        wanted = [Patient.client_id == client_id] if client_id is not None else []
        total = desk.session.scalar(select(func.count()).select_from(Patient).where(*wanted)) or 0
        rows = desk.session.scalars(
            select(Patient)
            .where(*wanted)
            .options(joinedload(Patient.client))
            .order_by(Patient.id)
            .offset((page - 1) * PAGE)
            .limit(PAGE)
        )
        items = [PatientAnswer.of(row) for row in rows]
        return PatientList(items=items, total=total, page=page, pages=max(-(-total // PAGE), 1))


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


@put("/patients/{patient_id:int}", permission="patients.edit", sync_to_thread=True, tags=[TAG])
def change_patient_api(
    request: StaffRequest, patient_id: FromPath[int], data: JSONBody[PatientChange]
) -> PatientAnswer:
    """Set everything that may be set of a patient; what is left out takes its default."""
    return _changed(
        request,
        lambda desk: service.update(desk.work, patient_id, data.draft(), seen_revision=data.revision),
    )


@put("/patients/{patient_id:int}/owner", permission="patients.change_owner", sync_to_thread=True, tags=[TAG])
def change_owner_api(
    request: StaffRequest, patient_id: FromPath[int], data: JSONBody[OwnerChange]
) -> PatientAnswer:
    """Give the patient to another client; its id changes, the old one still finds it."""
    return _changed(
        request,
        lambda desk: owners.change_owner(desk.work, patient_id, data.client_id, seen_revision=data.revision),
    )


@put("/patients/{patient_id:int}/deceased", permission="patients.edit", sync_to_thread=True, tags=[TAG])
def set_deceased_api(
    request: StaffRequest, patient_id: FromPath[int], data: JSONBody[Death]
) -> PatientAnswer:
    """Note the day of death, or take it back."""
    return _changed(request, lambda desk: service.set_deceased(desk.work, patient_id, data.deceased_on))


@get("/patients/{patient_id:int}/weights", permission="patients.view", sync_to_thread=True, tags=[TAG])
def list_weights(request: StaffRequest, patient_id: FromPath[int]) -> list[WeightAnswer]:
    """A patient's weights, the latest first."""
    with reading(request) as desk:
        service.get(desk.session, patient_id)
        return [WeightAnswer.of(entry) for entry in weights.of_patient(desk.session, patient_id)]


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
