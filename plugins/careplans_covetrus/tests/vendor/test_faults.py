"""Every fault of the simulator, as the adapter tells it; and what the vendor had accepted by then."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from fetlock_careplans_covetrus.sandbox.demo import API_KEY, API_SECRET
from fetlock_careplans_covetrus.vendor_api import PlanVendor
from fetlock_careplans_covetrus.vendor_errors import (
    Cause,
    VendorAnswerUnreadable,
    VendorError,
    VendorRefusedCredentials,
    VendorTimeout,
    VendorUnavailable,
    VendorUnreachable,
)
from fetlock_careplans_covetrus.vendor_values import Item

FAULTS: dict[str, type[VendorError]] = {
    "error500": VendorUnavailable,
    "error503": VendorUnavailable,
    "error429": VendorUnavailable,
    "wrong_credentials": VendorRefusedCredentials,
    "timeout_after_accept": VendorTimeout,
    "cut_off_after_accept": VendorUnreachable,
    "not_json": VendorAnswerUnreadable,
    "missing_fields": VendorAnswerUnreadable,
}
ACCEPTED = {"timeout_after_accept", "cut_off_after_accept", "not_json", "missing_fields"}


@pytest.fixture
def hasty(sandbox: Any, http: httpx.Client) -> PlanVendor:
    """An adapter that waits half a second."""
    return PlanVendor(http, sandbox.address, API_KEY, API_SECRET, timeout=0.5)


@pytest.mark.req("CPX-2")
@pytest.mark.parametrize("mode", FAULTS)
def test_a_usage_under_each_fault(
    hasty: PlanVendor, sandbox: Any, usage: Any, key: UUID, recheck: Item, mode: str
) -> None:
    """The error says whether the vendor may have it; sent again with the same key it counts once."""
    sent = usage()
    sandbox.fault(mode, times=1, delay_seconds=5, paths=["/v1/usages"])
    with pytest.raises(FAULTS[mode]) as failed:
        hasty.post_usage(key, sent)
    # A 500 says nothing about what was done before it, so it too is unclear.
    assert failed.value.is_unclear is (mode in ACCEPTED or mode == "error500")
    assert failed.value.retryable is (mode != "wrong_credentials")
    assert failed.value.user_message.endswith(".")
    assert str(failed.value) == failed.value.user_message
    assert sandbox.used(recheck.id) == (mode in ACCEPTED)
    attempt = next(it for it in sandbox.state()["attempts"] if it["fault"] == mode)
    assert attempt["handled"] is (mode in ACCEPTED)

    receipt = hasty.post_usage(key, sent)
    assert receipt.replayed is (mode in ACCEPTED)
    assert sandbox.used(recheck.id) == 1
    assert sandbox.state()["faults"]["mode"] == "none"


@pytest.mark.parametrize("mode", FAULTS)
def test_looking_under_each_fault_is_never_unclear(
    hasty: PlanVendor, sandbox: Any, key: UUID, mode: str
) -> None:
    sandbox.fault(mode, delay_seconds=5)
    for look in (hasty.account, lambda: hasty.plans("57", "57A")):
        with pytest.raises(FAULTS[mode]) as failed:
            look()
        assert not failed.value.is_unclear
    sandbox.fault("none")
    assert hasty.account().name


def test_what_the_errors_carry(hasty: PlanVendor, sandbox: Any, usage: Any, key: UUID) -> None:
    sent = usage()
    for mode, status, wait in (("error500", 500, None), ("error503", 503, 7), ("error429", 429, 7)):
        sandbox.fault(mode, times=1, retry_after_seconds=7)
        with pytest.raises(VendorUnavailable) as down:
            hasty.account()
        assert (down.value.status, down.value.retry_after) == (status, wait)
    sandbox.fault("not_json", times=1)
    with pytest.raises(VendorAnswerUnreadable) as unreadable:
        hasty.account()
    assert unreadable.value.faults == ("answer: not JSON",)
    for look, faults in (
        (hasty.account, ("account_id: missing",)),
        (lambda: hasty.plans("57", "57A"), ("as_of: missing", "plans.0.terms: missing")),
        (lambda: hasty.post_usage(key, sent), ("usage_id: missing",)),
        (lambda: hasty.find_usage(key), ("usage_id: missing",)),
    ):
        sandbox.fault("missing_fields", times=1)
        with pytest.raises(VendorAnswerUnreadable) as lacking:
            look()
        assert lacking.value.faults == faults
        assert faults[0] in lacking.value.user_message
    sandbox.fault("cut_off_after_accept", times=1)
    with pytest.raises(VendorUnreachable) as lost:
        hasty.account()
    assert lost.value.cause is Cause.CONNECTION_LOST


def test_a_delay_within_the_time_is_no_fault(hasty: PlanVendor, sandbox: Any) -> None:
    sandbox.fault("delay", times=1, delay_seconds=0.1)
    assert hasty.account().name
    sandbox.fault("delay", times=1, delay_seconds=5)
    with pytest.raises(VendorTimeout):
        hasty.account()


@pytest.mark.req("CPX-2")
def test_a_request_that_arrives_twice_counts_once(
    hasty: PlanVendor, sandbox: Any, usage: Any, key: UUID, recheck: Item
) -> None:
    sent = usage()
    sandbox.fault("duplicate_answer", times=1)
    assert hasty.post_usage(key, sent).replayed
    assert sandbox.used(recheck.id) == 1
    assert hasty.plans("57", "57A").plans


def test_times_and_places(hasty: PlanVendor, sandbox: Any) -> None:
    sandbox.fault("error500", times=2, paths=["/v1/plans"])
    assert hasty.account().name
    for left in (1, None):
        with pytest.raises(VendorError):
            hasty.plans("57", "57A")
        assert sandbox.state()["faults"]["times"] == left
    assert hasty.plans("57", "57A").plans
    sandbox.fault("error500", methods=["POST"])
    assert hasty.account().name
    sandbox.fault("error500")
    for _ in range(3):
        with pytest.raises(VendorError):
            hasty.account()


def test_a_fault_that_is_none(sandbox: Any) -> None:
    for body in (
        {"mode": "fire"},
        {"mode": "none", "times": 0},
        {"mode": "delay", "delay_seconds": -1},
        {"x": 1},
    ):
        assert sandbox.call("PUT", "/faults", body, status=422)["code"] == "invalid"
    assert sandbox.call("POST", "/reset", [1], status=400)["code"] == "not_json"
    assert sandbox.call("POST", "/reset", {"demo": False}) == {"demo": False}
    state = sandbox.state()
    assert (state["plans"], state["usages"], state["attempts"]) == ([], [], [])
    assert len(state["accounts"]) == 1
