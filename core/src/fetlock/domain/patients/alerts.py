"""Alerts: what to beware of with this patient (H-11)."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.domain.patients import service
from fetlock.domain.patients.models import PatientAlert
from fetlock.errors import Invalid, NotFound
from fetlock.work import Work

LONGEST: Final = 200
_STANDING: Final = (
    select(PatientAlert)
    .where(PatientAlert.patient_id == bindparam("patient_id"), PatientAlert.ended_at.is_(None))
    .order_by(PatientAlert.severe.desc(), PatientAlert.id)
)


def of_patient(session: Session, patient_id: int) -> Sequence[PatientAlert]:
    """The alerts that stand, the severe ones first, then the oldest."""
    return session.scalars(_STANDING, {"patient_id": patient_id}).all()


def add(work: Work, patient_id: int, text: str, *, severe: bool) -> PatientAlert:
    """Add an alert; `severe`: danger to people or to the animal's life."""
    work.require("patients.edit")
    patient = service.get(work.session, patient_id)
    text = " ".join(text.split())
    if not text:
        raise Invalid({"alert": "Enter what to beware of."})
    if len(text) > LONGEST:
        raise Invalid({"alert": f"An alert has at most {LONGEST} characters."})
    alert = PatientAlert(patient_id=patient.id, text=text, severe=severe, created_at=clock.now())
    work.session.add(alert)
    work.session.flush()
    return alert


def end(work: Work, patient_id: int, alert_id: int) -> None:
    """End an alert; it stays in the record."""
    work.require("patients.edit")
    alert = work.session.get(PatientAlert, alert_id)
    if alert is None or alert.patient_id != patient_id:
        raise NotFound("There is no such alert.")
    if alert.ended_at is None:
        alert.ended_at = clock.now()
        work.session.flush()
