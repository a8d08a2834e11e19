"""The automatic refresh: plans that have grown old are asked for again, a few at a time (CP-53)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import Select, case, exists, select
from sqlalchemy.orm import Session

from fetlock import JobRun, clock
from fetlock.services import ask
from fetlock.tables import AskRow, Client, Patient, Site
from fetlock_careplans_covetrus.lookups import question
from fetlock_careplans_covetrus.models import CarePlan, CarePlanLookup
from fetlock_careplans_covetrus.naming import NAME, REFRESH, patient_subject
from fetlock_careplans_covetrus.settings import CarePlanSettings

MOST_AT_ONCE: Final = 50
ENDED_EVERY: Final = timedelta(days=1)
"""Plans that have ended may come back, but need no looking after."""
_ENDED = ("cancelled", "expired")


def ask_for_stale(run: JobRun) -> None:
    """Ask for the patients whose plans are older than the setting, the oldest first.

    While the vendor does not answer, one question a run finds out when it does again.
    """
    settings: CarePlanSettings = run.settings
    if not settings.complete:
        return
    session = run.work.session
    sites = _sites_of_account(session, settings.api_key)
    waiting = set(
        session.scalars(
            select(AskRow.subject).where(
                AskRow.plugin == NAME,
                AskRow.question == REFRESH,
                AskRow.site_id.in_(sites),
                AskRow.state == "pending",
            )
        )
    )
    most = MOST_AT_ONCE if _vendor_answers(session, sites) else 1
    stale = session.execute(_stale(settings)).all()
    for row in [row for row in stale if patient_subject(row.patient_id) not in waiting][:most]:
        wanted = question(row.patient_id, row.account_number, row.code)
        ask(run.work, NAME, wanted.question, wanted.data, subject=wanted.subject)


def _stale(settings: CarePlanSettings) -> Select[int, str, str]:
    lives = exists().where(
        CarePlan.patient_id == CarePlanLookup.patient_id,
        CarePlan.account_key == CarePlanLookup.account_key,
        CarePlan.missing_since.is_(None),
        CarePlan.status.not_in(_ENDED),
    )
    now = clock.now()
    return (
        select(CarePlanLookup.patient_id, Patient.code, Client.account_number)
        .join(Patient, Patient.id == CarePlanLookup.patient_id)
        .join(Client, Client.id == Patient.client_id)
        .where(
            CarePlanLookup.account_key == settings.api_key,
            CarePlanLookup.found > 0,
            CarePlanLookup.asked_at
            < case((lives, now - timedelta(minutes=settings.refresh_minutes)), else_=now - ENDED_EVERY),
            Patient.deceased_on.is_(None),
        )
        .order_by(CarePlanLookup.asked_at, CarePlanLookup.patient_id)
        .limit(2 * MOST_AT_ONCE)
    )


def _sites_of_account(session: Session, api_key: str) -> Sequence[int]:
    """The sites that share this account: one question serves them all."""
    return [
        site.id
        for site in session.scalars(select(Site))
        if site.plugins.get(NAME, {}).get("settings", {}).get("api_key") == api_key
    ]


def _vendor_answers(session: Session, sites: Sequence[int]) -> bool:
    """Whether the last question about plans was answered; so too where none was asked yet."""
    latest = session.scalar(
        select(AskRow.ok)
        .where(
            AskRow.plugin == NAME,
            AskRow.question == REFRESH,
            AskRow.site_id.in_(sites),
            AskRow.state != "pending",
        )
        .order_by(AskRow.answered_at.desc(), AskRow.id.desc())
        .limit(1)
    )
    return latest is not False
