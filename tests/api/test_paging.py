"""PL-11: lists go on after a row, whatever is added meanwhile; what can't be a page is refused."""

from collections.abc import Callable
from typing import Any

import pytest
from httpx import Client

from fetlock_hostapp.testing import WebClinic
from fetlock_hostapp.web.kernel.paging import cursor_of

API = "/api/v1/s/north"


def walk(client: Client, address: str, between: Callable[[int], object] = lambda page: None) -> list[Any]:
    """All rows of a list, page after page; `between` is called after each page."""
    rows: list[Any] = []
    following: str | None = address
    for page in range(60):
        if following is None:
            return rows
        answer = client.get(following)
        assert answer.status_code == 200, answer.text
        rows += answer.json()["items"]
        following = answer.json()["next"]
        between(page)
    raise AssertionError("the list has no end")


def make_clients(client: Client, *numbers: str) -> None:
    for number in numbers:
        answer = client.post(f"{API}/clients", json={"account_number": number, "last_name": f"Nº {number}"})
        assert answer.status_code == 201, answer.text


@pytest.mark.req("PL-11", "H-10")
def test_clients_are_walked_in_their_order_and_new_ones_shift_nothing(web_on_both: WebClinic) -> None:
    client = web_on_both.signed_in()
    make_clients(client, "100", "9", "B-2", "B-10", "1000")
    coming = iter(["A-1", "1", "99"])

    def add_one(page: int) -> None:
        if (number := next(coming, None)) is not None:
            make_clients(client, number)

    found = [row["account_number"] for row in walk(client, f"{API}/clients?limit=2", add_one)]
    # "A-1" comes after what was read by then; "1" and "99" before it
    assert found == ["9", "57", "58", "100", "1000", "A-1", "B-10", "B-2"]
    assert found == sorted(
        found, key=lambda number: (not number.isdigit(), number.isdigit() and int(number), number)
    )
    assert client.get(f"{API}/clients?limit=2").json()["total"] == 10


@pytest.mark.req("PL-11")
def test_every_list_gives_each_row_once_whatever_the_limit(web_on_both: WebClinic) -> None:
    client = web_on_both.signed_in()
    patient = web_on_both.clinic.records.patients["57A"]
    make_clients(client, "60", "61")
    for number in range(3):
        weight = {"weight": str(10 + number), "measured_at": "2026-01-02T03:04:05Z"}
        assert client.post(f"{API}/patients/{patient}/weights", json=weight).status_code == 201
        wanted = {"product_code": "NAIL", "service_date": "2026-01-02"}
        assert client.post(f"{API}/patients/{patient}/treatment", json=wanted).status_code == 201
        letter = {"client_id": 1, "channel": "email", "subject": "Hello", "body": "Well."}
        assert client.post(f"{API}/messages", json=letter).status_code == 201
    assert client.post(f"{API}/invoices/1/void", json={"reason": "None"}).status_code == 200
    line = {"patient_id": patient, "product_code": "FOOD"}
    assert client.post(f"{API}/clients/1/invoice-lines", json={"lines": [line]}).status_code == 201
    expected = {
        "clients": 4,
        "patients": 3,
        "products": 6,
        "products?sort=name": 6,
        "employees": 4,
        "invoices": 2,
        "messages": 3,
        f"patients/{patient}/weights": 3,
        f"patients/{patient}/treatment": 3,
    }
    for path, count in expected.items():
        mark = "&" if "?" in path else "?"
        whole = [row["id"] for row in client.get(f"{API}/{path}").json()["items"]]
        assert len(whole) == len(set(whole)) == count, path
        for limit in (1, 2, 200):
            assert [row["id"] for row in walk(client, f"{API}/{path}{mark}limit={limit}")] == whole, path


@pytest.mark.req("PL-11")
def test_filters_stay_on_the_next_page(web: WebClinic) -> None:
    client = web.signed_in()
    codes = [row["code"] for row in walk(client, f"{API}/products?q=a&limit=1&sort=name")]
    assert codes == [row["code"] for row in client.get(f"{API}/products?q=a&sort=name").json()["items"]]
    assert 1 < len(codes) < 6


@pytest.mark.req("PL-11")
def test_what_is_no_page_is_refused_by_name(web: WebClinic) -> None:
    client = web.signed_in()
    for query, field in (
        ("cursor=%21", "cursor"),
        ("cursor=bm90aGluZw", "cursor"),
        (f"cursor={cursor_of('x', 'y')}", "cursor"),
        (f"cursor={cursor_of(2**63, 'y')}", "cursor"),
        (f"cursor={cursor_of(1.5, 'y')}", "cursor"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limt=5", "limt"),
        ("page=2", "page"),
    ):
        answer = client.get(f"{API}/clients?{query}")
        assert (answer.status_code, list(answer.json()["fields"])) == (400, [field]), query
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.req("PL-11")
def test_a_cursor_of_another_list_is_refused(web: WebClinic) -> None:
    client = web.signed_in()
    following = client.get(f"{API}/products?limit=1&sort=name").json()["next"]
    cursor = following.partition("cursor=")[2]
    assert client.get(f"{API}/products?cursor={cursor}").status_code == 400
    assert client.get(f"{API}/invoices?cursor={cursor}").status_code == 400
    assert client.get(f"{API}/products?sort=name&cursor={cursor}").status_code == 200


@pytest.mark.req("PL-11")
def test_a_parameter_is_named_as_it_is_sent(web: WebClinic) -> None:
    """`state` is a name that Python's side gives to something else."""
    answer = web.signed_in().get(f"{API}/messages?state=lost")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["state"])
