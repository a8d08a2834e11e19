"""H-4: switching one's second factor on and off; a role that asks for it; reset by an administrator."""

import re
from datetime import timedelta

import pyotp
import pytest
from httpx import Client
from sqlalchemy import select

from fetlock import clock
from fetlock.domain.access.models import RecoveryCode, SecondFactor, SignIn
from fetlock.domain.audit.models import AuditEntry
from fetlock.domain.staff.models import RolePermission, Staff
from fetlock_hostapp.testing import PASSWORD, WebClinic
from hostapp.tests.kernel.signing_in import Phone, give_phone, send, send_code

BASE = "/s/north/account/second-factor"
EMPLOYEES = "/s/north/administration/employees"


def set_up(client: Client) -> tuple[str, str, list[str]]:
    """Set it up as a person does: the key read from the page, the page of the codes, and these."""
    assert client.post(f"{BASE}/begin").headers["location"] == BASE
    page = client.get(BASE).text
    found = re.search(r'id="key">([A-Z2-7 ]+)<', page)
    assert found
    key = found[1].replace(" ", "")
    done = client.post(f"{BASE}/confirm", data={"code": pyotp.TOTP(key).at(clock.now())})
    assert done.status_code == 200, done.text
    return key, done.text, re.findall(r'class="code">([a-z0-9]{5}-[a-z0-9]{5}-[a-z0-9]{5})<', done.text)


@pytest.mark.req("H-4")
def test_set_up_shows_key_and_codes_once_and_keeps_neither_in_the_open(office: WebClinic) -> None:
    client, elsewhere = office.signed_in("Nurse"), office.signed_in("Nurse")
    assert "Set it up" in client.get(BASE).text
    key, page, codes = set_up(client)
    assert len(set(codes)) == 10
    assert "data-print-page" in page
    after = client.get(BASE).text + client.get("/s/north/account").text
    assert key not in after.replace(" ", "")
    assert not any(code in after for code in codes)
    assert "Recovery codes left" in after
    assert elsewhere.get(BASE).status_code == 303  # it had signed in with the password alone
    with office.runtime.database.reading() as session:
        row = session.get_one(SecondFactor, office.clinic.records.staff["Nurse"])
        hashes = session.scalars(select(RecoveryCode.code_hash)).all()
        assert office.runtime.secrets.open(row.sealed)["key"] == key
    assert key.encode() not in row.sealed
    assert {len(each) for each in hashes} == {64}
    phone = Phone(key, tuple(codes))
    visitor = office.visitor()
    send(visitor, "nurse", PASSWORD)
    assert send_code(visitor, codes[0]).status_code == 303
    with clock.set_to(clock.now() + timedelta(minutes=1)):
        again = office.visitor()
        send(again, "nurse", PASSWORD)
        assert send_code(again, phone.code()).status_code == 303


@pytest.mark.req("H-4")
def test_the_picture_says_the_same_as_the_key_and_needs_nothing_inline(office: WebClinic) -> None:
    client = office.signed_in("Nurse")
    client.post(f"{BASE}/begin")
    page = client.get(BASE)
    assert "<svg" in page.text
    drawn = page.text[page.text.index('role="img"') : page.text.index("No camera?")]
    assert "style" not in drawn
    assert "href" not in drawn
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.req("H-4")
def test_nothing_is_asked_for_before_it_is_confirmed(office: WebClinic) -> None:
    client = office.signed_in("Nurse")
    client.post(f"{BASE}/begin")
    wrong = client.post(f"{BASE}/confirm", data={"code": "12"})
    assert (wrong.status_code, 'id="f-code-error"' in wrong.text) == (422, True)
    assert 'id="key"' in wrong.text  # what was begun is still there
    assert send(office.visitor(), "nurse", PASSWORD).headers["location"] == "/"
    key, _, _ = set_up(client)
    assert send(office.visitor(), "nurse", PASSWORD).headers["location"] == "/sign-in/code"
    # a second one cannot be begun, so that a session left open shows no new key
    assert client.post(f"{BASE}/begin").status_code == 409
    assert client.post(f"{BASE}/confirm", data={"code": pyotp.TOTP(key).at(clock.now())}).status_code == 409


