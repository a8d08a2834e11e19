"""PL-5: what a plugin's own page does wrong costs that page, and is undone; the host goes on."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from fetlock.domain.audit.models import AuditEntry
from fetlock.domain.patients.models import Patient
from fetlock_hostapp.testing import WebClinic
from tests.faults.trespassing import FAULTS, STOLEN, Trespassing


@pytest.fixture
def web(database_url: str, tmp_path: Path) -> Iterator[WebClinic]:
    with WebClinic.build(database_url, tmp_path / "home", Trespassing()) as made:
        yield made


@pytest.mark.req("PL-5")
def test_each_fault_of_a_route_costs_its_own_answer(web: WebClinic, caplog: pytest.LogCaptureFixture) -> None:
    staff = web.signed_in("Receptionist")
    for method in ("GET", "POST"):
        for fault in FAULTS:
            if (method, fault) == ("GET", "writes_core_by_object"):
                continue  # where nothing is written, nothing comes of it
            caplog.clear()
            answer = staff.request(method, f"/s/north/trespassing/{fault}")
            assert answer.status_code == 500, (method, fault)
            incident = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", answer.text)
            assert incident is not None, fault
            assert f"incident {incident[0]}: plugin trespassing failed in {method} " in caplog.text, fault
            assert " at site 1 after " in caplog.text
            assert "Whitfield" not in caplog.text
            assert staff.get(f"/s/north/patients/{web.clinic.patient_id}").status_code == 200
    with web.runtime.database.reading() as session:
        assert STOLEN not in session.scalars(select(Patient.name)).all()


@pytest.mark.req("PL-5")
def test_a_route_writes_core_by_the_services(web: WebClinic) -> None:
    assert web.signed_in("Receptionist").post("/s/north/trespassing/uses_a_service").status_code == 303
    with web.runtime.database.reading() as session:
        actions = session.scalars(select(AuditEntry.action)).all()
    assert "trespassing.nothing" in actions
