"""H-2, H-4: the pages of employees: forms that keep what was typed, temporary passwords, ended sign-ins."""

import re

import pytest
from httpx import Client
from sqlalchemy import select

from fetlock.domain.staff.models import RolePermission, Staff
from fetlock_hostapp.testing import WebClinic

BASE = "/s/north/administration/employees"
RUTH = {"first_name": "Ruth", "last_name": "Okonkwo", "user_name": "ruth", "staff_group": "Front desk"}


@pytest.fixture
def client(web: WebClinic) -> Client:
    return web.signed_in()


def temporary_in(text: str) -> str:
    found = re.search(r'id="temporary">([^<]+)<', text)
    assert found
    return found[1]


@pytest.mark.req("H-2", "H-4")
def test_a_new_employee_signs_in_with_a_password_shown_once_and_changes_it(
    web: WebClinic, client: Client
) -> None:
    north, nurse = web.clinic.records.sites["north"], web.clinic.records.roles["Nurse"]
    added = client.post(BASE, data=RUTH | {"sites": str(north), f"roles_{north}": str(nurse)})
    assert added.status_code == 200
    temporary = temporary_in(added.text)
    with web.runtime.database.reading() as session:
        staff = session.scalars(select(Staff).where(Staff.user_name == "ruth")).one()
    page = client.get(f"{BASE}/{staff.id}")
    assert temporary not in page.text
    assert temporary not in staff.password_hash
    ruth = web.visitor()
    signed = ruth.post("/api/v1/sign-in", json={"user_name": "RUTH", "password": temporary})
    assert signed.json()["must_change_password"] is True
    assert ruth.get("/s/north").headers["location"] == "/change-password"
    fields = {"current": temporary, "new": "a gentle brown horse", "repeated": "a gentle brown horse"}
    token = signed.json()["csrf_token"]
    assert ruth.post("/change-password", data=fields | {"_csrf_token": token}).status_code == 303
    me = ruth.get("/api/v1/me").json()
    assert (me["full_name"], [site["slug"] for site in me["sites"]]) == ("Ruth Okonkwo", ["north"])


@pytest.mark.req("H-2")
def test_a_refused_form_keeps_every_field_and_every_tick(web: WebClinic, client: Client) -> None:
    north, nurse = web.clinic.records.sites["north"], web.clinic.records.roles["Nurse"]
    typed = RUTH | {"user_name": "nurse", "suffix": "<DVM>", "email": "ruth@clinic.example"}
    answer = client.post(BASE, data=typed | {"sites": str(north), f"roles_{north}": str(nurse)})
    assert answer.status_code == 422
    assert "Another employee has this user name." in answer.text
    for value in ("Ruth", "Okonkwo", "&lt;DVM&gt;", "ruth@clinic.example", "Front desk"):
        assert f'value="{value}"' in answer.text
    assert re.search(rf'name="roles_{north}" value="{nurse}" checked', answer.text)
    with web.runtime.database.reading() as session:
        assert session.scalars(select(Staff).where(Staff.first_name == "Ruth")).all() == []


@pytest.mark.req("H-2")
def test_changing_roles_takes_effect_with_the_next_request(web: WebClinic, client: Client) -> None:
    records = web.clinic.records
    nurse, north, south = records.staff["Nurse"], records.sites["north"], records.sites["south"]
    working = web.signed_in("Nurse")
    assert working.get("/s/south/account/password").status_code == 200
    values = {"first_name": "Nurse", "last_name": "Jones", "user_name": "nurse"}
    roles = {"sites": [str(north), str(south)], f"roles_{north}": str(records.roles["Receptionist"])}
    saved = client.post(f"{BASE}/{nurse}", data=values | roles)
    assert saved.status_code == 303
    assert working.get("/s/south/account/password").status_code == 404
    page = client.get(f"{BASE}?q=jones")
    assert "North Clinic: Receptionist" in page.text
    assert "South Clinic: Nurse" not in page.text


@pytest.mark.req("H-2")
def test_a_site_that_the_form_did_not_show_keeps_its_roles(web: WebClinic, client: Client) -> None:
    records = web.clinic.records
    nurse, north = records.staff["Nurse"], records.sites["north"]
    values = {"first_name": "Nurse", "last_name": "Smith", "user_name": "nurse", "sites": str(north)}
    assert client.post(f"{BASE}/{nurse}", data=values).status_code == 303
    shown = client.get(f"/api/v1/s/north/employees/{nurse}").json()["roles"]
    assert shown == [{"site_id": records.sites["south"], "role_ids": [records.roles["Nurse"]]}]


@pytest.mark.req("H-2")
def test_deactivating_signs_out_at_once_and_activating_lets_in_again(web: WebClinic, client: Client) -> None:
    nurse = web.clinic.records.staff["Nurse"]
    working = web.signed_in("Nurse")
    assert client.post(f"{BASE}/{nurse}/deactivate").status_code == 303
    assert working.get("/s/north/account/password").status_code == 303
    assert working.get("/api/v1/me").status_code == 401
    assert "Nurse Smith" not in client.get(BASE).text.partition("<tbody>")[2]
    assert "Nurse Smith" in client.get(f"{BASE}?show=deactivated").text
    assert client.post(f"{BASE}/{nurse}/activate").status_code == 303
    assert web.signed_in("Nurse").get("/s/north/account/password").status_code == 200


@pytest.mark.req("H-4")
def test_a_new_password_from_an_administrator_ends_open_sign_ins(web: WebClinic, client: Client) -> None:
    nurse = web.clinic.records.staff["Nurse"]
    working = web.signed_in("Nurse")
    answer = client.post(f"{BASE}/{nurse}/password")
    temporary = temporary_in(answer.text)
    assert working.get("/api/v1/me").status_code == 401
    body = {"user_name": "nurse", "password": temporary}
    assert web.visitor().post("/api/v1/sign-in", json=body).json()["must_change_password"] is True


@pytest.mark.req("H-2", "H-3")
def test_somebody_who_may_only_look_gets_no_buttons_and_no_way_around(web: WebClinic) -> None:
    row = RolePermission(role_id=web.clinic.records.roles["Nurse"], permission="staff.view")
    web.clinic.database.write(lambda session: session.add(row))
    nurse, administrator = web.signed_in("Nurse"), web.clinic.records.staff["Administrator"]
    page = nurse.get(f"{BASE}/{administrator}")
    assert page.status_code == 200
    assert "Deactivate" not in page.text
    assert ">Save<" not in page.text
    assert "readonly" in page.text
    for path in ("", "/deactivate", "/password"):
        assert nurse.post(f"{BASE}/{administrator}{path}", data=RUTH).status_code == 403
    assert nurse.get(f"{BASE}/new").status_code == 403
    assert "Administration" in nurse.get("/s/north/account/password").text


@pytest.mark.req("H-2")
def test_refusals_on_an_employees_page_say_why(web: WebClinic, client: Client) -> None:
    administrator = web.clinic.records.staff["Administrator"]
    answer = client.post(f"{BASE}/{administrator}/deactivate")
    assert (answer.status_code, "You cannot deactivate yourself" in answer.text) == (409, True)
    assert client.get(f"{BASE}?show=whatever").status_code == 404
    assert client.get(f"{BASE}/987654321").status_code == 404
    assert client.post(f"{BASE}/987654321/password").status_code == 404
