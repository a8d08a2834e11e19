"""Reporting usage: once per key, whole quantities, within plan and term."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from fetlock_careplans_covetrus.vendor_api import PlanVendor
from fetlock_careplans_covetrus.vendor_errors import VendorRejected
from fetlock_careplans_covetrus.vendor_values import Item, Plan, Term


def test_a_usage_is_counted_and_found_again(
    vendor: PlanVendor, usage: Any, key: UUID, recheck: Item, sandbox: Any
) -> None:
    assert vendor.find_usage(key) is None
    sent = usage()
    receipt = vendor.post_usage(key, sent)
    assert (receipt.key, receipt.replayed) == (key, False)
    assert (receipt.item.included, receipt.item.used) == (2, 1)
    assert sandbox.used(recheck.id) == 1
    found = vendor.find_usage(key)
    assert found is not None
    assert found.usage_id == receipt.usage_id
    assert found.recorded_at == receipt.recorded_at
    assert {name: getattr(found, name) for name in type(sent).model_fields} == sent.model_dump()


def test_what_travels_on_the_wire(vendor: PlanVendor, usage: Any, key: UUID, sandbox: Any, day: date) -> None:
    vendor.post_usage(key, usage())
    [recorded] = sandbox.state()["usages"]
    assert recorded["used_on"] == day.isoformat()
    assert (recorded["provider"], recorded["invoice_number"]) == ("Dr. Raman", "NG-20418")
    assert recorded["pims_line"] == "4711"
    attempt = sandbox.state()["attempts"][0]
    assert (attempt["method"], attempt["path"], attempt["key"]) == ("POST", "/v1/usages", str(key))
    assert (attempt["status"], attempt["handled"], attempt["fault"]) == (201, True, None)


@pytest.mark.req("CPX-2")
def test_the_same_key_counts_once(
    vendor: PlanVendor, usage: Any, key: UUID, sandbox: Any, recheck: Item
) -> None:
    first = vendor.post_usage(key, usage())
    # In between the count moves on; the answer for this key does not.
    vendor.post_usage(uuid4(), usage())
    again = vendor.post_usage(str(key), usage())
    assert again == first.model_copy(update={"replayed": True})
    assert sandbox.used(recheck.id) == 2
    assert [entry["replays"] for entry in sandbox.state()["usages"]] == [1, 0]


def test_the_same_key_for_something_else_is_refused(
    vendor: PlanVendor, usage: Any, key: UUID, sandbox: Any, recheck: Item
) -> None:
    vendor.post_usage(key, usage())
    for other in ({"quantity": 2}, {"pims_line": "4712"}, {"used_on": date(2026, 1, 2)}):
        with pytest.raises(VendorRejected) as refused:
            vendor.post_usage(key, usage(**other))
        assert (refused.value.status, refused.value.code) == (409, "key_reused")
        assert not refused.value.is_conflict
    assert sandbox.used(recheck.id) == 1


@pytest.mark.req("CPX-2")
def test_many_senders_at_once(
    vendor: PlanVendor, usage: Any, sandbox: Any, recheck: Item, barnaby: Plan
) -> None:
    """Twenty keys, each sent four times by eight threads: twenty counted."""
    sandbox.call("PATCH", f"/plans/{barnaby.id}/items/{recheck.id}", {"included": 20})
    keys = [uuid4() for _ in range(20)] * 4
    with ThreadPoolExecutor(8) as threads:
        receipts = list(threads.map(lambda key: vendor.post_usage(key, usage()), keys))
    assert sum(not receipt.replayed for receipt in receipts) == 20
    assert len({receipt.usage_id for receipt in receipts}) == 20
    assert sandbox.used(recheck.id) == 20


def test_beyond_the_allotment(vendor: PlanVendor, usage: Any, sandbox: Any, recheck: Item) -> None:
    with pytest.raises(VendorRejected) as refused:
        vendor.post_usage(uuid4(), usage(quantity=3))
    assert (refused.value.code, refused.value.is_conflict) == ("over_allotment", True)
    assert sandbox.used(recheck.id) == 0
    sandbox.call("PATCH", "/accounts/NORTHGATE", {"over_allotment": "accept"})
    assert vendor.post_usage(uuid4(), usage(quantity=3)).item.used == 3


def test_a_refused_key_may_be_accepted_later(vendor: PlanVendor, usage: Any, key: UUID, sandbox: Any) -> None:
    with pytest.raises(VendorRejected):
        vendor.post_usage(key, usage(quantity=3))
    assert vendor.find_usage(key) is None
    sandbox.call("PATCH", "/accounts/NORTHGATE", {"over_allotment": "accept"})
    assert vendor.post_usage(key, usage(quantity=3)).replayed is False


def test_only_so_many_at_once(vendor: PlanVendor, usage: Any, sandbox: Any, recheck: Item) -> None:
    """Two are left and eight are sent at the same time: two are counted."""

    def send(_: int) -> bool:
        try:
            vendor.post_usage(uuid4(), usage())
        except VendorRejected:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(send, range(8))) == 2
    assert sandbox.used(recheck.id) == 2


def test_giving_back(vendor: PlanVendor, usage: Any, sandbox: Any, recheck: Item, barnaby: Plan) -> None:
    vendor.post_usage(uuid4(), usage(quantity=2))
    assert vendor.post_usage(uuid4(), usage(quantity=-1)).item.used == 1
    # Whatever has become of the plan since.
    sandbox.call("PATCH", f"/plans/{barnaby.id}", {"status": "cancelled"})
    assert vendor.post_usage(uuid4(), usage(quantity=-1)).item.used == 0
    with pytest.raises(VendorRejected) as refused:
        vendor.post_usage(uuid4(), usage(quantity=-1))
    assert refused.value.code == "below_zero"


def test_unknown_plan_term_item_code(vendor: PlanVendor, usage: Any, barnaby: Plan) -> None:
    other_term = barnaby.terms[2].id
    for fields, status, code in (
        ({"plan_id": "NOPE"}, 404, "plan_not_found"),
        ({"item_id": "NOPE"}, 404, "item_not_found"),
        ({"term_id": other_term}, 404, "item_not_found"),
        ({"code": "DENT-1"}, 409, "code_not_covered"),
    ):
        with pytest.raises(VendorRejected) as refused:
            vendor.post_usage(uuid4(), usage(**fields))
        assert (refused.value.status, refused.value.code) == (status, code)
        assert refused.value.message
        assert refused.value.message in refused.value.user_message
        assert not refused.value.retryable
        assert not refused.value.is_unclear


def test_alternates_draw_on_one_allotment(
    vendor: PlanVendor, usage: Any, current: Term, sandbox: Any
) -> None:
    vaccine = next(item for item in current.items if item.code == "VAC-RAB3")
    assert (vaccine.included, vaccine.used) == (2, 1)
    vendor.post_usage(uuid4(), usage(item_id=vaccine.id, code="VAC-DAPP3"))
    with pytest.raises(VendorRejected, match="2 of Core vaccine"):
        vendor.post_usage(uuid4(), usage(item_id=vaccine.id, code="VAC-RAB1"))
    # A dropped alternate is no longer covered, but what was used under it can be given back.
    sandbox.call("DELETE", f"/plans/1000038999/items/{vaccine.id}/alternates/VAC-DAPP3")
    assert vendor.post_usage(uuid4(), usage(item_id=vaccine.id, code="VAC-DAPP3", quantity=-1)).item.used == 1
    with pytest.raises(VendorRejected) as refused:
        vendor.post_usage(uuid4(), usage(item_id=vaccine.id, code="VAC-DAPP3"))
    assert refused.value.code == "code_not_covered"


def test_a_plan_on_hold_takes_nothing(vendor: PlanVendor, usage: Any, sandbox: Any, barnaby: Plan) -> None:
    for status in ("suspended", "cancelled"):
        sandbox.call("PATCH", f"/plans/{barnaby.id}", {"status": status})
        with pytest.raises(VendorRejected) as refused:
            vendor.post_usage(uuid4(), usage())
        assert (refused.value.code, refused.value.is_conflict) == ("plan_not_active", True)


def test_the_day_must_lie_in_the_term(
    vendor: PlanVendor, usage: Any, sandbox: Any, barnaby: Plan, current: Term, day: date
) -> None:
    renewed = barnaby.terms[2]
    item = next(it for it in renewed.items if it.code == "EXAM-RE")
    early = {"term_id": renewed.id, "item_id": item.id}
    assert vendor.post_usage(uuid4(), usage(**early)).item.used == 1
    sandbox.call("PATCH", f"/plans/{barnaby.id}/terms/{renewed.id}", {"flagged_early": False})
    late = {"used_on": current.expires_on + timedelta(days=31)}
    for fields in (early, late):
        with pytest.raises(VendorRejected) as refused:
            vendor.post_usage(uuid4(), usage(**fields))
        assert refused.value.code == "term_not_open"
    # What an outage kept back is posted late, and the account allows a reach-back of thirty days.
    assert vendor.post_usage(uuid4(), usage(used_on=current.expires_on + timedelta(days=30))).item.used == 1


@pytest.mark.req("CP-66")
@pytest.mark.parametrize("quantity", [1.5, 1.0, "1", True, None, 0, 10**9, -(10**9), 10**30])
def test_the_simulator_takes_whole_quantities_only(
    sandbox: Any, usage: Any, recheck: Item, quantity: Any
) -> None:
    body = usage().model_dump(mode="json") | {"quantity": quantity}
    answer = sandbox.raw("POST", "/usages", json=body, headers={"Idempotency-Key": str(uuid4())})
    assert answer.status_code == 422
    assert "quantity" in answer.json()["detail"]
    assert sandbox.used(recheck.id) == 0


@pytest.mark.req("CP-66")
def test_a_usage_holds_whole_quantities_only(usage: Any) -> None:
    assert usage(quantity=Decimal("2.0000")).quantity == 2
    assert usage(quantity=Decimal("-1")).quantity == -1
    for quantity in (
        Decimal("1.5"),
        Decimal("0.9999"),
        Decimal("NaN"),
        Decimal("Infinity"),
        1.0,
        "1",
        True,
        0,
    ):
        with pytest.raises(ValidationError):
            usage(quantity=quantity)


def test_what_is_wrong_with_a_body(sandbox: Any, usage: Any) -> None:
    body, key = usage().model_dump(mode="json"), {"Idempotency-Key": str(uuid4())}
    for kwargs, status, code in (
        ({"content": b"{", "headers": key}, 400, "not_json"),
        ({"content": b"\xff", "headers": key}, 400, "not_json"),
        ({"json": [], "headers": key}, 422, "invalid"),
        ({"json": body | {"colour": "red"}, "headers": key}, 422, "invalid"),
        ({"json": body | {"used_on": "yesterday"}, "headers": key}, 422, "invalid"),
        ({"json": body}, 400, "key_missing"),
        ({"json": body, "headers": {"Idempotency-Key": "1"}}, 400, "key_invalid"),
    ):
        answer = sandbox.raw("POST", "/usages", **kwargs)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.headers["content-type"] == "application/problem+json"
    assert sandbox.raw("GET", "/nothing").json()["code"] == "not_found"
    assert sandbox.raw("DELETE", "/account").status_code == 405
    assert sandbox.state()["usages"] == []
