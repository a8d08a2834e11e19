"""The account, and credentials that do not open it."""

import traceback
from typing import Any

import httpx
import pytest

from fetlock_careplans_covetrus.sandbox.demo import API_KEY, API_SECRET
from fetlock_careplans_covetrus.vendor_api import PlanVendor
from fetlock_careplans_covetrus.vendor_errors import VendorError, VendorRefusedCredentials


@pytest.mark.req("CP-6")
def test_valid_credentials_give_the_account_and_change_nothing(vendor: PlanVendor, sandbox: Any) -> None:
    before = sandbox.state()["plans"]
    account = vendor.account()
    assert (account.account_id, account.name) == ("NORTHGATE", "Northgate Animal Hospital")
    assert account.allows_self_sign_up is True
    assert account.support_contact is not None
    assert "support@" in account.support_contact
    assert sandbox.state()["plans"] == before
    assert sandbox.state()["usages"] == []


@pytest.mark.req("CP-7")
@pytest.mark.parametrize(
    ("key", "secret"), [("DEMO-KEY-NORTHGATE", "wrong"), ("WRONG", "demo-secret-2026"), ("WRONG", "wrong")]
)
def test_wrong_credentials_are_told_as_such(sandbox: Any, http: httpx.Client, key: str, secret: str) -> None:
    vendor = PlanVendor(http, sandbox.address, key, secret)
    with pytest.raises(VendorRefusedCredentials) as refused:
        vendor.account()
    assert "API key and secret" in refused.value.user_message
    assert not refused.value.retryable
    assert not refused.value.is_unclear


def test_no_credentials_are_refused_by_the_simulator(sandbox: Any) -> None:
    answer = sandbox.http.get(f"{sandbox.address}/v1/account")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "credentials_refused"


@pytest.mark.parametrize("wrong", ["", " pasted", "pasted ", "line\nbreak", "schlüssel", "tab\there", "\x00"])
def test_credentials_that_cannot_be_some_are_refused_without_sending(
    sandbox: Any, http: httpx.Client, wrong: str
) -> None:
    attempts = len(sandbox.state()["attempts"])
    for key, secret, named in (("KEY", wrong, "secret"), (wrong, "secret", "API key")):
        with pytest.raises(VendorRefusedCredentials, match=named) as refused:
            PlanVendor(http, sandbox.address, key, secret)
        assert not wrong.strip() or wrong not in refused.value.user_message
    assert len(sandbox.state()["attempts"]) == attempts


@pytest.mark.req("CP-4")
def test_the_secret_shows_nowhere(sandbox: Any, http: httpx.Client, vendor: PlanVendor) -> None:
    assert API_SECRET not in repr(vendor)
    assert API_SECRET not in repr(vars(vendor))
    for mode in ("error500", "wrong_credentials", "not_json", "missing_fields", "cut_off_after_accept"):
        sandbox.fault(mode, times=1)
        with pytest.raises(VendorError) as failed:
            vendor.account()
        assert failed.value.__cause__ is None
        assert failed.value.__context__ is None, "the transport's error holds the request and so the secret"
        shown = "".join(
            traceback.TracebackException.from_exception(failed.value, capture_locals=True).format()
        )
        # This test's own frame may know it; the adapter's may not.
        ours = shown[shown.index("vendor_api.py") :]
        assert API_SECRET not in ours
    assert API_SECRET not in sandbox.http.get(f"{sandbox.address}/sandbox/state").text


def test_a_second_account_sees_only_its_own_plans(sandbox: Any, http: httpx.Client) -> None:
    sandbox.call(
        "POST", "/accounts", {"account_id": "Q", "name": "Quayside", "api_key": "Q-KEY", "api_secret": "q"}
    )
    sandbox.call("POST", "/plans", {"account_id": "Q", "id": "Q1", "pims_client_id": "57",
                                    "pims_patient_id": "57A", "items": [{"code": "X"}]})  # fmt: skip
    other = PlanVendor(http, sandbox.address, "Q-KEY", "q")
    assert other.account().name == "Quayside"
    assert [plan.id for plan in other.plans("57", "57A").plans] == ["Q1"]
    assert [
        plan.id for plan in PlanVendor(http, sandbox.address, API_KEY, API_SECRET).plans("57", "57A").plans
    ] == ["1000038999"]
    taken = {"account_id": "R", "name": "R", "api_key": "Q-KEY", "api_secret": "r"}
    assert sandbox.call("POST", "/accounts", taken, status=409)["code"] == "api_key_taken"


def test_account_switches(sandbox: Any, vendor: PlanVendor) -> None:
    sandbox.call("PATCH", "/accounts/NORTHGATE", {"allows_self_sign_up": False, "support_contact": None})
    account = vendor.account()
    assert account.allows_self_sign_up is False
    assert account.support_contact is None
    assert sandbox.call("PATCH", "/accounts/NOPE", {}, status=404)["code"] == "account_not_found"
    assert sandbox.call("PATCH", "/accounts/NORTHGATE", {"colour": 1}, status=422)["code"] == "invalid"
