"""Pages and JSON of clients (H-10, H-36)."""

import pytest

from fetlock.domain.clients import service
from fetlock.domain.clients.models import Client
from fetlock.domain.messages.service import queue_message
from fetlock_hostapp.testing import WebClinic

API = "/api/v1/s/north/clients"


def client(web: WebClinic, client_id: int) -> Client:
    with web.clinic.reading() as session:
        found = service.get(session, client_id)
        assert found.phones is not None
        assert found.emails is not None
        return found


def form(**changes: object) -> dict[str, object]:
    return {
        "account_number": "57",
        "first_name": "Dana",
        "last_name": "Whitfield",
        "phone": ["203-555-0157", ""],
        "phone_kind": ["mobile", "home"],
        "email": ["dana@example.org"],
        "active": "1",
        "revision": "1",
    } | changes


@pytest.mark.req("H-10")
def test_a_client_is_added_with_the_next_number(web: WebClinic) -> None:
    receptionist = web.signed_in("Receptionist")
    assert "Left empty: 59" in receptionist.get("/s/north/clients/new").text
    answer = receptionist.post(
        "/s/north/clients",
        data={
            "last_name": "O’Shaughnessy",
            "phone": ["(860) 555-0142", "", "860.555.0100"],
            "phone_kind": ["mobile", "home", "work"],
            "email": ["a@example.org", ""],
            "preferred_channel": "sms",
            "sms_opt_out": "1",
            "country": "us",
        },
    )
    assert answer.status_code == 303
    added = client(web, int(answer.headers["location"].rsplit("/", 1)[1]))
    assert (added.account_number, added.sms_opt_out, added.country) == ("59", True, "US")
    assert [(p.kind, p.digits) for p in added.phones] == [
        ("mobile", "+18605550142"),
        ("work", "+18605550100"),
    ]
    page = receptionist.get(answer.headers["location"]).text
    assert "(860) 555-0142" in page
    assert "No text messages" in page


@pytest.mark.req("H-10")
def test_an_account_number_twice_is_refused_beside_the_field(web: WebClinic) -> None:
    answer = web.signed_in("Receptionist").post(
        "/s/north/clients",
        data={
            "account_number": "57",
            "last_name": "Second",
            "phone": ["", "12"],
            "phone_kind": ["mobile", "home"],
        },
    )
    assert answer.status_code == 422
    assert "Account number 57 belongs to another client already." in answer.text
    assert 'href="#f-account_number"' in answer.text
    assert "“12” is not a complete phone number" in answer.text
    assert 'value="Second"' in answer.text


@pytest.mark.req("H-10", "H-36")
def test_what_somebody_else_saved_is_shown_and_what_was_typed_is_kept(web: WebClinic) -> None:
    receptionist = web.signed_in("Receptionist")
    here = f"/s/north/clients/{web.clinic.client_id}"
    assert receptionist.post(here, data=form(city="Groton")).status_code == 303
    late = receptionist.post(here, data=form(city="Mystic", notes="Typed for long"))
    assert late.status_code == 409
    for shown in (
        "Somebody saved this client",
        "Groton",
        'value="Mystic"',
        "Typed for long",
        'name="revision" value="2"',
    ):
        assert shown in late.text, shown
    assert client(web, web.clinic.client_id).city == "Groton"
    assert receptionist.post(here, data=form(city="Mystic", revision="2")).status_code == 303
    assert client(web, web.clinic.client_id).city == "Mystic"


@pytest.mark.req("H-10")
def test_the_page_shows_patients_invoices_and_messages(web: WebClinic) -> None:
    clinic = web.clinic
    from fetlock.domain.invoices import lines

    exam = clinic.line("EXAM")
    invoice = clinic.run(lambda work: lines.add_lines(work, clinic.client_id, [exam])).invoice
    clinic.run(lambda work: queue_message(work, clinic.client_id, "email", "Your visit", "Thanks."))
    page = web.signed_in("Receptionist").get(f"/s/north/clients/{clinic.client_id}").text
    for shown in (
        "Biscuit",
        "Olive",
        f'href="/s/north/invoices/{invoice.id}"',
        "$58.00",
        "Your visit",
        "dana@example.org",
    ):
        assert shown in page, shown
    south = web.signed_in("Receptionist").get(f"/s/south/clients/{clinic.client_id}").text
    assert f'href="/s/south/invoices/{invoice.id}"' not in south, "invoices are those of the site"


@pytest.mark.req("H-3")
def test_who_may_not_edit_is_told_so(web: WebClinic) -> None:
    visitor = web.visitor()
    assert visitor.get("/s/north/clients").status_code == 303
    assert visitor.get(API).status_code == 401


@pytest.mark.req("H-10", "PL-11")
def test_clients_by_program(web: WebClinic) -> None:
    receptionist = web.signed_in("Receptionist")
    made = receptionist.post(API, json={"last_name": "Zed", "phones": [{"number": "860 555 0177"}]})
    assert made.status_code == 201
    body = made.json()
    assert body["account_number"] == "59"
    assert body["phones"] == [{"kind": "mobile", "number": "860 555 0177", "e164": "+18605550177"}]
    taken = receptionist.post(API, json={"account_number": "57", "last_name": "Zed"})
    assert (taken.status_code, list(taken.json()["fields"])) == (422, ["account_number"])
    change = {"account_number": "59", "last_name": "Zett", "revision": 1}
    assert receptionist.put(f"{API}/{body['id']}", json=change).json()["revision"] == 2
    stale = receptionist.put(f"{API}/{body['id']}", json=change | {"last_name": "Zet"})
    assert (stale.status_code, stale.json()["code"]) == (409, "conflict")
    assert receptionist.get(API, params={"account_number": "58"}).json()["items"][0]["name"] == "Noor O’Hara"
    assert receptionist.get(f"{API}/next-account-number").json() == {"account_number": "60"}
    assert receptionist.get(f"{API}/9999").status_code == 404
    assert receptionist.post(API, json={"last_name": 7}).status_code == 400


@pytest.mark.req("H-11", "PL-11")
def test_patients_by_program(web: WebClinic) -> None:
    nurse = web.signed_in("Nurse")
    patients = "/api/v1/s/north/patients"
    listed = nurse.get(patients, params={"client_id": web.clinic.client_id}).json()
    assert [row["code"] for row in listed["items"]] == ["57A", "57B"]
    here = f"{patients}/{web.clinic.patient_id}"
    weight = nurse.post(f"{here}/weights", json={"weight": "40.6", "unit": "lb"}).json()
    assert (weight["weight"], weight["kilograms"]) == ("40.6000", "18.4159")
    assert nurse.post(f"{here}/weights", json={"weight": "0"}).status_code == 422
    assert nurse.delete(f"{here}/weights/{weight['id']}").status_code == 204
    alert = nurse.post(f"{here}/alerts", json={"text": "Bites"}).json()
    assert nurse.delete(f"{here}/alerts/{alert['id']}").status_code == 204
    assert nurse.get(f"{here}/alerts").json() == []
    assert nurse.put(f"{here}/owner", json={"client_id": 2, "revision": 1}).status_code == 403
    moved = web.signed_in("Receptionist").put(f"{here}/owner", json={"client_id": 2, "revision": 1}).json()
    assert moved["code"] == "58B"
    assert nurse.get(f"{patients}/by-code/57a").json()["id"] == web.clinic.patient_id
    found = nurse.get("/api/v1/s/north/search", params={"q": "58b"}).json()
    assert found["patients"][0]["code"] == "58B"
