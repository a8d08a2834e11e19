"""Hooks of the patient's page: panels, icons, and the plans of the shared plans tab."""

from collections.abc import Sequence

from fetlock.contracts.outside import Question
from fetlock.contracts.panels import BenefitPlan, HeaderIcon, Link, PatientContext, SummaryPanel
from fetlock.hooks.markers import HookKind, spec


class PatientHooks:
    """Subclass this to appear on the patient's page."""

    @spec(HookKind.CONTRIBUTE, returns=SummaryPanel, many=True)
    def patient_panels(self, context: PatientContext) -> Sequence[SummaryPanel]:
        """Summary panels of this patient, loaded in a request of their own (H-14)."""
        raise NotImplementedError

    @spec(HookKind.CONTRIBUTE, returns=HeaderIcon, many=True)
    def patient_icons(self, context: PatientContext) -> Sequence[HeaderIcon]:
        """Icons at the upper right of the patient's card (CP-44)."""
        raise NotImplementedError

    @spec(HookKind.CONTRIBUTE, returns=BenefitPlan, many=True)
    def benefit_plans(self, context: PatientContext) -> Sequence[BenefitPlan]:
        """The patient's plans, current and past, for the shared plans tab (CP-36, CP-45)."""
        raise NotImplementedError

    @spec(HookKind.CONTRIBUTE, returns=Link, many=True, provisional=True)
    def no_benefit_plans(self, context: PatientContext) -> Sequence[Link]:
        """Where the shared plans tab lists nothing: a path whose fragment says what to check (CP-42)."""
        raise NotImplementedError

    @spec(HookKind.CONTRIBUTE, returns=Question, many=True)
    def patient_questions(self, context: PatientContext) -> Sequence[Question]:
        """What the plugin wants asked of its outside service because this patient's page was opened.

        Answer nothing while what is known is fresh. The page shows what there is, and the plugin's
        panels again once the worker has the answer (UI-3).
        """
        raise NotImplementedError
