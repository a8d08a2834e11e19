"""What the patient's page shows of plans: summary panels, icons, and the list of the shared plans tab."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select

from fetlock.contracts import (
    BenefitPlan,
    HeaderIcon,
    Link,
    Meter,
    Meters,
    PatientContext,
    SummaryPanel,
    Text,
)
from fetlock_careplans_covetrus.counters import ZERO, ItemShown, account_key, plans_of
from fetlock_careplans_covetrus.models import CarePlan
from fetlock_careplans_covetrus.naming import NAME, PREFIX, VIEW

MOST_METERS: Final = 6


def panels(context: PatientContext) -> Sequence[SummaryPanel]:
    """One panel per active plan: what is left of its items, at a glance (H-14)."""
    if not context.viewer.may(VIEW):
        return ()
    found = []
    for shown in plans_of(context.reading, context.site, context.patient.patient_id):
        term = shown.current(context.day)
        if not shown.plan.is_active or term is None:
            continue
        items = _most_telling(term.items)
        ends = f"Term ends {term.expires_on:%b} {term.expires_on.day}, {term.expires_on.year}."
        if any(later.usable_on(context.day) and later.number > term.number for later in shown.terms):
            ends += " The next term can be used already."
        found.append(
            SummaryPanel(
                key=f"plan-{shown.plan.id}",
                title=shown.title,
                icon="plan",
                status=shown.status,
                blocks=(Text(text=ends, muted=True), Meters(rows=tuple(map(_meter, items)))),
                links=(
                    Link(
                        text=f"All {len(term.items)} items",
                        href=f"patients/{context.patient.patient_id}/plans?plan={NAME}-{shown.plan.id}",
                    ),
                ),
                weight=20,
            )
        )
    return found


def icons(context: PatientContext) -> Sequence[HeaderIcon]:
    """The icon of the patient's card: there exactly when a plan is active, naming it (CP-44)."""
    if not context.viewer.may(VIEW):
        return ()
    active = [
        row.CarePlan
        for row in context.reading.rows(
            select(CarePlan).where(
                CarePlan.patient_id == context.patient.patient_id,
                CarePlan.account_key == account_key(context.site),
                CarePlan.status == "active",
                CarePlan.missing_since.is_(None),
            )
        )
    ]
    if not active:
        return ()
    names = ", ".join(f"{PREFIX}{plan.name}" for plan in active)
    href = f"patients/{context.patient.patient_id}/plans"
    return (HeaderIcon(key="plan", icon="plan", label=f"{names}, active", href=href, kind="plan"),)


def benefit_plans(context: PatientContext) -> Sequence[BenefitPlan]:
    """The patient's plans for the shared tab (CP-36, CP-37, CP-45)."""
    if not context.viewer.may(VIEW):
        return ()
    found = []
    for shown in plans_of(context.reading, context.site, context.patient.patient_id):
        if not shown.terms:
            continue
        term = shown.current(context.day) or shown.terms[-1]
        found.append(
            BenefitPlan(
                key=f"{NAME}-{shown.plan.id}",
                name=shown.title,
                outside=True,
                status=shown.status,
                valid_from=term.starts_on,
                valid_to=shown.terms[-1].expires_on,
                detail=f"careplans/patients/{context.patient.patient_id}/plans/{shown.plan.id}",
                ended=shown.plan.status in ("cancelled", "expired") or shown.plan.missing_since is not None,
            )
        )
    return found


def no_benefit_plans(context: PatientContext) -> Sequence[Link]:
    """What the shared tab shows where there is no plan: both numbers, to be checked there (CP-42)."""
    if not context.viewer.may(VIEW):
        return ()
    return (Link(text="No care plan", href=f"careplans/patients/{context.patient.patient_id}/plans"),)


def _most_telling(items: Sequence[ItemShown]) -> list[ItemShown]:
    """So many as a panel holds, those with something left before those used up, in the vendor's order."""
    chosen = sorted(items, key=lambda item: not item.left)[:MOST_METERS]
    return [item for item in items if item in chosen]


def _meter(item: ItemShown) -> Meter:
    return Meter(label=item.name, posted=max(item.posted, ZERO), reserved=item.reserved, left=item.left)
