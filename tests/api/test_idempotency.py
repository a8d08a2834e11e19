"""PL-11: a POST that is sent again with its key is answered again and done once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from httpx import Client, Response
from sqlalchemy import func, select

from fetlock import clock
from fetlock.domain.clients.models import Client as ClientRow
from fetlock.domain.idempotency.models import IdempotentAnswer
from fetlock.domain.idempotency.service import KEPT
from fetlock.domain.invoices.models import InvoiceLine
from fetlock_hostapp.testing import WebClinic
from fetlock_hostapp.worker import Worker

API = "/api/v1/s/north"
LINES = {"lines": [{"patient_id": 1, "product_code": "NAIL"}]}


def send(client: Client, path: str, body: object, key: str | None) -> Response:
    headers = {"Idempotency-Key": key} if key is not None else {}
    return client.post(f"{API}/{path}", json=body, headers=headers)


def count(web: WebClinic, row: type[object]) -> int:
    with web.clinic.database.reading() as session:
        return session.scalar(select(func.count()).select_from(row)) or 0


@pytest.mark.req("PL-11", "H-30")
def test_the_same_request_again_is_answered_as_before_and_done_once(web: WebClinic) -> None:
    client = web.signed_in()
    first = send(client, "clients/1/invoice-lines", LINES, "k-1")
    again = send(client, "clients/1/invoice-lines", LINES, "k-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json() == first.json()
    assert first.json()["invoice"] == client.get(f"{API}/invoices/1").json(), "as it stands, not as it was"
    assert again.headers["content-type"] == first.headers["content-type"]
    assert count(web, InvoiceLine) == 1
    assert send(client, "clients/1/invoice-lines", LINES, "k-2").json()["invoice"]["revision"] > 1
    assert send(client, "clients/1/invoice-lines", LINES, None).status_code == 201
    assert count(web, InvoiceLine) == 3


@pytest.mark.req("PL-11")
def test_another_request_with_the_key_is_refused(web: WebClinic) -> None:
    client = web.signed_in()
    assert send(client, "clients", {"last_name": "Moss"}, "key").status_code == 201
    other = send(client, "clients", {"last_name": "Fern"}, "key")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert count(web, ClientRow) == 3
    # the same pattern of address with another id in it is another request too
    assert send(client, "clients/1/invoice-lines", LINES, "lines").status_code == 201
    assert send(client, "clients/2/invoice-lines", LINES, "lines").status_code == 422
    # at another address, and of another person, it is another key
    assert send(client, "tax-rates", {"name": "New", "percent": "1"}, "key").status_code == 201
    assert send(web.signed_in("Receptionist"), "clients", {"last_name": "Reed"}, "key").status_code == 201
    for odd in ("", "two words", "x" * 256):
        assert send(client, "clients", {"last_name": "Moss"}, odd).status_code == 400


@pytest.mark.req("PL-11")
def test_what_came_to_nothing_leaves_the_key_free(web: WebClinic) -> None:
    client = web.signed_in()
    refused = send(client, "clients", {"last_name": "Moss", "emails": ["no address"]}, "key")
    assert refused.status_code == 422
    assert count(web, IdempotentAnswer) == 0
    assert send(client, "clients", {"last_name": "Moss"}, "key").status_code == 201


@pytest.mark.req("PL-11")
def test_the_answer_is_kept_encrypted(web: WebClinic) -> None:
    ruth = {"first_name": "Ruth", "last_name": "Okon", "user_name": "ruth"}
    first = send(web.signed_in(), "employees", ruth, "key").json()
    assert send(web.signed_in(), "employees", ruth, "key").json() == first
    with web.clinic.database.reading() as session:
        kept = session.scalars(select(IdempotentAnswer)).one()
    assert kept.sealed is not None
    assert first["temporary_password"].encode() not in kept.sealed
    assert b"ruth" not in kept.sealed


@pytest.mark.req("PL-11")
def test_of_many_at_once_one_runs(web_on_both: WebClinic) -> None:
    web, many = web_on_both, 6
    start = Barrier(many)
    clients = [web.signed_in() for _ in range(many)]

    def press(client: Client) -> Response:
        start.wait()
        return send(client, "clients", {"last_name": "Moss"}, "key")

    with ThreadPoolExecutor(many) as pool:
        answers = list(pool.map(press, clients))
    assert {answer.status_code for answer in answers} == {201}, [answer.text for answer in answers]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == many - 1
    assert count(web, ClientRow) == 3


@pytest.mark.req("PL-11")
def test_after_a_day_the_key_is_new_again(web: WebClinic) -> None:
    first = send(web.signed_in(), "clients", {"last_name": "Moss"}, "key").json()
    begun = clock.now()
    with clock.set_to(begun + KEPT + timedelta(minutes=1)):
        again = send(web.signed_in(), "clients", {"last_name": "Moss"}, "key")
    assert (again.status_code, "idempotency-replayed" in again.headers) == (201, False)
    assert again.json()["id"] != first["id"]
    with clock.set_to(begun + KEPT):
        work_off(web)
    assert count(web, IdempotentAnswer) == 1
    with clock.set_to(begun + 2 * KEPT + timedelta(minutes=2)):
        work_off(web)
    assert count(web, IdempotentAnswer) == 0


def work_off(web: WebClinic) -> None:
    """What a worker does on its rounds."""
    worker = Worker(web.runtime)
    worker.run_once()
    worker.close()