@pytest.mark.req("H-4")
def test_switching_off_needs_password_and_code(office: WebClinic) -> None:
    phone = give_phone(office, "Nurse")
    client = office.signed_in("Nurse")
    right = {"password": PASSWORD, "code": phone.code()}
    for wrong, field in (({"password": "not it at all"}, "password"), ({"code": phone.wrong()}, "code")):
        answer = client.post(f"{BASE}/off", data=right | wrong)
        assert (answer.status_code, f'id="f-{field}-error"' in answer.text) == (422, True)
        assert "not it at all" not in answer.text
    done = client.post(f"{BASE}/off", data=right)
    assert done.headers["location"] == "/s/north/account"
    assert send(office.visitor(), "nurse", PASSWORD).headers["location"] == "/"
    with office.runtime.database.reading() as session:
        assert session.scalars(select(RecoveryCode)).all() == []
        actions = set(session.scalars(select(AuditEntry.action)))
    assert {"staff.second_factor_on", "staff.second_factor_off"} <= actions
    assert client.post(f"{BASE}/off", data=right).status_code == 409


@pytest.mark.req("H-4")
def test_guesses_at_a_session_left_open_are_held_up(office: WebClinic) -> None:
    phone = give_phone(office, "Nurse")
    client = office.signed_in("Nurse")
    statuses = [
        client.post(f"{BASE}/off", data={"password": PASSWORD, "code": phone.wrong()}).status_code
        for _ in range(6)
    ]
    assert statuses == [422] * 5 + [429]


@pytest.mark.req("H-4")
def test_new_recovery_codes_take_the_place_of_the_old(office: WebClinic) -> None:
    phone = give_phone(office, "Nurse")
    client = office.signed_in("Nurse")
    answer = client.post(f"{BASE}/recovery-codes", data={"password": PASSWORD, "code": phone.code()})
    fresh = re.findall(r'class="code">([a-z0-9]{5}-[a-z0-9]{5}-[a-z0-9]{5})<', answer.text)
    assert len(fresh) == 10
    assert not set(fresh) & set(phone.codes)
    visitor = office.visitor()
    send(visitor, "nurse", PASSWORD)
    assert send_code(visitor, phone.codes[0]).status_code == 401
    assert send_code(visitor, fresh[0]).status_code == 303


@pytest.mark.req("H-4")
def test_a_role_may_ask_for_it_and_leads_there_at_the_next_sign_in(office: WebClinic) -> None:
    administrator, working = office.signed_in(), office.signed_in("Nurse")
    role = office.clinic.records.roles["Nurse"]
    saved = administrator.post(
        f"/s/north/administration/roles/{role}", data={"name": "Nurse", "second_factor": "1"}
    )
    assert saved.status_code == 303
    assert 'name="second_factor" value="1" checked' in administrator.get(saved.headers["location"]).text
    assert working.get("/s/north/account").status_code == 200  # nobody is interrupted at work
    nurse = office.visitor()
    with clock.set_to(clock.now() + timedelta(seconds=1)):
        send(nurse, "nurse", PASSWORD)
    assert nurse.get("/s/north/account").headers["location"] == BASE
    assert nurse.get("/s/south/account").headers["location"] == BASE.replace("north", "south")
    assert nurse.get("/").headers["location"].startswith("/s/")
    assert nurse.get("/api/v1/me").json()["code"] == "second_factor_missing"
    asked = nurse.get(BASE).text
    assert "Your role asks for a second factor" in asked
    token = re.search(r'name="_csrf_token" value="([0-9a-f]+)"', asked)
    assert token
    nurse.headers["x-csrf-token"] = token[1]
    _, _, codes = set_up(nurse)
    assert nurse.get("/s/north/account").status_code == 200
    refused = nurse.post(f"{BASE}/off", data={"password": PASSWORD, "code": codes[0]})
    assert (refused.status_code, "stays on" in refused.text) == (409, True)
    kept = nurse.post(f"{BASE}/recovery-codes", data={"password": PASSWORD, "code": codes[0]})
    assert kept.status_code == 200  # the refused try has used no code up


@pytest.mark.req("H-4", "H-3")
def test_only_those_who_may_as_much_free_a_role_of_it(office: WebClinic) -> None:
    records = office.clinic.records
    rows = [
        RolePermission(role_id=records.roles["Receptionist"], permission=key)
        for key in ("staff.view", "staff.roles")
    ]
    office.clinic.database.write(lambda session: session.add_all(rows))
    client, administrator = office.signed_in("Receptionist"), office.signed_in()
    client.headers["if-match"] = administrator.headers["if-match"] = "*"
    role = records.roles["Administrator"]
    body = {"name": "Administrator", "second_factor": True}
    answer = client.put(f"/api/v1/s/north/roles/{role}", json=body)
    assert (answer.status_code, "may do more than you" in answer.text) == (422, True)
    mine = records.roles["Receptionist"]
    body = {"name": "Receptionist", "second_factor": True}
    assert client.put(f"/api/v1/s/north/roles/{mine}", json=body).json()["second_factor"] is True
    freed = administrator.put(f"/api/v1/s/north/roles/{role}", json={"name": "Administrator"})
    assert freed.json()["second_factor"] is False


