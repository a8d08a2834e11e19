"""What the vendor shows of plans, and the switches that change them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from fetlock_careplans_covetrus.sandbox.demo import API_KEY, API_SECRET
from fetlock_careplans_covetrus.sandbox.running import in_thread
from fetlock_careplans_covetrus.vendor_api import PlanVendor
from fetlock_careplans_covetrus.vendor_values import Item, Plan, Term


@pytest.mark.req("CP-41")
@pytest.mark.parametrize(("client", "patient"), [("57", "57B"), ("58", "57A"), ("57", "57a"), ("57A", "57")])
def test_both_ids_must_match(vendor: PlanVendor, client: str, patient: str) -> None:
    assert vendor.plans("57", "57A").plans
    assert vendor.plans(client, patient).plans == ()


@pytest.mark.parametrize(
    "query", ["", "?pims_client_id=57", "?pims_patient_id=57A", "?pims_client_id=&pims_patient_id=57A"]
)
def test_both_ids_are_needed(sandbox: Any, query: str) -> None:
    answer = sandbox.raw("GET", f"/plans{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "ids_required")


def test_barnabys_plan(barnaby: Plan, day: date) -> None:
    assert (barnaby.name, barnaby.status, barnaby.account_number) == ("Adult Canine Plus", "active", "022368")
    assert barnaby.is_active
    assert barnaby.merchant == "Northgate Animal Hospital"
    assert barnaby.out_of_plan_discount is not None
    assert barnaby.out_of_plan_discount.percent == Decimal(10)
    past, current, renewed = barnaby.terms
    assert [term.status for term in barnaby.terms] == ["past", "current", "renewed_early"]
    assert current.starts_on < day < current.expires_on
    assert renewed.starts_on == current.expires_on + timedelta(days=1)
    assert current.usable_on(day)
    assert renewed.flagged_early
    assert renewed.usable_on(day)
    assert not past.usable_on(day)
    assert len(current.items) == 12
    assert {item.group for item in current.items} == {"Exams and visits", "Vaccines", "Diagnostics", "Care"}
    assert [item.position for item in current.items] == list(range(1, 13))
    by_code = {item.code: item for item in current.items}
    assert by_code["VAC-RAB3"].codes == ("VAC-RAB3", "VAC-DAPP3", "VAC-RAB1")
    assert by_code["FEC-GIA"].codes == ("FEC-GIA", "HW-4DX")
    assert by_code["LAB-C17"].codes == ("LAB-C17", "LAB-SEN")
    assert by_code["SKN-SCR"].codes == ("SKN-SCR", "CYT-EAR")
    assert by_code["INJ-NSAID-S"].codes == ("INJ-NSAID-S", "INJ-NSAID-M", "INJ-NSAID-L")
    assert {"EXAM-ANN", "EXAM-RE", "NW-CHK", "VAC-LEPTO4", "NAIL-M", "DENT-1"} <= by_code.keys()
    assert barnaby.billing.monthly_payment * 12 == barnaby.billing.plan_amount == Decimal("525.00")
    assert barnaby.billing.last_payment is not None
    assert [relative.status for relative in barnaby.pet_family] == ["cancelled"]
    assert len(barnaby.statements) == 12


def test_the_other_demo_plans(vendor: PlanVendor) -> None:
    [kitten] = vendor.plans("61", "61A").plans
    assert (kitten.name, kitten.status, kitten.out_of_plan_discount) == ("Kitten Start", "active", None)
    assert 0 < kitten.billing.remaining_scheduled < 12
    assert kitten.billing.contract_balance == kitten.billing.remaining_scheduled * Decimal("29.00")
    assert [plan.status for plan in vendor.plans("63", "63B").plans] == ["expired"]
    [suspended] = vendor.plans("64", "64A").plans
    assert (suspended.status, suspended.billing.account_health) == ("suspended", "suspended")
    assert suspended.out_of_plan_discount is not None


@pytest.mark.req("CP-53")
def test_the_time_of_looking_moves(vendor: PlanVendor) -> None:
    first, second = vendor.plans("57", "57A").as_of, vendor.plans("57", "57A").as_of
    assert first.tzinfo is not None
    assert second > first


def test_plan_changes_at_the_vendor_are_seen(
    vendor: PlanVendor, sandbox: Any, barnaby: Plan, current: Term
) -> None:
    plan = f"/plans/{barnaby.id}"
    skin = next(item for item in current.items if item.code == "SKN-SCR")

    def item() -> Item:
        terms = vendor.plans("57", "57A").plans[0].terms
        return next(it for term in terms for it in term.items if it.id == skin.id)

    sandbox.call("DELETE", f"{plan}/items/{skin.id}/alternates/CYT-EAR")
    assert item().codes == ("SKN-SCR",)
    sandbox.call("POST", f"{plan}/items/{skin.id}/alternates", {"code": "CYT-2", "name": "Cytology"})
    assert item().codes == ("SKN-SCR", "CYT-2")
    sandbox.call("PATCH", f"{plan}/items/{skin.id}", {"used": 2, "included": 5, "position": 99})
    assert (item().used, item().included, item().position) == (2, 5, 99)
    assert vendor.plans("57", "57A").plans[0].terms[1].items[-1].id == skin.id
    sandbox.call("POST", f"{plan}/terms/{current.id}/items", {"code": "NEW-1", "optional": True})
    assert vendor.plans("57", "57A").plans[0].terms[1].items[-1].optional
    sandbox.call("DELETE", f"{plan}/items/{skin.id}")
    assert skin.id not in {it.id for it in vendor.plans("57", "57A").plans[0].terms[1].items}

    for path in (f"{plan}/items/NOPE", f"{plan}/items/{skin.id}/alternates/X", "/plans/NOPE/items/X"):
        sandbox.call("DELETE", path, status=404)
    sandbox.call("POST", f"{plan}/terms/NOPE/items", {"code": "X"}, status=404)
    sandbox.call("PATCH", f"{plan}/items/{current.items[0].id}", {"used": "two"}, status=422)


def test_suspend_cancel_resume_and_move(vendor: PlanVendor, sandbox: Any, barnaby: Plan) -> None:
    plan = f"/plans/{barnaby.id}"
    for status in ("suspended", "cancelled", "active"):
        sandbox.call("PATCH", plan, {"status": status, "status_reason": "by hand"})
        assert vendor.plans("57", "57A").plans[0].status == status
    sandbox.call("PATCH", plan, {"billing": {"billing_status": "past_due"}, "out_of_plan_discount": None})
    changed = vendor.plans("57", "57A").plans[0]
    assert changed.billing.billing_status == "past_due"
    assert changed.billing.plan_amount == Decimal("525.00")
    assert changed.out_of_plan_discount is None
    sandbox.call("PATCH", plan, {"pims_client_id": "90", "pims_patient_id": "90A"})
    assert vendor.plans("57", "57A").plans == ()
    assert vendor.plans("90", "90A").plans[0].id == barnaby.id
    assert sandbox.call("PATCH", plan, {"terms": []}, status=422)["code"] == "invalid"
    assert sandbox.call("PATCH", plan, {"id": "x"}, status=422)["code"] == "invalid"


def test_a_term_changes_its_dates(
    vendor: PlanVendor, sandbox: Any, barnaby: Plan, current: Term, day: date
) -> None:
    yesterday = day - timedelta(days=1)
    sandbox.call("PATCH", f"/plans/{barnaby.id}/terms/{current.id}", {"expires_on": yesterday.isoformat()})
    renewed = barnaby.terms[2]
    sandbox.call("PATCH", f"/plans/{barnaby.id}/terms/{renewed.id}", {"flagged_early": False})
    plan = vendor.plans("57", "57A").plans[0]
    assert [term.status for term in plan.terms] == ["past", "past", "future"]
    assert plan.status == "pending"
    assert not plan.is_active


def test_renewal(vendor: PlanVendor, sandbox: Any, day: date) -> None:
    kitten = vendor.plans("61", "61A").plans[0]
    sandbox.call("POST", f"/plans/{kitten.id}/renew", {"origin": "manual", "without": ["SURG-NEU"]})
    first, second = vendor.plans("61", "61A").plans[0].terms
    assert (second.number, second.origin, second.flagged_early) == (2, "manual", True)
    assert second.starts_on == first.expires_on + timedelta(days=1)
    assert second.usable_on(day)
    assert {item.code for item in first.items} - {item.code for item in second.items} == {"SURG-NEU"}
    assert all(item.used == 0 for item in second.items)
    sandbox.call("POST", f"/plans/{kitten.id}/renew", {"flagged_early": False})
    assert not vendor.plans("61", "61A").plans[0].terms[2].usable_on(day)


def test_a_plan_of_a_few_words(vendor: PlanVendor, sandbox: Any, day: date) -> None:
    items = [{"code": "A", "alternates": ["B"], "included": 3, "used": 1}]
    sandbox.call(
        "POST", "/plans", {"id": "P1", "pims_client_id": "1", "pims_patient_id": "1A", "items": items}
    )
    [plan] = vendor.plans("1", "1A").plans
    [term] = plan.terms
    assert (plan.status, term.status) == ("active", "current")
    assert term.starts_on == day - timedelta(days=30)
    [item] = term.items
    assert (item.id, item.codes, item.included, item.used) == ("P1-T1-A", ("A", "B"), 3, 1)
    twice = {
        "id": "P2",
        "pims_client_id": "1",
        "pims_patient_id": "1A",
        "items": [{"code": "A"}, {"code": "A"}],
    }
    assert sandbox.call("POST", "/plans", twice, status=422)["code"] == "id_twice"
    assert sandbox.call("POST", "/plans", {"id": "P3"}, status=422)["code"] == "invalid"
    assert sandbox.call("POST", "/plans", [1], status=422)["code"] == "invalid"


def test_leap_day_start_ends_on_the_twenty_eighth(vendor: PlanVendor, sandbox: Any) -> None:
    sandbox.call("POST", "/plans", {"id": "L", "pims_client_id": "2", "pims_patient_id": "2A", "terms": [
        {"starts_on": "2022-05-04", "items": []}, {"starts_on": "2024-02-29", "items": []}]})  # fmt: skip
    first, second = vendor.plans("2", "2A").plans[0].terms
    assert first.expires_on == date(2023, 5, 3)
    assert second.expires_on == date(2025, 2, 27)


def test_the_demo_never_ages(tmp_path: Path, http: httpx.Client) -> None:
    """A file started again a year later shows the same demo; plans that a person made keep their dates."""
    moment = datetime(2026, 11, 19, 15, 0, tzinfo=UTC)
    database = tmp_path / "vendor.db"
    drafts = {"id": "P1", "pims_client_id": "1", "pims_patient_id": "1A", "items": [{"code": "A"}]}
    seen = []
    for days in (0, 400):
        now = moment + timedelta(days=days)
        with in_thread(database=database, clock=lambda now=now: now) as address:  # type: ignore[misc]
            if not days:
                assert http.post(f"{address}/sandbox/plans", json=drafts).is_success
            vendor = PlanVendor(http, address, API_KEY, API_SECRET)
            barnaby, made = vendor.plans("57", "57A").plans[0], vendor.plans("1", "1A").plans[0]
            seen.append([(term.status, term.expires_on - now.date()) for term in barnaby.terms])
            assert made.terms[0].starts_on == date(2026, 10, 20)
            assert vendor.plans("57", "57A").as_of == now
    assert seen[0] == seen[1]
    assert seen[0][1] == ("current", timedelta(days=15))
