"""Looking a patient up at the vendor: the question, and when it is time to ask it (CP-41, CP-53)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from fetlock import clock
from fetlock.contracts import PatientContext, Question, Reading, SiteFacts
from fetlock.tables import AskRow
from fetlock_careplans_covetrus.counters import account_key
from fetlock_careplans_covetrus.models import CarePlanLookup
from fetlock_careplans_covetrus.naming import NAME, REFRESH, patient_subject

NOT_AGAIN_WITHIN: Final = timedelta(minutes=1)
"""Opening a record again so soon asks nothing, even when the vendor did not answer."""


def questions(context: PatientContext) -> Sequence[Question]:
    """Look the patient up at the vendor when what we know is older than the setting allows (CP-53)."""
    settings = context.site.settings.get(NAME, {})
    if not (settings.get("api_key") and settings.get("base_url")) or context.patient.deceased_on:
        return ()
    patient = context.patient
    now = clock.now()
    seen = last_lookup(context.reading, context.site, patient.patient_id)
    if seen is not None and now - seen < timedelta(minutes=int(settings.get("refresh_minutes", 15))):
        return ()
    if _asked_since(context.reading, context.site, patient.patient_id, now - NOT_AGAIN_WITHIN):
        return ()
    return (question(patient.patient_id, patient.client_code, patient.code),)


def question(patient_id: int, client_code: str, patient_code: str) -> Question:
    """The question that refreshes one patient's plans, by both of our ids (CP-41)."""
    return Question(
        question=REFRESH,
        subject=patient_subject(patient_id),
        data={
            "patient_id": patient_id,
            "client_code": client_code,
            "patient_code": patient_code,
        },
    )


def last_lookup(reading: Reading, site: SiteFacts, patient_id: int) -> datetime | None:
    """When we asked the vendor what it last answered for this patient under the site's account."""
    rows = reading.rows(
        select(CarePlanLookup).where(
            CarePlanLookup.patient_id == patient_id, CarePlanLookup.account_key == account_key(site)
        )
    )
    return rows[0].CarePlanLookup.asked_at if rows else None


def _asked_since(reading: Reading, site: SiteFacts, patient_id: int, moment: datetime) -> bool:
    """Whether the vendor was asked about this patient after `moment`, answered or not."""
    return bool(
        reading.rows(
            select(AskRow.id)
            .where(
                AskRow.plugin == NAME,
                AskRow.question == REFRESH,
                AskRow.site_id == site.site_id,
                AskRow.subject == patient_subject(patient_id),
                AskRow.asked_at > moment,
            )
            .limit(1)
        )
    )
