"""Forms of patients: what is refused stands beside its field, what was typed is kept (H-11, H-36)."""

import io
from decimal import Decimal

import pytest
from PIL import Image

from fetlock.domain.patients import service, weights
from fetlock.domain.patients.models import Patient
from fetlock_hostapp.testing import WebClinic


def patient(web: WebClinic, patient_id: int | None = None) -> Patient:
    with web.clinic.reading() as session:
        return service.get(session, patient_id or web.clinic.patient_id)


def form(**changes: str) -> dict[str, str]:
    return {
        "name": "Biscuit",
        "species": "Canine",
        "sex": "F",
        "code": "57A",
        "active": "1",
        "revision": "1",
    } | changes


@pytest.mark.req("H-11")
def test_a_patient_is_added_with_its_owners_next_id(web: WebClinic) -> None:
    receptionist = web.signed_in("Receptionist")
    here = f"/s/north/clients/{web.clinic.client_id}/patients"
    assert "Left empty: 57C" in receptionist.get(f"{here}/new").text
    answer = receptionist.post(here, data={"name": "Rex", "age": "2 y 3 m", "sex": "MN"})
    assert answer.status_code == 303
    added = patient(web, int(answer.headers["location"].rsplit("/", 1)[1]))
    assert (added.code, added.sex, added.birth_estimated) == ("57C", "MN", True)


def test_what_is_refused_stands_beside_its_field_and_is_kept(web: WebClinic) -> None:
    here = f"/s/north/clients/{web.clinic.client_id}/patients"
    answer = web.signed_in("Receptionist").post(
        here, data={"name": "", "age": "ancient", "breed": "Weird & rare", "code": "57b"}
    )
    assert answer.status_code == 422
    for shown in (
        "Enter a name.",
        "Enter an age such as",
        "belongs to another patient",
        'value="Weird &amp; rare"',
        'value="ancient"',
    ):
        assert shown in answer.text, shown


@pytest.mark.req("H-36")
def test_what_somebody_else_saved_is_shown_and_what_was_typed_is_kept(web: WebClinic) -> None:
    receptionist = web.signed_in("Receptionist")
    here = f"/s/north/patients/{web.clinic.patient_id}"
    assert receptionist.post(here, data=form(colour="black")).status_code == 303
    late = receptionist.post(here, data=form(colour="brown", breed="Poodle"))
    assert late.status_code == 409
    for shown in (
        "Somebody saved this patient",
        "black",
        'value="brown"',
        'value="Poodle"',
        'name="revision" value="2"',
    ):
        assert shown in late.text, shown
    assert patient(web).colour == "black"
    assert receptionist.post(here, data=form(colour="brown", breed="Poodle", revision="2")).status_code == 303
    assert (patient(web).colour, patient(web).breed) == ("brown", "Poodle")


@pytest.mark.req("H-11")
@pytest.mark.parametrize(("typed", "unit", "kilograms"), [("18.4", "kg", "18.4"), ("40,6", "lb", "18.4159")])
def test_a_weight_is_taken_in_kg_or_lb(web: WebClinic, typed: str, unit: str, kilograms: str) -> None:
    here = f"/s/north/patients/{web.clinic.patient_id}/weights"
    nurse = web.signed_in("Nurse")
    assert nurse.post(here, data={"weight": typed, "unit": unit}).status_code == 303
    with web.clinic.reading() as session:
        [entry] = weights.of_patient(session, web.clinic.patient_id)
    assert entry.kilograms == Decimal(kilograms)
    refused = nurse.post(here, data={"weight": "-3", "unit": "kg"})
    assert refused.status_code == 422
    assert "Enter a weight above 0." in refused.text
    assert nurse.post(f"{here}/{entry.id}/remove").status_code == 303
    assert "No weight yet" in nurse.get(here).text


def test_a_weight_of_an_earlier_day_stands_at_noon_there(web: WebClinic) -> None:
    here = f"/s/north/patients/{web.clinic.patient_id}/weights"
    web.signed_in("Nurse").post(here, data={"weight": "18", "unit": "kg", "day": "2026-01-05"})
    with web.clinic.reading() as session:
        [entry] = weights.of_patient(session, web.clinic.patient_id)
    assert entry.measured_at.isoformat() == "2026-01-05T17:00:00+00:00"


@pytest.mark.req("H-11")
def test_alerts_and_the_day_of_death(web: WebClinic) -> None:
    here = f"/s/north/patients/{web.clinic.patient_id}"
    nurse = web.signed_in("Nurse")
    assert nurse.post(f"{here}/alerts", data={"alert": "Bites", "severity": "severe"}).status_code == 303
    assert "Bites" in nurse.get(here).text
    assert nurse.post(f"{here}/alerts/1/end").status_code == 303
    assert "Alert ended" in nurse.get(here).text
    assert nurse.post(f"{here}/deceased", data={"deceased_on": "2999-01-01"}).status_code == 422
    assert nurse.post(f"{here}/deceased", data={"deceased_on": "2026-01-05"}).status_code == 303
    assert patient(web).deceased_on is not None
    assert nurse.post(f"{here}/deceased", data={"lives": "1"}).status_code == 303
    assert patient(web).deceased_on is None


@pytest.mark.req("H-11")
def test_a_photo_is_served_as_an_image_and_nothing_else(web: WebClinic) -> None:
    here = f"/s/north/patients/{web.clinic.patient_id}/photo"
    nurse = web.signed_in("Nurse")
    assert nurse.get(here).status_code == 404
    out = io.BytesIO()
    Image.new("RGB", (900, 600), "red").save(out, "PNG")
    sent = {"photo": ("x.html", out.getvalue() + b"<script>alert(1)</script>", "text/html")}
    assert nurse.post(here, files=sent).status_code == 303
    answer = nurse.get(here)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.content.startswith(b"\xff\xd8")
    assert b"<script>" not in answer.content
    for hostile in (b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html>", b"GIF89a" + b"\0" * 20):
        refused = nurse.post(here, files={"photo": ("a.png", hostile, "image/png")})
        assert refused.status_code == 422, hostile
    assert nurse.post(f"{here}/remove").status_code == 303
    assert nurse.get(here).status_code == 404


@pytest.mark.req("H-11", "H-3")
def test_a_change_of_owner_says_what_it_means_and_keeps_the_old_id(web: WebClinic) -> None:
    here = f"/s/north/patients/{web.clinic.patient_id}/owner"
    noor = web.clinic.records.clients["58"]
    receptionist = web.signed_in("Receptionist")
    assert "O’Hara" in receptionist.get(f"{here}?q=ohara").text
    assert "58B" in receptionist.get(f"{here}?client={noor}").text
    answer = receptionist.post(here, data={"client": str(noor), "revision": "1"})
    assert answer.status_code == 303
    assert patient(web).code == "58B"
    assert receptionist.get("/s/north/patients/by-code/57A").status_code == 303
    assert receptionist.post(here, data={"client": str(noor), "revision": "2"}).status_code == 422
    assert web.signed_in("Nurse").get(here).status_code == 403
