"""The patient's page (H-14): strip, tabs, one rail, its number of statements."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
from sqlalchemy import event

from fetlock.domain.clients import service as clients
from fetlock.domain.clients.draft import ClientDraft
from fetlock.domain.clients.phones import TypedPhone
from fetlock.domain.invoices import lines
from fetlock.domain.patients import alerts, owners, service, weights
from fetlock_hostapp.testing import WebClinic
from hostapp.tests.patients.visiting_plugins import Broken, Helpful

MOST_STATEMENTS = 12


@pytest.fixture
def plugins_under_test() -> tuple[object, ...]:
    return (Helpful(), Broken())


@contextmanager
def statements(web: WebClinic) -> Iterator[list[str]]:
    """What is sent to the database within the block, but the beginnings and ends of transactions."""
    sent: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA", "SET TRANSACTION")):
            sent.append(statement)

    engine = web.runtime.database.engine
    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


def fill(web: WebClinic) -> None:
    clinic = web.clinic
    patient_id = clinic.patient_id
    clinic.run(lambda work: alerts.add(work, patient_id, "Bites <b>when</b> restrained", severe=True))
    for kilograms in ("17.8", "18.4"):
        clinic.run(lambda work, kg=kilograms: weights.add(work, patient_id, Decimal(kg), "kg"))  # type: ignore[misc]
    exam = clinic.line("EXAM")
    clinic.run(lambda work: lines.add_lines(work, clinic.client_id, [exam]))


@pytest.mark.req("H-14")
def test_the_page_shows_who_it_is_whose_it_is_and_what_to_beware_of(web: WebClinic) -> None:
    fill(web)
    page = web.signed_in("Receptionist").get(f"/s/north/patients/{web.clinic.patient_id}").text
    for shown in (
        "Biscuit",
        "57A",
        "Dana Whitfield",
        "(203) 555-0157",
        "Olive",
        "18.4 kg",
        "Invoices <small>1",
    ):
        assert shown in page, shown
    assert "Bites &lt;b&gt;when&lt;/b&gt; restrained" in page
    assert 'aria-current="page">Record' in page


@pytest.mark.req("H-14")
def test_the_page_takes_at_most_twelve_statements_whatever_the_patient_has(web: WebClinic) -> None:
    receptionist = web.signed_in("Receptionist")
    address = f"/s/north/patients/{web.clinic.patient_id}"
    with statements(web) as empty:
        assert receptionist.get(address).status_code == 200
    fill(web)
    with statements(web) as full:
        assert receptionist.get(address).status_code == 200
    assert len(full) == len(empty)
    assert len(full) <= MOST_STATEMENTS, "\n".join(full)


@pytest.mark.req("H-14")
def test_the_kind_of_entry_stands_in_the_address(web: WebClinic) -> None:
    fill(web)
    address = f"/s/north/patients/{web.clinic.patient_id}"
    page = web.signed_in("Receptionist").get(f"{address}?kind=weight").text
    assert "18.4 kg (40.6 lb)" in page
    assert "Draft 1" not in page
    assert f'href="{address}?kind=weight" aria-current="true"' in page
    assert web.signed_in("Receptionist").get(f"{address}?kind=odd&skip=-3").status_code == 200


@pytest.mark.req("H-3", "H-14")
def test_who_may_not_see_invoices_sees_none_in_the_record(web: WebClinic) -> None:
    fill(web)
    role = web.clinic.records.roles["Nurse"]

    def forbid(session: object) -> None:
        from sqlalchemy import delete

        from fetlock.domain.staff.models import RolePermission

        session.execute(  # type: ignore[attr-defined]
            delete(RolePermission).where(
                RolePermission.role_id == role, RolePermission.permission.startswith("invoices.")
            )
        )

    web.clinic.database.write(forbid)
    page = web.signed_in("Nurse").get(f"/s/north/patients/{web.clinic.patient_id}").text
    assert "Draft 1" not in page
    assert "Quick invoice" not in page


@pytest.mark.req("H-11")
def test_a_former_id_leads_to_the_patient(web: WebClinic) -> None:
    moss = web.clinic.records.patients["58A"]
    web.clinic.run(lambda w: owners.change_owner(w, moss, web.clinic.client_id, seen_revision=1))
    receptionist = web.signed_in("Receptionist")
    for code in ("58A", "58a", "57C"):
        answer = receptionist.get(f"/s/north/patients/by-code/{code}")
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/s/north/patients/{moss}"
    assert receptionist.get("/s/north/patients/by-code/99Z").status_code == 404
    assert receptionist.get("/s/north/patients/9999").status_code == 404
    assert "was <mark>58A</mark>" in receptionist.get("/s/north/search/live?q=58a").text


@pytest.mark.req("H-11")
def test_a_deceased_patient_is_offered_nothing(web: WebClinic) -> None:
    patient_id = web.clinic.patient_id
    day = web.clinic.today()
    web.clinic.run(lambda work: service.set_deceased(work, patient_id, day))
    page = web.signed_in("Receptionist").get(f"/s/north/patients/{patient_id}").text
    assert "Deceased: no reminders, bookings or offers" in page
    assert "Quick invoice" not in page


@pytest.mark.req("H-12", "H-10")
def test_the_search_finds_by_phone_and_marks_what_was_typed(web: WebClinic) -> None:
    draft = ClientDraft(last_name="Smirnova", phones=(TypedPhone("mobile", "(860) 555-0142"),))
    client = web.clinic.run(lambda work: clients.create(work, draft))
    receptionist = web.signed_in("Receptionist")
    for typed in ("555-0142", "8605550142", "smir"):
        page = receptionist.get("/s/north/search/live", params={"q": typed}).text
        assert f'href="/s/north/clients/{client.id}"' in page
        assert 'role="option"' in page
    assert "<mark>Smir</mark>nova" in receptionist.get("/s/north/search/live?q=smir").text
    assert "Nothing found" in receptionist.get("/s/north/search/live?q=zzz").text
    assert receptionist.get("/s/north/search/live?q=").text == ""
    exact = receptionist.get("/s/north/search", params={"q": "57a"})
    assert exact.headers["location"] == f"/s/north/patients/{web.clinic.patient_id}"
    assert "&lt;script&gt;" in receptionist.get("/s/north/search", params={"q": "<script>"}).text
