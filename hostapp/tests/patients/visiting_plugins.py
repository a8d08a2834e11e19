"""Plugins for the tests of the patient's page: one that works, one that raises, one that is slow."""

import time
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from typing_extensions import override

from fetlock.contracts import (
    BenefitPlan,
    Facts,
    HeaderIcon,
    Link,
    Manifest,
    Meter,
    Meters,
    PatientContext,
    Status,
    SummaryPanel,
    Text,
)
from fetlock.contracts.outside import Question
from fetlock.hooks import PatientHooks, RegistrationHooks, hookimpl


def manifest_of(name: str, weight: int = 100) -> Manifest:
    label = f"{name.capitalize()} label"
    return Manifest(name=name, label=label, version="1", hook_api=">=0.1,<0.2", weight=weight)


class Helpful(RegistrationHooks, PatientHooks):
    """Contributes one of everything; its texts try to be markup."""

    def __init__(self) -> None:
        self.asks = False

    @hookimpl
    @override
    def manifest(self) -> Manifest:
        return manifest_of("helpful", 10)

    @hookimpl
    @override
    def patient_panels(self, context: PatientContext) -> Sequence[SummaryPanel]:
        rows = (Meter(label="Exams <b>", posted=Decimal(1), reserved=Decimal(1), left=Decimal(2)),)
        return [
            SummaryPanel(
                key="later",
                title="Second panel",
                weight=200,
                blocks=(Facts(rows=(("Policy", "Lifetime & more"),)), Text(text="A word", muted=True)),
            ),
            SummaryPanel(
                key="plan",
                title=f"Gold plan of {context.patient.name}",
                icon="plan",
                status=Status(kind="ok", text="Active"),
                blocks=(Meters(rows=rows), Status(kind="bad", text="Past due")),
                links=(Link(text="All items", href="patients/1/plans"),),
            ),
        ]

    @hookimpl
    @override
    def patient_icons(self, context: PatientContext) -> Sequence[HeaderIcon]:
        return [
            HeaderIcon(key="p", icon="plan", label="Gold plan, active", href="patients/1/plans", kind="plan")
        ]

    @hookimpl
    @override
    def benefit_plans(self, context: PatientContext) -> Sequence[BenefitPlan]:
        if context.patient.species != "Canine":
            return []
        day = context.day

        def plan(key: str, name: str, ended: bool) -> BenefitPlan:
            return BenefitPlan(
                key=key,
                name=name,
                outside=True,
                status=Status(kind="off" if ended else "ok", text="Over" if ended else "Active"),
                valid_from=day - timedelta(days=700 if ended else 30),
                valid_to=day + timedelta(days=-300 if ended else 300),
                detail=f"helpful/plans/{key}",
                ended=ended,
            )

        return [plan("old", "Care Plan: Puppy", True), plan("gold", "Care Plan: Gold", False)]

    @hookimpl
    @override
    def no_benefit_plans(self, context: PatientContext) -> Sequence[Link]:
        return [Link(text="No plan", href=f"helpful/none/{context.patient.patient_id}")]

    @hookimpl
    @override
    def patient_questions(self, context: PatientContext) -> Sequence[Question]:
        if not self.asks:
            return []
        subject = f"patient:{context.patient.patient_id}"
        return [Question(question="refresh", subject=subject, data={"patient": context.patient.code})]


class Broken(RegistrationHooks, PatientHooks):
    """Raises wherever it is asked; the text of its error names a patient."""

    @hookimpl
    @override
    def manifest(self) -> Manifest:
        return manifest_of("broken")

    @hookimpl
    @override
    def patient_panels(self, context: PatientContext) -> Sequence[SummaryPanel]:
        raise RuntimeError(f"secret of {context.patient.name}")

    @hookimpl
    @override
    def patient_icons(self, context: PatientContext) -> Sequence[HeaderIcon]:
        raise RuntimeError("no icons either")

    @hookimpl
    @override
    def benefit_plans(self, context: PatientContext) -> Sequence[BenefitPlan]:
        raise RuntimeError("no plans either")

    @hookimpl
    @override
    def patient_questions(self, context: PatientContext) -> Sequence[Question]:
        raise RuntimeError("no questions either")


class Slow(RegistrationHooks, PatientHooks):
    """Takes its time."""

    seconds = 3.0

    @hookimpl
    @override
    def manifest(self) -> Manifest:
        return manifest_of("slow")

    @hookimpl
    @override
    def patient_panels(self, context: PatientContext) -> Sequence[SummaryPanel]:
        time.sleep(self.seconds)
        return [SummaryPanel(key="slow", title="At last")]
