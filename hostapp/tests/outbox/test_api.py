"""The outbox for programs: the same rows, the same refusals, as problem+json (PL-8, PL-11)."""

import pytest

from hostapp.tests.outbox.courier import Office
from hostapp.tests.outbox.test_settling import given_up, in_doubt

API = "/api/v1/s/north/outbox"


@pytest.mark.req("PL-8")
def test_programs_read_and_settle_the_same(office: Office) -> None:
    failed, doubtful = given_up(office), in_doubt(office)
    client = office.web.signed_in("Receptionist")
    answer = client.get(API, params={"state": "to_settle"}).json()
    assert [entry["id"] for entry in answer["items"]] == [doubtful, failed]
    assert answer["counts"]["in_doubt"] == answer["counts"]["given_up"] == 1
    one = client.get(f"{API}/{failed}").json()
    assert one["entry"]["key"] == str(office.row(failed).key)
    assert [(tried["number"], tried["outcome"]) for tried in one["tried"]] == [(1, "rejected")]
    assert one["payload"] == {"units": "1.0000"}

    unsure = client.post(f"{API}/{doubtful}/send-again", json={})
    assert (unsure.status_code, unsure.json()["code"]) == (409, "conflict")
    assert unsure.headers["content-type"].startswith("application/problem+json")
    sure = client.post(f"{API}/{doubtful}/send-again", json={"sure": True}).json()
    assert sure["entry"]["state"] == "pending"
    assert client.post(f"{API}/send-failed", json={"topic": "call"}).json() == {"count": 0, "left": []}
    assert client.post(f"{API}/send-failed", json={}).json() == {"count": 1, "left": []}
    assert client.post(f"{API}/resume", json={}).json() == {"count": 0, "left": []}
    reasonless = client.post(f"{API}/{failed}/drop", json={"reason": " "})
    assert (reasonless.status_code, list(reasonless.json()["fields"])) == (422, ["reason"])
    dropped = client.post(f"{API}/{failed}/drop", json={"reason": "No longer wanted."}).json()
    assert dropped["entry"]["state"] == "dropped"


@pytest.mark.parametrize(
    ("path", "status"),
    [("?page=0", 400), ("?state=lost", 400), ("?first=soon", 400), ("/999", 404), ("?first=0001-01-01", 200)],
)
def test_what_cannot_be_meant_is_no_fault_of_ours(office: Office, path: str, status: int) -> None:
    assert office.web.signed_in("Receptionist").get(f"{API}{path}").status_code == status


@pytest.mark.req("H-3")
def test_programs_need_the_permissions_of_people(office: Office) -> None:
    entry_id = given_up(office)
    vet = office.web.signed_in("Veterinarian")
    assert vet.get(API).status_code == 200
    assert vet.post(f"{API}/{entry_id}/send-again", json={}).status_code == 403
    assert office.web.signed_in("Nurse").get(API).status_code == 403
    assert office.web.visitor().get(API).status_code == 401


def test_every_address_is_described(office: Office) -> None:
    paths = office.web.visitor().get("/api/v1/openapi.json").json()["paths"]
    described = {path.partition("/outbox")[2] for path in paths if "/outbox" in path}
    assert described == {
        "",
        "/{entry_id}",
        "/{entry_id}/send-again",
        "/{entry_id}/drop",
        "/send-failed",
        "/resume",
    }
