"""Invoices for programs: the same rules, amounts as strings of fixed decimals, refusals as problems."""

import uuid
from decimal import Decimal
from typing import Any

import pytest
from httpx import Client, Response

from fetlock_hostapp.testing import WebClinic
from hostapp.tests.invoices.desk import begin, read

HERE = "/api/v1/s/north"


@pytest.fixture
def client(web: WebClinic) -> Client:
    return web.signed_in("Administrator")


def send(client: Client, path: str, body: Any = None, method: str = "POST") -> Response:
    return client.request(method, f"{HERE}/{path}", json=body if body is not None else {})


def added(client: Client, *wanted: tuple[str, str]) -> dict[str, Any]:
    lines = [{"patient_id": 1, "product_code": code, "quantity": quantity} for code, quantity in wanted]
    answer = send(client, "clients/1/invoice-lines", {"lines": lines})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


@pytest.mark.req("H-30", "H-31", "H-35")
def test_lines_with_their_trace_in_fixed_decimals(web: WebClinic, client: Client) -> None:
    web.clinic.entitle("NAIL gold", 1, label="Nails")
    done = added(client, ("nail", "3"), ("FOOD", "1"))
    assert done["told"] == ["Nails: 1 of 3 covered, none left for the other 2, which cost 60.00."]
    invoice = done["invoice"]
    assert (invoice["gross"], invoice["savings"], invoice["paid"]) == ("107.86", "30.00", "0.00")
    nails = invoice["lines"][0]
    assert (nails["quantity"], nails["sum_text"], nails["amount"]) == (
        "3.0000",
        "1 × 0.00 + 2 × 30.00",
        "60.00",
    )
    assert nails["coverage"][0] | {"label": ""} == {
        "entitlement_id": 1,
        "plugin": "plans",
        "label": "",
        "term": 1,
        "quantity": "1.0000",
        "amount": "30.00",
        "explanation": "Covered by Nails, term 1",
        "left": "0.0000",
        "state": "reserved",
    }
    assert [(step["phase"], step["before"], step["after"], step["outcome"]) for step in nails["steps"]] == [
        ("base_price", "0.00", "90.00", "applied"),
        ("entitlement", "90.00", "60.00", "capped"),
    ]
    assert client.get(f"{HERE}/invoices/1").json() == invoice


def test_a_preview_saves_nothing(web: WebClinic, client: Client) -> None:
    plan = web.clinic.entitle("NAIL gold", 1)
    wanted = {"lines": [{"patient_id": 1, "product_id": 1, "quantity": "2"}]}
    fresh = send(client, "clients/1/invoice-lines/preview", wanted)
    assert (fresh.status_code, fresh.json()["gross"]) == (200, "30.00")
    begin(web, ("FOOD", 1))
    on_it = send(client, "invoices/1/preview", wanted).json()
    assert ([line["amount"] for line in on_it["added"]], on_it["left"]) == (["30.00"], {str(plan): "0.0000"})
    assert on_it["gross"] == "77.86"
    assert len(read(web).lines) == 1


@pytest.mark.req("H-36")
def test_changed_removed_and_put_back_with_the_revision_that_was_seen(web: WebClinic, client: Client) -> None:
    seen = added(client, ("NAIL", "1"), ("FOOD", "1"))["invoice"]["revision"]
    nurse = web.signed_in("Nurse")
    send(nurse, "invoices/1/lines/2", {"quantity": "2"}, "PATCH")
    changed = send(client, "invoices/1/lines/1", {"quantity": "2", "seen_revision": seen}, "PATCH")
    assert changed.status_code == 200
    assert [(m["staff_name"], m["detail"]) for m in changed.json()["meanwhile"]] == [
        ("Nurse Smith", "Line 2: quantity 1 → 2")
    ]
    stale = send(client, "invoices/1/lines/2", {"quantity": "9", "seen_revision": seen}, "PATCH")
    assert (stale.status_code, stale.json()["code"]) == (409, "conflict")
    assert stale.headers["content-type"] == "application/problem+json"
    send(client, "invoices/1/lines/1", {"provider_id": 2, "service_date": "2026-11-01"}, "PATCH")
    assert (read(web).lines[0].provider_id, read(web).lines[0].quantity) == (2, Decimal(2))
    send(client, "invoices/1/lines/1", {"provider_id": None}, "PATCH")
    assert read(web).lines[0].provider_id is None
    assert client.delete(f"{HERE}/invoices/1/lines/1").status_code == 200
    assert [line.id for line in read(web).lines] == [2]
    assert send(client, "invoices/1/lines/1/restore").json()["line_ids"] == [1]


