"""The plugin's manifest and hook implementations; what they do stands in the modules they name."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from pydantic import BaseModel
from typing_extensions import override

from fetlock import AppliedAnswer, JobRun, Manifest, hookimpl
from fetlock.contracts import (
    Ask,
    AskAnswer,
    BenefitPlan,
    Delivery,
    HeaderIcon,
    InvoiceFacts,
    Job,
    JobScope,
    LineAdjustment,
    LineCandidate,
    Link,
    NavigationItem,
    Notice,
    Parcel,
    PatientContext,
    Permission,
    Question,
    Quote,
    Receiver,
    SummaryPanel,
    Topic,
    Veto,
)
from fetlock.hooks import OutsideHooks, PatientHooks, PricingHooks, RegistrationHooks, WorkHooks
from fetlock_careplans_covetrus import (
    asking,
    delivery,
    keeping,
    lookups,
    panels,
    postings,
    pricing,
    refreshing,
)
from fetlock_careplans_covetrus.naming import LABEL, NAME, REFRESH, TABLE_PREFIX, USE, VIEW
from fetlock_careplans_covetrus.settings import CarePlanSettings

_CLINICAL: Final = frozenset({"Receptionist", "Nurse", "Veterinarian"})


class CarePlans(RegistrationHooks, PricingHooks, PatientHooks, OutsideHooks, WorkHooks):
    """Wellness plans that an outside vendor sells and bills; the practice does the services at zero."""

    @hookimpl
    @override
    def manifest(self) -> Manifest:
        return Manifest(
            name=NAME,
            label=LABEL,
            version="0.1.0",
            hook_api=">=0.1,<0.2",
            description="Plans of an outside vendor: covered items cost zero, usage is counted and reported.",
            table_prefix=TABLE_PREFIX,
            models="fetlock_careplans_covetrus.models",
            migrations="fetlock_careplans_covetrus.migrations",
            web="fetlock_careplans_covetrus.web:pages",
            sandbox="fetlock_careplans_covetrus.sandbox",
            tests_credentials=True,
        )

    @hookimpl
    @override
    def settings_model(self) -> type[BaseModel]:
        return CarePlanSettings

    @hookimpl
    @override
    def permissions(self) -> Sequence[Permission]:
        return (
            Permission(key=VIEW, label="See care plans", roles=_CLINICAL),
            Permission(key=USE, label="Add plan items to treatment and refresh plans", roles=_CLINICAL),
        )

    @hookimpl
    @override
    def navigation(self) -> Sequence[NavigationItem]:
        # Beside the list of plugins, the second way to the same settings (CP-8).
        return (
            NavigationItem(
                label="Care Plans",
                href=f"administration/plugins/{NAME}/settings",
                permission="plugins.settings",
                icon="plan",
                weight=90,
            ),
        )

    @hookimpl
    @override
    def topics(self) -> Sequence[Topic]:
        return (Topic(name="entitlement", receiver=Receiver.TAKES_KEYS, label="Usage to the plan system"),)

    @hookimpl
    @override
    def jobs(self) -> Sequence[Job]:
        # Two sites with one account at the vendor ask once.
        return (
            Job(
                key=REFRESH,
                label="Refresh plans",
                every=timedelta(minutes=5),
                per=JobScope.ACCOUNT,
                account=("base_url", "api_key"),
            ),
        )

    @hookimpl
    @override
    def propose_line_adjustments(self, quote: Quote) -> Sequence[LineAdjustment]:
        return pricing.propose(quote)

    @hookimpl
    @override
    def check_invoice_line(self, candidate: LineCandidate) -> Sequence[Veto]:
        return pricing.check(candidate)

    @hookimpl
    @override
    def invoice_notices(self, invoice: InvoiceFacts) -> Sequence[Notice]:
        return postings.notices(invoice)

    @hookimpl
    @override
    def patient_panels(self, context: PatientContext) -> Sequence[SummaryPanel]:
        return panels.panels(context)

    @hookimpl
    @override
    def patient_icons(self, context: PatientContext) -> Sequence[HeaderIcon]:
        return panels.icons(context)

    @hookimpl
    @override
    def benefit_plans(self, context: PatientContext) -> Sequence[BenefitPlan]:
        return panels.benefit_plans(context)

    @hookimpl
    @override
    def no_benefit_plans(self, context: PatientContext) -> Sequence[Link]:
        return panels.no_benefit_plans(context)

    @hookimpl
    @override
    def patient_questions(self, context: PatientContext) -> Sequence[Question]:
        return lookups.questions(context)

    @hookimpl
    @override
    def deliver(self, parcel: Parcel) -> Delivery:
        return delivery.deliver(parcel)

    @hookimpl
    @override
    def answer_ask(self, ask: Ask) -> AskAnswer:
        return asking.answer(ask)

    @hookimpl
    @override
    def apply_ask(self, answered: AppliedAnswer) -> None:
        if answered.question == REFRESH:
            keeping.keep(answered)

    @hookimpl
    @override
    def run_job(self, run: JobRun) -> None:
        refreshing.ask_for_stale(run)


plugin = CarePlans()