@pytest.mark.req("H-4")
@pytest.mark.parametrize("way", ["page", "api"])
def test_an_administrator_resets_it(office: WebClinic, way: str) -> None:
    phone = give_phone(office, "Nurse")
    nurse, administrator = office.signed_in("Nurse"), office.signed_in()
    staff_id = office.clinic.records.staff["Nurse"]
    shown = administrator.get(f"{EMPLOYEES}/{staff_id}/access").text
    assert "10 recovery codes left" in shown
    assert phone.key not in shown
    half = office.visitor()
    send(half, "nurse", PASSWORD)
    if way == "page":
        assert administrator.post(f"{EMPLOYEES}/{staff_id}/second-factor/reset").status_code == 303
        assert administrator.post(f"{EMPLOYEES}/{staff_id}/second-factor/reset").status_code == 409
    else:
        path = f"/api/v1/s/north/employees/{staff_id}/second-factor"
        assert administrator.delete(path).status_code == 204
    assert nurse.get(BASE).status_code == 303  # signed out
    assert send_code(half, phone.code()).headers["location"] == "/sign-in?late=1"
    assert send(office.visitor(), "nurse", PASSWORD).headers["location"] == "/"
    with office.runtime.database.reading() as session:
        assert "staff.second_factor_reset" in set(session.scalars(select(AuditEntry.action)))


@pytest.mark.req("H-4", "H-3")
def test_whoever_may_do_less_resets_no_administrator(office: WebClinic) -> None:
    give_phone(office, "Administrator")
    records = office.clinic.records
    rows = [
        RolePermission(role_id=records.roles["Receptionist"], permission=key)
        for key in ("staff.view", "staff.edit")
    ]
    office.clinic.database.write(lambda session: session.add_all(rows))
    path = f"{EMPLOYEES}/{records.staff['Administrator']}/second-factor/reset"
    assert office.signed_in("Receptionist").post(path).status_code == 409
    with office.runtime.database.reading() as session:
        assert session.get(SecondFactor, records.staff["Administrator"]) is not None


@pytest.mark.req("H-4")
def test_a_temporary_password_comes_after_the_code_and_before_all_else(office: WebClinic) -> None:
    phone = give_phone(office, "Nurse")

    def must_change(session: object) -> None:
        staff = session.get(Staff, office.clinic.records.staff["Nurse"])  # type: ignore[attr-defined]
        staff.must_change_password = True

    office.runtime.database.write(must_change)
    client = office.visitor()
    send(client, "nurse", PASSWORD)
    assert client.get("/change-password").headers["location"].startswith("/sign-in")
    assert send_code(client, phone.code()).headers["location"] == "/change-password"
    assert client.get(BASE).headers["location"] == "/change-password"


@pytest.mark.req("H-4")
def test_one_sees_where_one_is_signed_in_and_ends_the_rest(office: WebClinic) -> None:
    here = office.visitor()
    here.headers["user-agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    send(here, "nurse", PASSWORD)
    elsewhere, other = office.signed_in("Nurse"), office.signed_in("Receptionist")
    page = here.get("/s/north/account").text
    assert page.count("Firefox on Linux") == 1
    assert "This one" in page
    token = re.search(r'name="_csrf_token" value="([0-9a-f]+)"', page)
    assert token
    done = here.post("/s/north/account/sign-ins/end-others", data={"_csrf_token": token[1]})
    assert done.status_code == 303
    page = here.get("/s/north/account").text
    assert "One other sign-in has ended." in page
    assert "Sign out everywhere else" not in page
    assert elsewhere.get("/s/north/account").status_code == 303
    assert other.get("/s/north/account").status_code == 200
    with office.runtime.database.reading() as session:
        open_now = session.scalars(select(SignIn.staff_id).where(SignIn.ended_at.is_(None))).all()
    staff = office.clinic.records.staff
    assert sorted(open_now) == sorted([staff["Nurse"], staff["Receptionist"]])