@pytest.mark.req("H-34", "CP-71")
def test_paid_closed_reopened_returned_and_void(web: WebClinic, client: Client) -> None:
    added(client, ("NAIL", "2"))
    key = str(uuid.uuid4())
    for _ in range(2):
        paid = send(client, "invoices/1/payments", {"amount": "20", "method": "card", "key": key})
        assert (paid.status_code, paid.json()["balance"]) == (201, "40.00")
    assert send(client, "invoices/1/close").status_code == 409
    closed = send(client, "invoices/1/payments", {"amount": 40, "method": "cash", "close": True}).json()
    assert (closed["state"], closed["title"]) == ("closed", "NC-1")
    assert send(client, "invoices/1/reopen").status_code == 400
    assert send(client, "invoices/1/reopen", {"reason": "x"}).json()["state"] == "reopened"
    assert send(client, "invoices/1/close").json()["state"] == "closed"
    wrong = send(client, "invoices/1/returns", {"lines": [{"line_id": 1, "quantity": "3"}], "reason": "x"})
    assert (wrong.status_code, list(wrong.json()["fields"])) == (422, ["lines.0.quantity"])
    back = send(client, "invoices/1/returns", {"lines": [{"line_id": 1, "quantity": "1"}], "reason": "x"})
    assert (back.status_code, back.json()["gross"], back.json()["id"]) == (201, "-30.00", 2)
    fixed = send(client, "invoices/1/lines/1/facts", {"service_date": "2026-11-01"}, "PATCH")
    assert fixed.json()["invoice"]["lines"][0]["service_date"] == "2026-11-01"
    assert send(client, "invoices/2/void", {"reason": "x"}).json()["state"] == "void"
    added(client, ("FREE", "1"))
    assert send(client, "invoices/3/reprice").status_code == 200
    assert send(client, "invoices/3/close", {"how": "cash"}).json()["title"] == "NC-2"
    history = client.get(f"{HERE}/invoices/1/history").json()
    assert [entry["what"] for entry in history][:3] == ["facts_changed", "line_returned", "closed"]
    assert history[2]["snapshot"]["lines"][0]["product"] == "NAIL"


@pytest.mark.parametrize(
    "quantity", ["-1", "0", "0.5", "1e30", "NaN", "much", None, [], "99999999999999999999"]
)
def test_impossible_quantities_are_problems_that_name_their_field(client: Client, quantity: Any) -> None:
    line = {"patient_id": 1, "product_code": "NAIL", "quantity": quantity}
    answer = send(client, "clients/1/invoice-lines", {"lines": [line]})
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"
    assert "quantity" in " ".join(answer.json()["fields"])
    assert client.get(f"{HERE}/invoices").json()["total"] == 0


def test_unknown_things_are_problems(web: WebClinic, client: Client) -> None:
    nope = {"lines": [{"patient_id": 1, "product_code": "NOPE", "quantity": "1"}]}
    assert send(client, "clients/1/invoice-lines", nope).status_code == 422
    assert send(
        client, "clients/99/invoice-lines", {"lines": [nope["lines"][0] | {"product_code": "NAIL"}]}
    ).status_code in (404, 422)
    assert send(client, "clients/1/invoice-lines", {"lines": []}).status_code == 400
    assert client.get(f"{HERE}/invoices/99").status_code == 404
    begin(web, ("NAIL", 1))
    assert client.get("/api/v1/s/south/invoices/1").status_code == 404
    nurse = web.signed_in("Nurse")
    assert send(nurse, "invoices/1/close").status_code == 403
    assert send(nurse, "invoices/1/payments", {"amount": "1", "method": "cash"}).status_code == 403


def test_the_list_is_filtered_and_summed(web: WebClinic, client: Client) -> None:
    begin(web, ("FREE", 1))
    ready = client.get(f"{HERE}/invoices?which=ready").json()
    assert (ready["total"], ready["items"][0]["ready"], ready["gross"]) == (1, True, "0.00")
    assert client.get(f"{HERE}/invoices?which=closed").json()["total"] == 0
    assert client.get(f"{HERE}/invoices?which=nonsense").status_code == 400
    assert client.get(f"{HERE}/invoices?client_id=1&patient_id=1&first=2020-01-01").json()["total"] == 1
    assert client.get(f"{HERE}/invoices?patient_id=2").json()["total"] == 0


def test_every_route_is_described(client: Client) -> None:
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    described = {path.partition("/s/{site_slug}")[2] for path in paths}
    for wanted in (
        "/invoices",
        "/invoices/{invoice_id}",
        "/invoices/{invoice_id}/history",
        "/invoices/{invoice_id}/lines/{line_id}",
        "/invoices/{invoice_id}/payments",
        "/invoices/{invoice_id}/returns",
        "/clients/{client_id}/invoice-lines",
        "/patients/{patient_id}/treatment",
        "/treatment/{item_id}",
    ):
        assert wanted in described
