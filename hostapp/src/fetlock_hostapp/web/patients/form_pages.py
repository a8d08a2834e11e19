"""Adding and changing a patient; what somebody else saved meanwhile is shown, what was typed is kept."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from litestar import get, post

from fetlock import clock
from fetlock.domain.clients import service as clients
from fetlock.domain.patients import ages, codes, service, sexes
from fetlock.domain.patients.draft import SPECIES, PatientDraft
from fetlock.errors import FetlockError, Invalid, StaleEdit
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

_TEXTS: Final = ("name", "species", "breed", "sex", "birth_date", "age", "colour", "microchip", "code")


@get("/clients/{client_id:int}/patients/new", permission="patients.edit", sync_to_thread=True)
def new_patient(request: StaffRequest, client_id: FromPath[int]) -> Html:
    """An empty form, with the id that the patient will get."""
    with reading(request) as desk:
        return _new(desk, client_id, dict.fromkeys(_TEXTS, "") | {"sex": sexes.UNKNOWN})


@post("/clients/{client_id:int}/patients", permission="patients.edit", sync_to_thread=True)
def add_patient(request: StaffRequest, client_id: FromPath[int], data: FormData) -> Html:
    """Add a patient to a client."""

    def work(desk: Desk) -> Html:
        patient = service.create(desk.work, client_id, _draft(data))
        return desk.redirect(f"patients/{patient.id}", ok=f"{patient.display_name} is {patient.code}.")

    def again(desk: Desk, error: FetlockError) -> Html:
        return _new(desk, client_id, _typed(data), error)

    return writing(request, work, again)


@get("/patients/{patient_id:int}/edit", permission="patients.edit", sync_to_thread=True)
def edit_patient(request: StaffRequest, patient_id: FromPath[int]) -> Html:
    """The record as a form."""
    with reading(request) as desk:
        patient = service.get(desk.session, patient_id)
        draft = service.draft_of(patient)
        values = {name: getattr(draft, name) for name in (*_TEXTS, "birth_estimated", "active")}
        return _edit(desk, patient_id, {**values, "revision": patient.revision})


@post("/patients/{patient_id:int}", permission="patients.edit", sync_to_thread=True)
def change_patient(request: StaffRequest, patient_id: FromPath[int], data: FormData) -> Html:
    """Save what was changed."""

    def work(desk: Desk) -> Html:
        seen = data.integer("revision", "Revision")
        patient = service.update(desk.work, patient_id, _draft(data, changing=True), seen_revision=seen)
        return desk.redirect(f"patients/{patient_id}", ok=f"{patient.display_name}: saved.")

    def again(desk: Desk, error: FetlockError) -> Html:
        revision = error.revision if isinstance(error, StaleEdit) else data.text("revision")
        return _edit(desk, patient_id, {**_typed(data), "revision": revision}, error)

    return writing(request, work, again)


def _draft(data: Form, *, changing: bool = False) -> PatientDraft:
    born = data.optional_date("birth_date", "Birth date")
    if born is not None and data.text("age") and not changing:
        raise Invalid({"age": "Enter the birth date or the age, not both."})
    return PatientDraft(
        code=data.text("code"),
        name=data.text("name"),
        species=data.text("species"),
        breed=data.text("breed"),
        sex=data.text("sex", sexes.UNKNOWN),
        birth_date=born,
        birth_estimated=born is not None and data.flag("birth_estimated"),
        age=data.text("age"),
        colour=data.text("colour"),
        microchip=data.text("microchip"),
        active=data.flag("active") if changing else True,
    )


def _typed(data: Form) -> dict[str, Any]:
    flags = {name: data.flag(name) for name in ("birth_estimated", "active")}
    return {name: data.text(name) for name in _TEXTS} | flags


def _options() -> dict[str, Any]:
    return {"species": SPECIES, "sexes": list(sexes.SEXES.items())}


def _new(desk: Desk, client_id: int, values: Mapping[str, Any], error: FetlockError | None = None) -> Html:
    client = clients.get(desk.session, client_id)
    return desk.page(
        "patients/new.html",
        status=200 if error is None else status_of(error),
        client=client,
        values=values,
        offered=codes.next_code(desk.session, client.id, client.account_number),
        options=_options(),
        errors=error,
    )


def _edit(desk: Desk, patient_id: int, values: Mapping[str, Any], error: FetlockError | None = None) -> Html:
    strip = load_strip(desk, patient_id)
    born = values.get("birth_date")
    return desk.page(
        "patients/edit.html",
        status=200 if error is None else status_of(error),
        strip=strip,
        values=values,
        age=ages.age_words(born, clock.today(desk.site.time_zone)) if isinstance(born, date) else "",
        options=_options(),
        stale=error.differences if isinstance(error, StaleEdit) else (),
        errors=None if isinstance(error, StaleEdit) else error,
    )


HANDLERS = [new_patient, add_patient, edit_patient, change_patient]
