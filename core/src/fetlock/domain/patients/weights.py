"""Weights over time: entered in kg or lb, the latest first (H-11)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.database.keyset import beyond
from fetlock.domain.patients import service, weighing
from fetlock.domain.patients.models import PatientWeight
from fetlock.errors import Invalid, NotFound
from fetlock.work import Work


def of_patient(session: Session, patient_id: int, *, limit: int | None = None) -> Sequence[PatientWeight]:
    """The weights of a patient, the latest first."""
    return session.scalars(
        select(PatientWeight)
        .where(PatientWeight.patient_id == patient_id)
        .order_by(PatientWeight.measured_at.desc(), PatientWeight.id.desc())
        .limit(limit)
    ).all()


def after(
    session: Session, patient_id: int, last: tuple[datetime, int] | None, limit: int
) -> Sequence[PatientWeight]:
    """So many weights before that one, given by its time and id, the latest first."""
    order = (PatientWeight.measured_at, PatientWeight.id)
    statement = (
        select(PatientWeight)
        .where(PatientWeight.patient_id == patient_id)
        .order_by(*(column.desc() for column in order))
        .limit(limit)
    )
    if last is not None:
        statement = statement.where(beyond(order, last, descending=True))
    return session.scalars(statement).all()


def add(
    work: Work, patient_id: int, weight: Decimal, unit: str, *, measured_at: datetime | None = None
) -> PatientWeight:
    """Add a weight in kg or lb, measured now or at a time before. Raises `Invalid` beside the field."""
    work.require("patients.edit")
    patient = service.get(work.session, patient_id)
    kilograms = weighing.to_kilograms(weight, unit)
    now = clock.now()
    if measured_at is not None and measured_at > now + timedelta(minutes=1):
        raise Invalid({"measured_at": "The time lies in the future."})
    entry = PatientWeight(
        patient_id=patient.id,
        measured_at=measured_at or now,
        kilograms=kilograms,
        entered_unit=unit,
        staff_id=work.actor.staff_id,
    )
    work.session.add(entry)
    work.session.flush()
    return entry


def remove(work: Work, patient_id: int, weight_id: int) -> None:
    """Take back a weight that was entered by mistake; the audit log keeps that it was there."""
    work.require("patients.edit")
    entry = work.session.get(PatientWeight, weight_id)
    if entry is None or entry.patient_id != patient_id:
        raise NotFound("There is no such weight.")
    patient = service.get(work.session, patient_id)
    service.record(work, "patient.weight_removed", patient, {"weight_id": entry.id})
    work.session.delete(entry)
    work.session.flush()
