"""H-1, H-2, H-3: sites, employees and roles through the JSON API, by the same commands as the pages."""

import pytest
from httpx import Client

from fetlock.domain.staff.models import StaffRole
from fetlock_hostapp.testing import WebClinic

API = "/api/v1/s/north"
RUTH = {"first_name": "Ruth", "last_name": "Okonkwo", "user_name": "ruth"}


@pytest.fixture
def client(web_on_both: WebClinic) -> Client:
    return web_on_both.signed_in()


WHATEVER = {"if-match": "*"}


def seen_at(client: Client, address: str) -> dict[str, str]:
    return {"if-match": client.get(address).headers["etag"]}


@pytest.mark.req("H-2")
def test_an_employees_life(web_on_both: WebClinic, client: Client) -> None:
    web = web_on_both
    added = client.post(f"{API}/employees", json=RUTH)
    assert added.status_code == 201
    ruth = added.json()
    assert ruth["initials"] == "RO"
    password = ruth.pop("temporary_password")
    assert client.get(f"{API}/employees/{ruth['id']}").json() == ruth
    north = web.clinic.records.sites["north"]
    roles = [{"site_id": north, "role_ids": [web.clinic.records.roles["Nurse"]]}]
    assert client.put(f"{API}/employees/{ruth['id']}/roles", json={"roles": roles}).json()["roles"] == roles
    seen = seen_at(client, f"{API}/employees/{ruth['id']}")
    changed = client.put(
        f"{API}/employees/{ruth['id']}", json=RUTH | {"email": "ruth@clinic.example"}, headers=seen
    )
    assert changed.json()["email"] == "ruth@clinic.example"
    visitor = web.visitor()
    body = {"user_name": "ruth", "password": password}
    assert visitor.post("/api/v1/sign-in", json=body).status_code == 200
    assert client.post(f"{API}/employees/{ruth['id']}/deactivate").json()["active"] is False
    assert visitor.get("/api/v1/me").status_code == 401
    assert visitor.post("/api/v1/sign-in", json=body).status_code == 401
    assert client.post(f"{API}/employees/{ruth['id']}/activate").json()["active"] is True
    again = client.post(f"{API}/employees/{ruth['id']}/password").json()["temporary_password"]
    assert again != password
    found = client.get(f"{API}/employees", params={"q": "okon", "active": "true"}).json()
    assert [each["user_name"] for each in found["items"]] == ["ruth"]


@pytest.mark.req("H-2")
def test_what_is_refused_names_its_fields(client: Client) -> None:
    wrong = client.post(f"{API}/employees", json=RUTH | {"user_name": "nurse"})
    assert (wrong.status_code, set(wrong.json()["fields"])) == (422, {"user_name"})
    assert client.post(f"{API}/employees", json={}).status_code == 400
    huge = client.post(f"{API}/employees", json=RUTH | {"first_name": "x" * 5000})
    assert (huge.status_code, set(huge.json()["fields"])) == (422, {"first_name"})
    odd = client.post(f"{API}/employees", json=RUTH | {"last_name": "Nul\u0000byte"})
    assert odd.status_code == 400


@pytest.mark.req("H-3")
def test_roles_and_their_permissions(client: Client) -> None:
    keys = {each["key"] for each in client.get(f"{API}/permissions").json()}
    assert {"staff.roles", "invoices.close"} <= keys
    role = client.post(f"{API}/roles", json={"name": "Groomer"}).json()
    values = {"name": "Groomer", "description": "Cuts", "permissions": ["invoices.view"]}
    here = f"{API}/roles/{role['id']}"
    changed = client.put(here, json=values, headers=seen_at(client, here)).json()
    assert (changed["permissions"], changed["description"]) == (["invoices.view"], "Cuts")
    kept = client.put(here, json={"name": "Barber"}, headers=seen_at(client, here)).json()
    assert (kept["name"], kept["permissions"]) == ("Barber", ["invoices.view"])
    wrong = client.put(here, json=values | {"permissions": ["made.up"]}, headers=WHATEVER)
    assert wrong.status_code == 422
    assert client.delete(f"{API}/roles/{role['id']}").status_code == 204
    assert client.delete(f"{API}/roles/{role['id']}").status_code == 404


@pytest.mark.req("H-1")
def test_sites(web_on_both: WebClinic, client: Client) -> None:
    web = web_on_both
    values = {"name": "Harbour", "time_zone": "Europe/Dublin", "currency": "EUR", "locale": "en_IE"}
    added = client.post(f"{API}/sites", json=values)
    assert (added.status_code, added.json()["slug"]) == (201, "harbour")
    assert client.get("/api/v1/s/harbour/sites/harbour").json()["currency"] == "EUR"
    for code in ("JPY", "KWD", "XYZ"):
        wrong = client.put(f"{API}/sites/harbour", json=values | {"currency": code}, headers=WHATEVER)
        assert (wrong.status_code, set(wrong.json()["fields"])) == (422, {"currency"})
    wanted = values | {"prices_include_tax": True, "country": "IE"}
    changed = client.put(f"{API}/sites/harbour", json=wanted, headers=WHATEVER)
    assert (changed.json()["prices_include_tax"], changed.json()["country"]) == (True, "IE")
    # of a site at which one has no role nothing is told, to nobody
    records = web.clinic.records

    def leave(session: object) -> None:
        key = (records.staff["Administrator"], records.sites["south"], records.roles["Administrator"])
        session.delete(session.get_one(StaffRole, key))  # type: ignore[attr-defined]

    web.clinic.database.write(leave)
    assert [site["slug"] for site in client.get(f"{API}/sites").json()] == ["harbour", "north"]
    assert client.get(f"{API}/sites/south").status_code == 404
    assert client.put(f"{API}/sites/south", json=values).status_code == 404
    assert client.get("/s/north/administration/sites/south").status_code == 404
    assert client.post("/s/north/administration/sites/south", data=values).status_code == 404
