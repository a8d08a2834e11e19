"""Answers that no healthy vendor gives: a plain HTTP server says whatever the test wants."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from fetlock_careplans_covetrus.vendor_api import PlanVendor
from fetlock_careplans_covetrus.vendor_errors import (
    VendorAnswerUnreadable,
    VendorRefusedCredentials,
    VendorRejected,
    VendorUnavailable,
)
from fetlock_careplans_covetrus.vendor_values import Usage

Answering = Callable[..., PlanVendor]


@pytest.fixture
def answering(http: httpx.Client) -> Iterator[Answering]:
    """`answering(status, body, **headers)` gives an adapter whose vendor always answers so."""
    servers = []

    def start(status: int, body: Any = b"", **headers: str) -> PlanVendor:
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()

        class Handler(BaseHTTPRequestHandler):
            def respond(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)

            do_GET = do_POST = respond  # noqa: N815  # the names that http.server calls

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

            def date_time_string(self, timestamp: float | None = None) -> str:
                return "Thu, 19 Nov 2026 15:00:00 GMT"

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        servers.append((server, thread))
        return PlanVendor(http, f"http://127.0.0.1:{server.server_address[1]}/", "KEY", "secret")

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def plans_body(sandbox: Any) -> Any:
    """A good answer, to be spoilt."""
    return sandbox.raw("GET", "/plans?pims_client_id=57&pims_patient_id=57A").json()


def spoilt(body: Any, path: str, value: Any) -> Any:
    steps = [int(step) if step.isdecimal() else step for step in path.split(".")]
    target = body
    for step in steps[:-1]:
        target = target[step]
    target[steps[-1]] = value
    return body


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("as_of", "2026-11-19T15:00:00"),  # no zone
        ("as_of", 1763564400),
        ("plans", {}),
        ("plans.0.customer_since", "19/11/2026"),
        ("plans.0.status", None),
        ("plans.0.status", ""),
        ("plans.0.name", "zero\x00byte"),
        ("plans.0.name", "long" * 1000),
        ("plans.0.out_of_plan_discount.percent", 10),
        ("plans.0.out_of_plan_discount.percent", "110"),
        ("plans.0.out_of_plan_discount.percent", "-1"),
        ("plans.0.out_of_plan_discount.percent", "1e1"),
        ("plans.0.billing.monthly_payment", 43.75),
        ("plans.0.billing.monthly_payment", "NaN"),
        ("plans.0.billing.monthly_payment", "9" * 40),
        ("plans.0.billing.currency", "dollars"),
        ("plans.0.terms.1.items.0.included", "1"),
        ("plans.0.terms.1.items.0.included", 1.0),
        ("plans.0.terms.1.items.0.included", -1),
        ("plans.0.terms.1.items.0.used", 10**30),
        ("plans.0.terms.1.items.0.used", True),
        ("plans.0.terms.1.flagged_early", "yes"),
        ("plans.0.terms.1.origin", "by magic"),
        ("plans.0.terms.1.items.0.alternates.0", {"code": "X"}),
    ],
)
def test_a_wrong_field_is_named(answering: Answering, plans_body: Any, path: str, value: Any) -> None:
    if "alternates" in path:
        plans_body["plans"][0]["terms"][1]["items"][0]["alternates"] = [None]
    vendor = answering(200, spoilt(plans_body, path, value))
    with pytest.raises(VendorAnswerUnreadable) as unreadable:
        vendor.plans("57", "57A")
    [fault] = unreadable.value.faults
    assert fault.startswith(path)


def test_a_field_we_do_not_know_is_ignored(answering: Answering, plans_body: Any) -> None:
    plans_body["plans"][0]["moon_phase"] = plans_body["plans"][0]["terms"][0]["colour"] = {"x": 1}
    plan = answering(200, plans_body).plans("57", "57A").plans[0]
    assert plan.name == "Adult Canine Plus"
    plans_body["plans"][0]["status"] = "on_probation"
    plan = answering(200, plans_body).plans("57", "57A").plans[0]
    assert (plan.status, plan.is_active) == ("on_probation", False)


@pytest.mark.req("CP-41")
def test_a_plan_of_another_patient_is_not_taken(answering: Answering, plans_body: Any) -> None:
    with pytest.raises(VendorAnswerUnreadable, match="another client or patient"):
        answering(200, plans_body).plans("57", "57B")
    with pytest.raises(VendorAnswerUnreadable, match="another client or patient"):
        answering(200, plans_body).plans("58", "57A")


def test_what_is_named_twice_is_not_taken(answering: Answering, plans_body: Any) -> None:
    twice = plans_body | {"plans": plans_body["plans"] * 2}
    with pytest.raises(VendorAnswerUnreadable, match="named twice"):
        answering(200, twice).plans("57", "57A")
    items = plans_body["plans"][0]["terms"][1]["items"]
    items.append(items[0])
    with pytest.raises(VendorAnswerUnreadable, match="an item twice"):
        answering(200, plans_body).plans("57", "57A")


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b'"ok"', b"<html>", b"\xff\xfe", b"[" * 100_000, b'{"plans": [', b"{}"]
)
def test_any_body_at_all(answering: Answering, usage: Any, body: bytes) -> None:
    for status in (200, 201, 204):
        with pytest.raises(VendorAnswerUnreadable) as unreadable:
            answering(status, b"" if status == 204 else body).post_usage(uuid4(), usage())
        assert unreadable.value.is_unclear
    with pytest.raises(VendorRejected) as rejected:
        answering(400, body).account()
    assert (rejected.value.code, rejected.value.message) == ("unknown", "")
    with pytest.raises(VendorUnavailable):
        answering(502, body).account()


def test_a_receipt_for_another_key_is_not_taken(
    answering: Answering, vendor: PlanVendor, usage: Any, key: UUID
) -> None:
    receipt = vendor.post_usage(key, usage()).model_dump(mode="json")
    recorded = vendor.find_usage(key)
    assert recorded is not None
    with pytest.raises(VendorAnswerUnreadable, match="of another usage") as unreadable:
        answering(200, receipt).post_usage(uuid4(), usage())
    assert unreadable.value.is_unclear
    with pytest.raises(VendorAnswerUnreadable, match="of another usage"):
        answering(200, recorded.model_dump(mode="json")).find_usage(uuid4())


def test_a_404_of_somebody_else_proves_nothing(answering: Answering, key: UUID) -> None:
    with pytest.raises(VendorRejected):
        answering(404, b"<h1>Not found</h1>").find_usage(key)
    assert answering(404, {"code": "usage_not_found"}).find_usage(key) is None


def test_a_redirect_is_not_followed(answering: Answering, sandbox: Any) -> None:
    with pytest.raises(VendorAnswerUnreadable, match="302"):
        answering(302, Location=f"{sandbox.address}/v1/account").account()
    assert sandbox.state()["attempts"] == []


def test_statuses(answering: Answering, usage: Any) -> None:
    for status in (401, 403):
        with pytest.raises(VendorRefusedCredentials):
            answering(status).account()
    for status, unclear in (
        (408, False),
        (425, False),
        (429, False),
        (500, True),
        (502, True),
        (503, False),
        (504, True),
    ):
        with pytest.raises(VendorUnavailable) as down:
            answering(status).post_usage(uuid4(), usage())
        assert (down.value.status, down.value.is_unclear) == (status, unclear)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        ("9" * 5000, 86400),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("Thu, 19 Nov 2026 15:02:00 GMT", 120),
        ("Thu, 19 Nov 2026 14:00:00 GMT", 0),
        ("Thu, 19 Nov 2099 14:00:00 GMT", 86400),
        ("Thu, 99 Nov 2026 15:02:00 GMT", None),
    ],
)
def test_how_long_to_wait(answering: Answering, value: str, seconds: int | None) -> None:
    with pytest.raises(VendorUnavailable) as down:
        answering(503, Retry_After=value).account()
    assert down.value.retry_after == seconds


def test_the_vendors_words_reach_the_user(answering: Answering, usage: Any) -> None:
    vendor = answering(422, {"code": "invalid", "detail": "quantity: must be whole"})
    with pytest.raises(VendorRejected) as rejected:
        vendor.post_usage(uuid4(), usage())
    assert "quantity: must be whole" in rejected.value.user_message
    assert not rejected.value.is_conflict
    assert isinstance(usage(), Usage)
