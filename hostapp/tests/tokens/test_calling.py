"""H-6: what a program may do with a token: its owner's permissions of now, cut by scope and site."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from fetlock import clock
from fetlock.domain.access.models import ApiToken
from fetlock.domain.staff.models import RolePermission, Staff, StaffRole
from fetlock_hostapp.testing import WebClinic
from hostapp.tests.tokens.bearer import ME, PAGE, make, program, token_id

PRODUCTS = "/api/v1/s/north/products"
EMPLOYEES = "/api/v1/s/north/employees"


@pytest.mark.req("H-6")
def test_a_token_stands_for_its_owner_without_cookie_or_csrf_token(web_on_both: WebClinic) -> None:
    web = web_on_both
    client = program(web, make(web.signed_in("Nurse")))
    answer = client.get(ME)
    assert answer.status_code == 200
    assert answer.json()["user_name"] == "nurse"
    assert answer.json()["csrf_token"] == ""
    assert [site["slug"] for site in answer.json()["sites"]] == ["north", "south"]
    assert "set-cookie" not in answer.headers
    assert client.get(PRODUCTS).status_code == 200
    writer = program(web, make(web.signed_in("Administrator"), scope="write"))
    body = {"first_name": "Ola", "last_name": "Two", "user_name": "ola.two"}
    added = writer.post(EMPLOYEES, json=body)
    assert (added.status_code, added.json()["user_name"]) == (201, "ola.two")
    assert "set-cookie" not in added.headers
    assert not writer.cookies


@pytest.mark.req("H-6")
@pytest.mark.parametrize(
    ("method", "below"), [("POST", ""), ("PUT", "/{nurse}"), ("DELETE", "/{nurse}/second-factor")]
)
def test_read_scope_changes_nothing(web: WebClinic, method: str, below: str) -> None:
    administrator = web.signed_in("Administrator")
    reader, writer = (program(web, make(administrator, scope=scope)) for scope in ("read", "write"))
    path = EMPLOYEES + below.format(nurse=web.clinic.records.staff["Nurse"])
    answer = reader.request(method, path, json={})
    assert (answer.status_code, answer.json()["code"]) == (403, "token_scope")
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]
    assert writer.request(method, path, json={}).status_code != 403


@pytest.mark.req("H-6")
def test_expired_revoked_and_unknown_tokens_are_refused_alike(web_on_both: WebClinic) -> None:
    web = web_on_both
    owner = web.signed_in("Nurse")
    expiring, revoked = make(owner, days="7"), make(owner)
    assert program(web, expiring).get(ME).status_code == 200
    assert program(web, revoked).get(ME).status_code == 200
    assert owner.post(f"{PAGE}/tokens/{token_id(web, 'Nurse', 1)}/revoke").status_code == 303
    with clock.set_to(clock.now() + timedelta(days=7, seconds=1)):
        late = program(web, expiring).get(ME)
    answers = [late, program(web, revoked).get(ME), program(web, "flk_never-was").get(ME)]
    seen = {(a.status_code, a.text, a.headers["www-authenticate"]) for a in answers}
    assert len(seen) == 1
    status, body, challenge = seen.pop()
    assert (status, "token_refused" in body) == (401, True)
    assert challenge == 'Bearer realm="Fetlock", error="invalid_token"'
    assert web.visitor().get(ME).headers["www-authenticate"] == 'Bearer realm="Fetlock"'


@pytest.mark.req("H-6", "H-2")
def test_a_deactivated_person_has_no_tokens_and_gets_none_back(web: WebClinic) -> None:
    client = program(web, make(web.signed_in("Nurse")))
    administrator = web.signed_in()
    nurse = f"/s/north/administration/employees/{web.clinic.records.staff['Nurse']}"
    assert administrator.post(f"{nurse}/deactivate").status_code == 303
    assert client.get(ME).status_code == 401
    assert administrator.post(f"{nurse}/activate").status_code == 303
    assert client.get(ME).status_code == 401
    # also where somebody was deactivated in the database alone
    client = program(web, make(web.signed_in("Receptionist")))

    def put_to_sleep(session: object) -> None:
        session.get(Staff, web.clinic.records.staff["Receptionist"]).active = False  # type: ignore[attr-defined]

    web.runtime.database.write(put_to_sleep)
    assert client.get(ME).status_code == 401


@pytest.mark.req("H-6", "H-3")
def test_a_token_may_what_its_owner_may_now(web: WebClinic) -> None:
    client = program(web, make(web.signed_in("Receptionist")))
    role = web.clinic.records.roles["Receptionist"]
    assert client.get(EMPLOYEES).status_code == 403
    row = RolePermission(role_id=role, permission="staff.view")
    web.runtime.database.write(lambda session: session.add(row))
    assert client.get(EMPLOYEES).status_code == 200
    web.runtime.database.write(
        lambda session: session.execute(
            delete(RolePermission).where(RolePermission.permission == "staff.view")
        )
    )
    assert client.get(EMPLOYEES).status_code == 403


@pytest.mark.req("H-6", "H-1")
def test_a_token_for_one_site_sees_no_other(web: WebClinic) -> None:
    south = web.clinic.records.sites["south"]
    client = program(web, make(web.signed_in("Nurse"), site_id=str(south)))
    there, here = (client.get(f"/api/v1/s/{site}/products") for site in ("south", "north"))
    assert (there.status_code, here.status_code) == (200, 404)
    assert here.json() == client.get("/api/v1/s/nowhere/products").json()
    assert [site["slug"] for site in client.get(ME).json()["sites"]] == ["south"]

    def leave(session: object) -> None:
        session.execute(  # type: ignore[attr-defined]
            delete(StaffRole).where(
                StaffRole.staff_id == web.clinic.records.staff["Nurse"], StaffRole.site_id == south
            )
        )

    web.runtime.database.write(leave)
    assert client.get("/api/v1/s/south/products").status_code == 404
    assert web.signed_in("Nurse").get("/s/north/account").status_code == 200


@pytest.mark.req("H-6")
def test_tokens_open_the_api_alone(web: WebClinic) -> None:
    client = program(web, make(web.signed_in("Administrator"), scope="write"))
    for page in ("/", "/s/north/account", "/s/north/administration/employees"):
        assert client.get(page).headers["location"].startswith("/sign-in"), page
    assert client.post("/s/north/account/tokens", data={}).status_code == 303
    ended = client.post("/api/v1/sign-out", json={})
    assert (ended.status_code, ended.json()["code"]) == (403, "sessions_only")


@pytest.mark.req("H-6")
def test_the_token_decides_where_a_cookie_comes_along(web: WebClinic) -> None:
    """Else a page could let a browser's cookie act without its CSRF token, by adding any token at all."""
    administrator = web.signed_in()
    del administrator.headers["x-csrf-token"]
    administrator.headers["authorization"] = "Bearer flk_anything"
    assert administrator.post(EMPLOYEES, json={}).status_code == 401
    administrator.headers["authorization"] = f"Bearer {make(web.signed_in('Nurse'))}"
    assert administrator.get(ME).json()["user_name"] == "nurse"
    administrator.headers["authorization"] = "Basic bnVyc2U6bnVyc2U="
    assert administrator.get(ME).json()["user_name"] == "administrator"
    assert administrator.post(EMPLOYEES, json={}).json()["code"] == "csrf_refused"


