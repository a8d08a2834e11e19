"""H-6: making and revoking tokens, one's own and as an administrator."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from fetlock import clock
from fetlock.domain.access.models import ApiToken
from fetlock.domain.audit.models import AuditEntry
from fetlock.domain.staff.models import RolePermission
from fetlock_hostapp.testing import WebClinic
from hostapp.tests.tokens.bearer import ME, PAGE, make, program, token_id

EMPLOYEES = "/s/north/administration/employees"


@pytest.mark.req("H-6")
def test_a_token_is_shown_once_and_kept_as_a_hash(web_on_both: WebClinic) -> None:
    web = web_on_both
    client = web.signed_in("Nurse")
    assert "No tokens" in client.get(PAGE).text
    start = clock.now()
    with clock.set_to(start):
        plain = make(client, name=" Night  report ")
    assert plain.startswith("flk_")
    assert len(plain) >= 4 + 43  # 256 bits
    page = client.get(PAGE).text
    assert plain not in page
    assert "Night report" in page
    assert f"{plain[:8]}…" in page
    with web.runtime.database.reading() as session:
        row = session.scalars(select(ApiToken)).one()
    assert (row.name, row.scope, row.site_id, row.last_used_at) == ("Night report", "read", None, None)
    assert row.expires_at == start + timedelta(days=90)
    assert row.token_hash != plain
    assert len({make(client) for _ in range(5)}) == 5


@pytest.mark.req("H-6")
@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"scope": "everything"}, "scope"),
        ({"days": "0"}, "days"),
        ({"days": "366"}, "days"),
        ({"days": "soon"}, "days"),
        ({"days": ""}, "days"),
        ({"site_id": "987654"}, "site_id"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(web: WebClinic, typed: dict[str, str], field: str) -> None:
    client = web.signed_in("Nurse")
    values = {"name": "Reports", "scope": "write", "site_id": "", "days": "30"} | typed
    answer = client.post(f"{PAGE}/tokens", data=values)
    assert answer.status_code == 422
    assert f'id="f-{field}-error"' in answer.text
    assert "data-open" in answer.text  # the dialog with what was typed
    if field != "scope":
        assert 'value="write" checked' in answer.text
    with web.runtime.database.reading() as session:
        assert session.scalars(select(ApiToken)).all() == []


@pytest.mark.req("H-6")
def test_the_longest_life_is_a_setting_of_the_installation(web: WebClinic) -> None:
    assert web.runtime.installation.longest_token_days == 365
    read = type(web.runtime.installation).from_environment({"FETLOCK_LONGEST_TOKEN_DAYS": "30"})
    assert read.longest_token_days == 30
    assert "At most 365." in web.signed_in("Nurse").get(PAGE).text


@pytest.mark.req("H-6")
def test_making_and_revoking_are_audited_without_the_token(web: WebClinic) -> None:
    client = web.signed_in("Nurse")
    plain = make(client)
    number = token_id(web, "Nurse")
    assert client.post(f"{PAGE}/tokens/{number}/revoke").status_code == 303
    assert "opens nothing any more" in client.get(PAGE).text
    with web.runtime.database.reading() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action.like("staff.token%"))).all()
    assert [entry.action for entry in entries] == ["staff.token_made", "staff.token_revoked"]
    nurse = web.clinic.records.staff["Nurse"]
    assert {(entry.staff_id, entry.subject) for entry in entries} == {(nurse, f"staff:{nurse}")}
    assert entries[0].detail["token"] == number
    assert plain not in repr([entry.detail for entry in entries])
    assert client.post(f"{PAGE}/tokens/{number}/revoke").status_code == 303  # twice does no harm


@pytest.mark.req("H-6")
def test_nobody_revokes_somebody_elses_by_guessing(web: WebClinic) -> None:
    make(web.signed_in("Nurse"))
    number = token_id(web, "Nurse")
    assert web.signed_in("Receptionist").post(f"{PAGE}/tokens/{number}/revoke").status_code == 404
    wrong = f"{EMPLOYEES}/{web.clinic.records.staff['Receptionist']}/tokens/{number}/revoke"
    assert web.signed_in().post(wrong).status_code == 404


@pytest.mark.req("H-6")
@pytest.mark.parametrize("way", ["page", "api"])
def test_an_administrator_sees_and_revokes_an_employees_tokens(web: WebClinic, way: str) -> None:
    client = program(web, make(web.signed_in("Nurse"), name="Lab import"))
    administrator = web.signed_in()
    nurse, number = web.clinic.records.staff["Nurse"], token_id(web, "Nurse")
    assert f'hx-get="{EMPLOYEES}/{nurse}/access"' in administrator.get(f"{EMPLOYEES}/{nurse}").text
    assert "Lab import" in administrator.get(f"{EMPLOYEES}/{nurse}/access").text
    if way == "page":
        assert administrator.post(f"{EMPLOYEES}/{nurse}/tokens/{number}/revoke").status_code == 303
    else:
        base = f"/api/v1/s/north/employees/{nurse}"
        shown = administrator.get(f"{base}/access").json()
        assert [(each["id"], each["state"]) for each in shown["tokens"]] == [(number, "active")]
        assert administrator.delete(f"{base}/tokens/{number}").status_code == 204
        assert administrator.get(f"{base}/access").json()["tokens"][0]["state"] == "revoked"
    assert client.get(ME).status_code == 401
    assert "Revoked" in administrator.get(f"{EMPLOYEES}/{nurse}/access").text


@pytest.mark.req("H-6", "H-3")
def test_whoever_may_do_less_revokes_no_administrators_token(web: WebClinic) -> None:
    client = program(web, make(web.signed_in("Administrator")))
    records = web.clinic.records
    rows = [
        RolePermission(role_id=records.roles["Receptionist"], permission=key)
        for key in ("staff.view", "staff.edit")
    ]
    web.runtime.database.write(lambda session: session.add_all(rows))
    administrator, number = records.staff["Administrator"], token_id(web, "Administrator")
    path = f"{EMPLOYEES}/{administrator}/tokens/{number}/revoke"
    assert web.signed_in("Receptionist").post(path).status_code == 409
    assert client.get(ME).status_code == 200
