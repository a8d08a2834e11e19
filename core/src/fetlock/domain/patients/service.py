"""Patients: found, created and changed; nobody's change is overwritten unseen (H-11, H-36)."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.domain.audit import service as audit
from fetlock.domain.clients import service as clients
from fetlock.domain.patients import codes, sexes
from fetlock.domain.patients.draft import PatientDraft, check
from fetlock.domain.patients.models import Patient
from fetlock.errors import Conflict, Invalid, NotFound, StaleEdit
from fetlock.work import Work

_LABELS: Final = {
    "code": "patient id",
    "name": "name",
    "species": "species",
    "breed": "breed",
    "sex": "sex",
    "birth_date": "birth date",
    "birth_estimated": "birth date is an estimate",
    "colour": "colour",
    "microchip": "microchip",
    "active": "active",
}
_OFFERS: Final = 5


def get(session: Session, patient_id: int) -> Patient:
    """A patient. Raises `NotFound`."""
    patient = session.get(Patient, patient_id)
    if patient is None:
        raise NotFound("There is no such patient.")
    return patient


def lock(work: Work, patient_id: int) -> Patient:
    """The patient, locked until the transaction ends. Raises `NotFound`."""
    patient = work.session.scalar(
        select(Patient)
        .where(Patient.id == patient_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if patient is None:
        raise NotFound("There is no such patient.")
    return patient


def draft_of(patient: Patient) -> PatientDraft:
    """The record as it stands, as a draft: what a form begins with."""
    return PatientDraft(**{name: getattr(patient, name) for name in _LABELS})


def create(work: Work, client_id: int, draft: PatientDraft) -> Patient:
    """Create a patient of a client. Without a code it gets the client's next one. Raises `Invalid`."""
    work.require("patients.edit")
    client = clients.get(work.session, client_id)
    checked, faults = check(draft, clock.today(work.site.time_zone))
    if not checked.name:
        faults.setdefault("name", "Enter a name.")
    if checked.code and codes.is_taken(work.session, checked.code):
        faults.setdefault("code", _taken(checked.code))
    if faults:
        raise Invalid(faults)
    for _ in range(_OFFERS):
        code = checked.code or codes.next_code(work.session, client.id, client.account_number)
        patient = Patient(client_id=client.id, created_at=clock.now())
        _fill(patient, checked)
        patient.code = code
        try:
            with work.session.begin_nested():
                work.session.add(patient)
        except IntegrityError:  # somebody took the code at this very moment
            if checked.code:
                raise Invalid({"code": _taken(code)}) from None
            continue
        record(work, "patient.create", patient)
        return patient
    raise Conflict("Others are adding patients of this client at this very moment. Please save again.")


def update(work: Work, patient_id: int, draft: PatientDraft, *, seen_revision: int) -> Patient:
    """Change a patient. Raises `StaleEdit` when somebody saved it since, `Invalid` by field."""
    work.require("patients.edit")
    patient = lock(work, patient_id)
    checked, faults = check(draft, clock.today(work.site.time_zone))
    changes = _changes(patient, checked)
    if patient.revision != seen_revision and changes:
        raise StaleEdit("this patient", patient.revision, changes)
    if not checked.code:
        faults["code"] = "Enter a patient id."
    elif codes.is_taken(work.session, checked.code, but_patient_id=patient.id):
        faults.setdefault("code", _taken(checked.code))
    if patient.name and not checked.name:
        faults.setdefault("name", "Enter a name.")
    if faults:
        raise Invalid(faults)
    if not changes:
        return patient
    try:
        with work.session.begin_nested():
            _fill(patient, checked)
            patient.revision += 1
    except IntegrityError:
        raise Invalid({"code": _taken(checked.code)}) from None
    record(work, "patient.update", patient, {"fields": [label for label, _, _ in changes]})
    return patient


def set_deceased(work: Work, patient_id: int, day: date | None) -> Patient:
    """Note the day on which the patient died, or (None) that it lives after all (H-11)."""
    work.require("patients.edit")
    patient = lock(work, patient_id)
    if day is not None and day > clock.today(work.site.time_zone):
        raise Invalid({"deceased_on": "The day lies in the future."})
    if day is not None and patient.birth_date is not None and day < patient.birth_date:
        raise Invalid({"deceased_on": "The day lies before the birth date."})
    if patient.deceased_on == day:
        return patient
    patient.deceased_on = day
    patient.revision += 1
    record(work, "patient.deceased" if day else "patient.not_deceased", patient)
    return patient


def record(work: Work, action: str, patient: Patient, detail: Mapping[str, Any] | None = None) -> None:
    """Write to the audit log what was done to a patient."""
    audit.record(
        work.session,
        action,
        staff_id=work.actor.staff_id,
        site_id=work.site.id,
        subject=f"patient:{patient.id}",
        detail=detail,
    )


def _fill(patient: Patient, draft: PatientDraft) -> None:
    for name in _LABELS:
        setattr(patient, name, getattr(draft, name))


def _changes(patient: Patient, draft: PatientDraft) -> list[tuple[str, str, str]]:
    return [
        (label, _words(name, getattr(patient, name)), _words(name, getattr(draft, name)))
        for name, label in _LABELS.items()
        if getattr(patient, name) != getattr(draft, name)
    ]


def _words(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "sex":
        return sexes.words(value)
    return str(value) if value else "empty"


def _taken(code: str) -> str:
    return f"Patient id {code} belongs to another patient, or did before a change of owner."