@pytest.mark.req("H-6", "H-4")
def test_a_password_that_others_know_stops_the_tokens_too(web: WebClinic) -> None:
    client = program(web, make(web.signed_in("Nurse")))
    nurse = f"/s/north/administration/employees/{web.clinic.records.staff['Nurse']}"
    assert web.signed_in().post(f"{nurse}/password").status_code == 200
    answer = client.get(ME)
    assert (answer.status_code, answer.json()["code"]) == (403, "password_must_change")


@pytest.mark.req("H-6")
def test_the_last_use_is_noted_at_most_once_a_minute(web_on_both: WebClinic) -> None:
    web = web_on_both
    client = program(web, make(web.signed_in("Nurse")))
    start = clock.now()
    noted = []
    for seconds in (0, 30, 59, 60, 90):
        with clock.set_to(start + timedelta(seconds=seconds)):
            assert client.get(ME).status_code == 200
        with web.runtime.database.reading() as session:
            at = session.scalars(select(ApiToken.last_used_at)).one()
            assert at is not None
            noted.append(round((at - start).total_seconds()))
    assert noted == [0, 0, 0, 60, 60]


@pytest.mark.req("H-6", "PL-11")
def test_the_description_of_the_api_says_where_a_token_does(web: WebClinic) -> None:
    described = web.visitor().get("/api/v1/openapi.json").json()
    assert described["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    operations = [
        (f"{method} {path}", operation["security"])
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
        if operation["security"]
    ]
    without = [name for name, security in operations if {"token": []} not in security]
    assert without == ["post /api/v1/sign-out"]
    assert len(operations) > 30
