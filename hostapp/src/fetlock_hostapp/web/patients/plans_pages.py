"""The shared plans tab: plans of all sources, the chosen one as its plugin's own fragment (CP-36, CP-45)."""

from typing import Any
from urllib.parse import urlencode

from litestar import get

from fetlock.contracts.panels import BenefitPlan, Link
from fetlock.errors import NotFound
from fetlock_hostapp.plugin import FromPath, FromQuery, Html, StaffRequest, reading
from fetlock_hostapp.web.patients.panel_pages import patient_context
from fetlock_hostapp.web.patients.strip import PLANS, load_strip


@get("/patients/{patient_id:int}/plans", permission="patients.view", sync_to_thread=True)
def patient_plans(
    request: StaffRequest,
    patient_id: FromPath[int],
    plan: FromQuery[str] = "",
    show: FromQuery[str] = "",
    fresh: FromQuery[bool] = False,
) -> Html:
    """The patient's plans; `plan` is the chosen one's key, `show=history` lists those that have ended too.

    `fresh`: the outside services were asked a moment ago, and need not be asked again.
    """
    with reading(request) as desk:
        if not desk.hooks.implementers("benefit_plans", desk.enabled):
            raise NotFound("No plugin that is on here has plans.")
        strip = load_strip(desk, patient_id, PLANS)
        context = patient_context(desk, patient_id)
        found: list[BenefitPlan] = []
        failed: list[dict[str, Any]] = []
        for answer in desk.hooks.call("benefit_plans", context, desk.work.enabled):
            if answer.failure is None:
                found += answer.value
            else:
                label = desk.hooks.registry.plugins[answer.plugin].manifest.label
                failure = answer.failure
                failed.append({"label": label, "incident": failure.incident, "cause": failure.cause.value})
        found.sort(key=lambda each: (each.ended, each.outside, each.name, each.key))
        chosen = next((each for each in found if each.key == plan), None)
        history = show == "history" or bool(chosen and chosen.ended) or all(each.ended for each in found)
        listed = [each for each in found if history or not each.ended]
        if chosen is None and listed:
            chosen = listed[0]
        missing: list[Link] = []
        if not found:
            for answer in desk.hooks.call("no_benefit_plans", context, desk.work.enabled):
                missing += answer.value or ()
        here = f"{strip.href}/plans"
        return desk.page(
            "patients/plans.html",
            strip=strip,
            plans=[
                {"plan": each, "href": f"{here}?{urlencode({'plan': each.key})}", "current": each is chosen}
                for each in listed
            ],
            chosen=chosen,
            failed=failed,
            missing=missing,
            chips=[
                {"label": "Active", "href": here, "current": not history, "count": _active(found)},
                {
                    "label": "History",
                    "href": f"{here}?show=history",
                    "current": history,
                    "count": len(found),
                },
            ],
            fresh=fresh,
            has_history=any(each.ended for each in found) and _active(found) > 0,
        )


def _active(plans: list[BenefitPlan]) -> int:
    return sum(not each.ended for each in plans)


HANDLERS = [patient_plans]
