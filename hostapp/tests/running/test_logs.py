"""OP-4: logs say where and when, by pattern and id; never who the client or the patient is."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from fetlock.database import Database
from fetlock.domain.clients.models import Client, ClientEmail, ClientPhone
from fetlock.domain.patients.models import Patient
from tests.end_to_end.household import Household, demo

CARELESS = """
import logging, sys, threading
from fetlock_hostapp import logging_setup
logging_setup.set_up()
log = logging.getLogger("fetlock.careless")
try:
    try:
        raise KeyError("Aoife O'Shaughnessy")
    except KeyError as cause:
        raise ValueError("Barnaby of aoife.osf@mail.example") from cause
except ValueError:
    log.exception("something went wrong")
logging.getLogger("httpx").info("GET http://vendor/patients/Barnaby")
def fall():
    raise RuntimeError("Barnaby again")
thread = threading.Thread(target=fall)
thread.start(); thread.join()
logging.getLogger("fetlock.requests").info("GET", extra={"route": "/s/{site_slug}/patients", "status": 200})
"""
NAMES = re.compile("aoife|shaughnessy|barnaby", re.IGNORECASE)


def _careless(**environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", CARELESS], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.mark.req("OP-4")
def test_in_json_each_line_is_an_object_and_exceptions_do_not_speak() -> None:
    written = _careless(FETLOCK_LOG_FORMAT="json")
    lines = [json.loads(line) for line in written.splitlines()]
    assert not NAMES.search(written)
    wrong, ended, asked = lines
    assert (wrong["level"], wrong["logger"], wrong["message"]) == (
        "ERROR", "fetlock.careless", "something went wrong",
    )  # fmt: skip
    assert wrong["raised"].startswith("ValueError because of KeyError at <string>:")
    assert ended["raised"].startswith("RuntimeError at")
    assert (asked["route"], asked["status"]) == ("/s/{site_slug}/patients", 200)
    assert all(line["at"] for line in lines)


@pytest.mark.req("OP-4")
def test_in_text_it_is_the_same_and_requests_are_left_out() -> None:
    written = _careless()
    assert not NAMES.search(written)
    assert "fetlock.careless: something went wrong" in written
    assert "fetlock.requests" not in written
    assert "fetlock.requests" in _careless(FETLOCK_LOG_LEVEL="info")


@pytest.mark.req("OP-4")
def test_a_setting_that_cannot_be_meant_is_named() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "fetlock_hostapp", "doctor"],
        env={"FETLOCK_LOG_FORMAT": "xml"}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert "FETLOCK_LOG_FORMAT is “xml”. It can be: text, json." in done.stderr


@pytest.fixture
def household(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Household]:
    monkeypatch.setenv("FETLOCK_LOG_FORMAT", "json")
    with demo(tmp_path / "home") as running:
        yield running


@pytest.mark.serial
@pytest.mark.req("OP-4")
def test_after_a_busy_day_no_client_or_patient_stands_in_any_log(household: Household) -> None:
    people, known = _people(household)
    _be_busy(household, known)
    written = "\n".join(
        log.read_text(encoding="utf-8", errors="replace")
        for log in [household.home / "demo.out", *sorted((household.home / "log").iterdir())]
    )
    assert len(people) > 100
    found = {person for person in people if re.search(rf"(?<!\w){re.escape(person)}(?!\w)", written)}
    assert found == set()
    requests = [
        json.loads(line)
        for line in (household.home / "log" / "web.log").read_text(encoding="utf-8").splitlines()
        if '"fetlock.requests"' in line
    ]
    assert len(requests) >= 80
    by_id = [each for each in requests if each["route"] == "/s/{site_slug}/patients/{patient_id}"]
    assert by_id
    for each in by_id:
        assert {"method", "status", "ms", "person_id", "site", "incident"} <= each.keys()
        assert (each["site"], isinstance(each["person_id"], int)) == ("northgate", True)


def _people(household: Household) -> tuple[set[str], list[int]]:
    """All names, numbers and addresses of clients and patients, and the patients' ids."""
    database = Database(f"sqlite:///{household.home / 'fetlock.sqlite3'}", pool_size=1)
    with database.reading() as session:
        clients = session.scalars(select(Client)).all()
        patients = session.scalars(select(Patient)).all()
        found = {client.last_name for client in clients} | {client.first_name for client in clients}
        found |= {patient.name for patient in patients}
        found |= set(session.scalars(select(ClientEmail.address)))
        for phone in session.scalars(select(ClientPhone)):
            found |= {phone.digits, phone.entered, phone.digits.lstrip("+")}
        known = [patient.id for patient in patients]
    database.dispose()
    return {each for each in found if len(each) > 2}, known


def _be_busy(household: Household, known: list[int]) -> None:
    """Look at everything, search by name, write, be refused, and meet a vendor with faults."""
    with httpx.Client(base_url=household.address, trust_env=False, timeout=30) as http:
        signed = http.post("/api/v1/sign-in", json={"user_name": "lena", "password": household.password})
        http.headers["x-csrf-token"] = signed.json()["csrf_token"]
        site, api = "/s/northgate", "/api/v1/s/northgate"
        for patient in known[:30]:
            for address in (f"{site}/patients/{patient}", f"{api}/patients/{patient}"):
                assert http.get(address).status_code == 200
        for words in ("Barnaby", "O’Shaughnessy", "aoife.osf@mail.example", "(860) 555-0142"):
            assert http.get(f"{api}/search", params={"q": words}).status_code == 200
            assert http.get(f"{site}/Barnaby/{words}").status_code == 404
            assert http.post(f"{api}/clients", json={"last_name": words, "email": words}).status_code >= 400
            assert (
                http.post(f"{api}/sign-in", json={"user_name": words, "password": words}).status_code >= 400
            )
        httpx.put(f"{household.vendor}/sandbox/faults", json={"mode": "not_json"}).raise_for_status()
        for patient in known[:6]:
            http.post(f"{api}/careplans/patients/{patient}/refresh", json={})
            http.get(f"{site}/patients/{patient}/plans")
        client = http.get(f"{api}/patients/{known[0]}").json()["client_id"]
        line = {"patient_id": known[0], "product_code": "NAIL-M", "quantity": "1"}
        for quantity in ("1", "99999999999999999999", "x"):
            body = {"lines": [line | {"quantity": quantity}]}
            http.post(f"{api}/clients/{client}/invoice-lines", json=body)
        made = http.post(f"{api}/clients/{client}/invoice-lines", json={"lines": [line]}).json()["invoice"]
        path = f"{api}/invoices/{made['id']}"
        paid = {"amount": made["balance"], "method": "card", "close": True}
        assert http.post(f"{path}/payments", json=paid).status_code == 201
        letter = {"client_id": client, "channel": "email", "subject": "Barnaby", "body": "Dear Aoife"}
        http.post(f"{api}/messages", json=letter)
