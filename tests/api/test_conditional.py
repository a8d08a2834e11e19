"""PL-11, H-36: an unchanged answer is 304; a change stands on what was read, or is told what stands there."""

from typing import Any

import pytest
from httpx import Client, Response

from fetlock_hostapp.testing import WebClinic
from fetlock_hostapp.web.kernel.access import routes_of
from fetlock_hostapp.web.kernel.conditional import CONDITIONAL

API = "/api/v1/s/north"
SITE = {"name": "North Clinic", "time_zone": "UTC", "currency": "USD", "locale": "en_US", "city": "Mystic"}

REPLACED: dict[str, dict[str, Any]] = {
    "clients/1": {"account_number": "57", "first_name": "Dana", "last_name": "Whit", "city": "Mystic"},
    "patients/1": {"code": "57A", "name": "Biscuit", "species": "Canine", "sex": "F", "colour": "red"},
    "products/1": {"code": "NAIL", "name": "Nails, all four"},
    "employees/3": {"first_name": "Nurse", "last_name": "Jones", "user_name": "nurse", "initials": "NJ"},
    "roles/3": {"name": "Nurse", "description": "Sees to animals"},
    "sites/north": SITE,
}
"""What a PUT replaces whole, by its address, with something else than what stands there."""


def etag(client: Client, path: str) -> str:
    found: str = client.get(f"{API}/{path}").headers["etag"]
    return found


def put(client: Client, path: str, body: dict[str, Any], tag: str | None) -> Response:
    headers = {"if-match": tag} if tag is not None else {}
    return client.put(f"{API}/{path}", json=body, headers=headers)


@pytest.mark.req("PL-11", "H-36")
def test_a_change_stands_on_what_was_read(web_on_both: WebClinic) -> None:
    for path in REPLACED:
        change_at_once(web_on_both.signed_in(), web_on_both.signed_in(), path)


def change_at_once(client: Client, colleague: Client, path: str) -> None:
    seen = etag(client, path)
    assert put(client, path, REPLACED[path], None).json()["code"] == "precondition_required"
    changed = put(colleague, path, REPLACED[path], seen)
    assert changed.status_code == 200, changed.text
    assert changed.headers["etag"] == etag(client, path) != seen

    stale = put(client, path, REPLACED[path], seen)
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert stale.headers["content-type"] == "application/problem+json"
    assert stale.json()["present"] == client.get(f"{API}/{path}").json() == changed.json()
    assert stale.headers["etag"] == changed.headers["etag"]
    again = put(client, path, REPLACED[path], stale.headers["etag"])
    assert again.status_code == 200, again.text
    assert put(client, path, REPLACED[path], "*").status_code == 200


@pytest.mark.req("PL-11")
def test_what_is_still_the_same_is_not_sent_again(web: WebClinic) -> None:
    client = web.signed_in()
    line = {"patient_id": 1, "product_code": "NAIL"}
    assert client.post(f"{API}/clients/1/invoice-lines", json={"lines": [line]}).status_code == 201
    for path in (*REPLACED, "invoices/1", "clients?limit=2", "plugins/email/settings"):
        ask_again(client, path)


def ask_again(client: Client, path: str) -> None:
    first = client.get(f"{API}/{path}")
    for tags in (
        first.headers["etag"],
        f'"other", {first.headers["etag"]}',
        f"W/{first.headers['etag']}",
        "*",
    ):
        same = client.get(f"{API}/{path}", headers={"if-none-match": tags})
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", first.headers["etag"])
    assert client.get(f"{API}/{path}", headers={"if-none-match": '"other"'}).json() == first.json()
    assert client.get(f"{API}/{path}", headers={"if-none-match": "bare"}).status_code == 400


@pytest.mark.req("PL-11", "H-36")
def test_two_programs_at_one_invoice(web: WebClinic) -> None:
    client, colleague = web.signed_in(), web.signed_in("Receptionist")
    line = {"patient_id": 1, "product_code": "NAIL"}
    assert client.post(f"{API}/clients/1/invoice-lines", json={"lines": [line]}).status_code == 201
    seen = {"if-match": etag(client, "invoices/1")}
    added = colleague.post(f"{API}/invoices/1/lines", json={"lines": [line]}, headers=seen)
    assert added.status_code == 201
    stale = client.patch(f"{API}/invoices/1/lines/1", json={"quantity": "3"}, headers=seen)
    assert (stale.status_code, len(stale.json()["present"]["lines"])) == (412, 2)
    assert client.post(f"{API}/invoices/1/void", json={"reason": "Wrong"}, headers=seen).status_code == 412
    assert client.delete(f"{API}/invoices/1/lines/1", headers=seen).status_code == 412
    now = {"if-match": stale.headers["etag"]}
    changed = client.patch(f"{API}/invoices/1/lines/1", json={"quantity": "3"}, headers=now)
    assert changed.json()["invoice"]["lines"][0]["quantity"] == "3.0000"


@pytest.mark.req("PL-11", "H-36")
def test_the_revision_in_the_body_says_so_too(web: WebClinic) -> None:
    client = web.signed_in()
    body = REPLACED["clients/1"]
    assert client.put(f"{API}/clients/1", json=body | {"revision": 1}).json()["revision"] == 2
    stale = client.put(f"{API}/clients/1", json=body | {"city": "Noank", "revision": 1})
    assert (stale.status_code, stale.json()["code"]) == (409, "conflict")


@pytest.mark.req("PL-11", "H-36")
def test_every_handler_that_says_so_looks_at_if_match(web: WebClinic) -> None:
    """The option is what the description is made from: a handler that forgets the look would lie."""
    client = web.signed_in()
    line = {"patient_id": 1, "product_code": "NAIL"}
    for _ in range(2):
        assert client.post(f"{API}/clients/1/invoice-lines", json={"lines": [line]}).status_code == 201
    assert client.post(f"{API}/patients/1/treatment", json={"product_code": "EXAM"}).status_code == 201
    assert client.post(f"{API}/tasks", json={"text": "Call Dana"}).status_code == 201
    known = {"site_slug": "north", "slug": "north", "name": "email", "item_id": "1", "invoice_id": "1"}
    bodies = {
        "/lines": {"lines": [line]},
        "/payments": {"amount": "1", "method": "cash"},
        "/settlements": {"amount": "1", "how": "account"},
        "/returns": {"reason": "Full", "lines": [{"line_id": 1, "quantity": "1"}]},
        "/owner": {"client_id": 2},
        "/deceased": {"deceased_on": None},
        "/employees/{employee_id}/roles": {"roles": []},
        "/settings": {"values": {}},
    }
    looked, blind = 0, []
    for route in routes_of(web.app):
        if not route.handler.opt.get(CONDITIONAL) or not route.path.startswith("/api/"):
            continue
        address = route.path
        for name in route.parameters:
            address = address.replace(f"{{{name}}}", known.get(name, "1"))
        path = address.removeprefix(f"{API}/")
        body = next((b for end, b in bodies.items() if route.path.endswith(end)), None)
        if body is None:
            body = REPLACED.get(path.replace("/1", "/3") if "roles" in path or "employees" in path else path)
        if body is None:
            body = {"reason": "None"} if route.path.endswith(("/void", "/reopen")) else {}
        sent: dict[str, Any] = {"json": body} if route.handler.parsed_data_field is not None else {}
        answer = client.request(route.method, address, headers={"if-match": '"none-such"'}, **sent)
        if answer.status_code != 412:
            blind.append(f"{route.method} {route.path}: {answer.text}")
        looked += 1
    assert blind == []
    assert looked > 20
