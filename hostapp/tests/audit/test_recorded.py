"""H-5: what is recorded: sign-ins, refusals, views where asked for, exports; never data of people."""

from decimal import Decimal

import pytest
from sqlalchemy import text

from fetlock.domain.audit.signing import keys_of
from fetlock.domain.audit.verifying import verify
from fetlock.domain.patients import weights
from fetlock_hostapp.testing import PASSWORD, WebClinic
from fetlock_hostapp.web.kernel import cookies, csrf
from hostapp.tests.audit.conftest import entries, tamper
from hostapp.tests.audit.viewed_pages import NAME, ViewedPages
from hostapp.tests.kernel.signing_in import send


@pytest.fixture
def plugins_under_test() -> tuple[object, ...]:
    return (ViewedPages(),)


@pytest.mark.req("H-5")
def test_sign_ins_failed_ones_and_sign_outs(signed_on_both: WebClinic) -> None:
    client = signed_on_both.visitor()
    staff_id = signed_on_both.clinic.records.staff["Receptionist"]
    assert send(client, "receptionist", "wrong").status_code == 401
    (failed,) = entries(signed_on_both, "staff.sign_in_failed")
    assert (failed.staff_id, failed.subject) == (None, f"staff:{staff_id}")
    assert "wrong" not in str(failed.detail)
    assert send(client, "receptionist", PASSWORD).status_code == 303
    (signed_in,) = entries(signed_on_both, "staff.signed_in")
    assert (signed_in.staff_id, signed_in.subject) == (staff_id, f"staff:{staff_id}")
    client.post("/sign-out", headers={csrf.HEADERS[0]: csrf.token_for(client.cookies[cookies.SIGN_IN])})
    assert [entry.staff_id for entry in entries(signed_on_both, "staff.signed_out")] == [staff_id]
    database = signed_on_both.runtime.database
    assert verify(database, keys_of(signed_on_both.runtime.secrets)).faults == []


@pytest.mark.req("H-5")
def test_a_refusal_at_the_gate_is_recorded_by_itself(signed_on_both: WebClinic) -> None:
    nurse = signed_on_both.signed_in("Nurse")
    assert nurse.get("/s/north/administration/roles?q=secret").status_code == 403
    (denied,) = entries(signed_on_both, "access.denied")
    staff_id = signed_on_both.clinic.records.staff["Nurse"]
    assert (denied.staff_id, denied.site_id) == (staff_id, signed_on_both.clinic.records.sites["north"])
    assert denied.detail == {"permission": "staff.view", "where": "GET /s/north/administration/roles"}


@pytest.mark.req("H-5")
def test_a_refusal_while_reading_is_recorded(signed_on_both: WebClinic) -> None:
    answer = signed_on_both.signed_in("Nurse").get("/api/v1/s/north/tasks?whose=all")
    assert answer.status_code == 403
    (denied,) = entries(signed_on_both, "access.denied")
    assert denied.detail == {"permission": "tasks.all", "where": "GET /api/v1/s/north/tasks"}


@pytest.mark.req("H-5")
def test_a_refusal_within_the_work_is_recorded_though_the_work_is_undone(signed_on_both: WebClinic) -> None:
    """The route needs one permission; half way, the work needs another."""
    nurse = signed_on_both.signed_in("Nurse")
    assert nurse.post(f"/s/north/{NAME}/half").status_code == 403
    (denied,) = entries(signed_on_both)
    assert denied.action == "access.denied"
    assert denied.detail == {"permission": "staff.roles", "where": f"POST /s/north/{NAME}/half"}
    assert nurse.post(f"/s/north/{NAME}/half", data={"once": "1"}).status_code == 303
    assert [entry.action for entry in entries(signed_on_both)] == ["access.denied", "viewedpages.half"]


@pytest.mark.req("H-5")
def test_a_view_is_recorded_before_the_record_is_read(signed_on_both: WebClinic) -> None:
    clinic = signed_on_both.clinic
    answer = signed_on_both.signed_in("Veterinarian").get(f"/s/north/{NAME}/secret/{clinic.patient_id}")
    assert "The secret" in answer.text
    (viewed,) = entries(signed_on_both, "record.viewed")
    assert (viewed.staff_id, viewed.site_id) == (
        clinic.records.staff["Veterinarian"],
        clinic.records.sites["north"],
    )
    assert (viewed.subject, viewed.reason) == (f"patient:{clinic.patient_id}", "Asked for")


@pytest.mark.req("H-5")
def test_who_cannot_be_recorded_sees_nothing(signed: WebClinic) -> None:
    tamper(signed, "DROP TABLE audit_head")
    answer = signed.signed_in("Veterinarian").get(f"/s/north/{NAME}/secret/1")
    assert answer.status_code == 500
    assert "The secret" not in answer.text


@pytest.mark.req("H-5")
@pytest.mark.parametrize("what", ["invoices", "products", "messages", "outbox"])
def test_a_list_taken_away_is_recorded(web: WebClinic, what: str) -> None:
    assert web.signed_in().get(f"/s/north/{what}.csv").status_code == 200
    (taken,) = entries(web, "list.exported")
    assert taken.subject == f"list:{what}"
    assert taken.staff_id == web.clinic.records.staff["Administrator"]


@pytest.mark.req("H-5")
def test_the_log_holds_ids_and_no_data_of_people_and_patients(web: WebClinic) -> None:
    client = web.signed_in()
    made = client.post(
        "/s/north/clients",
        data={"last_name": "Zebrowski", "first_name": "Quentin", "email": "quentin@zebra.example"},
    )
    assert made.status_code in (200, 303)
    client.post(
        "/s/north/administration/employees",
        data={"first_name": "Wilhelmina", "last_name": "Xanadu", "user_name": "wilhelmina"},
    )
    weight = web.clinic.run(lambda work: weights.add(work, web.clinic.patient_id, Decimal("4.321"), "kg"))
    web.clinic.run(lambda work: weights.remove(work, web.clinic.patient_id, weight.id))
    recorded = {entry.action for entry in entries(web)}
    assert {"client.create", "staff.added", "patient.weight_removed"} <= recorded
    with web.runtime.database.reading() as session:
        kept = str(session.execute(text("SELECT subject, detail FROM audit_entry")).all()).lower()
    for name in ("zebrowski", "quentin", "zebra.example", "wilhelmina", "xanadu", "4.321", "moss"):
        assert name not in kept
