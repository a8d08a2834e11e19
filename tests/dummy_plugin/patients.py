"""What the patient's page shows of the club, and what is asked because it was opened."""

from collections.abc import Sequence

from typing_extensions import override

from fetlock import hookimpl
from fetlock.contracts import (
    BenefitPlan,
    Facts,
    HeaderIcon,
    Link,
    PatientContext,
    Question,
    Status,
    SummaryPanel,
)
from fetlock.hooks import PatientHooks
from tests.dummy_plugin.members import bags_of, members_among, question
from tests.dummy_plugin.naming import VIEW


class PatientPage(PatientHooks):
    """The hooks of the patient's page."""

    @hookimpl
    @override
    def patient_panels(self, context: PatientContext) -> Sequence[SummaryPanel]:
        patient_id = context.patient.patient_id
        member = members_among(context.reading, [patient_id]).get(patient_id)
        if member is None or not context.viewer.may(VIEW):
            return []
        return [
            SummaryPanel(
                key="membership",
                title=f"Club member {member.number}",
                status=Status(kind="warn", text="Fee due") if member.owes_fee else None,
                blocks=(Facts(rows=(("Bags of food", "one a year"),)),),
                links=(Link(text="Membership", href=f"patients/{patient_id}/club"),),
            )
        ]

    @hookimpl
    @override
    def patient_icons(self, context: PatientContext) -> Sequence[HeaderIcon]:
        if not members_among(context.reading, [context.patient.patient_id]):
            return []
        return [HeaderIcon(key="member", icon="plan", label="Member of the club")]

    @hookimpl
    @override
    def benefit_plans(self, context: PatientContext) -> Sequence[BenefitPlan]:
        patient_id = context.patient.patient_id
        bags = bags_of(context.reading, patient_id)
        if bags is None:
            return []
        return [
            BenefitPlan(
                key="dummy-club",
                name="Care Plan: Dummy Club",
                outside=True,
                status=Status(kind="ok", text="Active"),
                valid_from=bags.valid_from,
                valid_to=bags.valid_to,
                detail=f"club/patients/{patient_id}/plan",
                ended=bags.valid_to < context.day,
            )
        ]

    @hookimpl
    @override
    def no_benefit_plans(self, context: PatientContext) -> Sequence[Link]:
        href = f"club/patients/{context.patient.patient_id}/no-plan"
        return [Link(text="Not a member of the club", href=href)]

    @hookimpl
    @override
    def patient_questions(self, context: PatientContext) -> Sequence[Question]:
        patient = context.patient
        if patient.deceased_on or members_among(context.reading, [patient.patient_id]):
            return []  # what we know is fresh enough
        return [question(patient.patient_id, patient.code)]
