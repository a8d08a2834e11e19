"""The weight panel: what a patient weighs, and how that came about, drawn and as numbers (H-11, UI-4)."""

from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select
from typing_extensions import override

from fetlock.contracts import HOOK_API, Link, Manifest, PatientContext, Series, SummaryPanel, Text
from fetlock.domain.patients.models import PatientWeight
from fetlock.domain.patients.weighing import in_unit
from fetlock.hooks import PatientHooks, RegistrationHooks, hookimpl

NAME: Final = "weights"
SHOWN: Final = 24


class WeightPanel(RegistrationHooks, PatientHooks):
    """Contributes one panel: the latest weight as its title, the latest 24 as a series."""

    @hookimpl
    @override
    def manifest(self) -> Manifest:
        return Manifest(
            name=NAME,
            label="Weight",
            version=HOOK_API,
            hook_api=f"=={HOOK_API}",
            description="A patient's weights over time.",
            weight=900,
        )

    @hookimpl
    @override
    def patient_panels(self, context: PatientContext) -> Sequence[SummaryPanel]:
        rows = context.reading.rows(
            select(PatientWeight.measured_at, PatientWeight.kilograms, PatientWeight.entered_unit)
            .where(PatientWeight.patient_id == context.patient.patient_id)
            .order_by(PatientWeight.measured_at.desc(), PatientWeight.id.desc())
            .limit(SHOWN)
        )
        links: tuple[Link, ...] = ()
        if context.viewer.may("patients.edit"):
            links = (Link(text="Add a weight", href=f"patients/{context.patient.patient_id}/weights"),)
        if not rows:
            return [
                SummaryPanel(
                    key="weight",
                    title="Weight: none yet",
                    icon="scale",
                    blocks=(Text(text="No weight has been noted so far.", muted=True),),
                    links=links,
                )
            ]
        unit = rows[0].entered_unit
        zone = ZoneInfo(context.site.time_zone)
        points = tuple(
            (row.measured_at.astimezone(zone).date(), in_unit(row.kilograms, unit)) for row in reversed(rows)
        )
        title = f"Weight: {points[-1][1]:f} {unit}"
        series = Series(label="Weight", unit=unit, points=points)
        return [SummaryPanel(key="weight", title=title, icon="scale", blocks=(series,), links=links)]
