"""The automatic refresh: plans that have grown old are asked for again, a few at a time (CP-53)."""

from datetime import timedelta

from sqlalchemy import func, select

from fetlock import JobRun, clock
from fetlock.services import ask
from fetlock.tables import Client, Patient
from fetlock_careplans_covetrus.models import CarePlan
from fetlock_careplans_covetrus.naming import NAME
from fetlock_careplans_covetrus.settings import CarePlanSettings
from fetlock_careplans_covetrus.showing import question

MOST_AT_ONCE = 50


def ask_for_stale(run: JobRun) -> None:
    """Ask for the patients whose plans are older than the setting, the oldest first."""
    settings: CarePlanSettings = run.settings
    if not settings.complete:
        return
    oldest = func.min(CarePlan.as_of)
    rows = run.work.session.execute(
        select(Patient.id, Patient.code, Client.account_number)
        .join(Client, Client.id == Patient.client_id)
        .join(CarePlan, CarePlan.patient_id == Patient.id)
        .where(CarePlan.account_key == settings.api_key, Patient.deceased_on.is_(None))
        .group_by(Patient.id, Patient.code, Client.account_number)
        .having(oldest < clock.now() - timedelta(minutes=settings.refresh_minutes))
        .order_by(oldest)
        .limit(MOST_AT_ONCE)
    )
    for patient_id, patient_code, client_code in rows:
        wanted = question(patient_id, client_code, patient_code)
        ask(run.work, NAME, wanted.question, wanted.data, subject=wanted.subject)
