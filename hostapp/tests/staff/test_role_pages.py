"""H-3: the matrix as a page: what is ticked holds with the next request, nobody overwrites somebody else."""

import re

import pytest
from httpx import Client

from fetlock.domain.staff.models import RolePermission
from fetlock.domain.staff.roles import held_by
from fetlock_hostapp.testing import WebClinic

BASE = "/s/north/administration/roles"


@pytest.fixture
def client(web: WebClinic) -> Client:
    return web.signed_in()


def ticked(web: WebClinic) -> dict[str, list[str]]:
    """What the form would send if it were sent as it stands."""
    with web.runtime.database.reading() as session:
        held = held_by(session)
    columns = [role_id for name, role_id in web.clinic.records.roles.items() if name != "Administrator"]
    return {f"role_{role_id}": sorted(held.get(role_id, ())) for role_id in columns}


def seen(client: Client) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]+)"', client.get(BASE).text)
    assert found
    return found[1]


@pytest.mark.req("H-3")
def test_a_tick_acts_with_the_next_request(web: WebClinic, client: Client) -> None:
    nurse = web.signed_in("Nurse")
    assert nurse.get("/s/north/administration/sites").status_code == 403
    field = f"role_{web.clinic.records.roles['Nurse']}"
    form = ticked(web) | {"seen": [seen(client)]}
    form[field] = [*form[field], "sites.view"]
    assert client.post(BASE, data=form).status_code == 303
    assert "Saved: Nurse." in client.get(BASE).text
    assert nurse.get("/s/north/administration/sites").status_code == 200
    form = ticked(web) | {"seen": [seen(client)]}
    form[field] = [key for key in form[field] if key != "sites.view"]
    assert client.post(BASE, data=form).status_code == 303
    assert nurse.get("/s/north/administration/sites").status_code == 403


@pytest.mark.req("H-3", "H-36")
def test_the_later_save_is_told_and_its_ticks_are_kept(web: WebClinic, client: Client) -> None:
    field = f"role_{web.clinic.records.roles['Nurse']}"
    old = seen(client)
    first = ticked(web) | {"seen": [old]}
    second = {name: list(keys) for name, keys in first.items()}
    first[field] = [*first[field], "invoices.void"]
    second[field] = [*second[field], "invoices.reopen"]
    assert client.post(BASE, data=first).status_code == 303
    late = client.post(BASE, data=second)
    assert late.status_code == 409
    assert "Somebody else changed the roles meanwhile" in late.text
    nurse = web.clinic.records.roles["Nurse"]
    for key, kept in (("invoices.reopen", True), ("invoices.void", False)):
        box = re.search(rf'name="role_{nurse}" value="{re.escape(key)}"[^>]*>', late.text)
        assert box
        assert ("checked" in box[0]) is kept
    assert "invoices.void" in ticked(web)[field]
    assert "invoices.reopen" not in ticked(web)[field]


@pytest.mark.req("H-3")
def test_ticks_beyond_ones_own_power_are_neither_offered_nor_taken_away(web: WebClinic) -> None:
    records = web.clinic.records
    rows = [
        RolePermission(role_id=records.roles["Nurse"], permission=key)
        for key in ("staff.view", "staff.roles")
    ]
    web.clinic.database.write(lambda session: session.add_all(rows))
    nurse = web.signed_in("Nurse")
    page = nurse.get(BASE).text
    receptionist = records.roles["Receptionist"]
    box = re.search(rf'name="role_{receptionist}" value="invoices\.take_payment"[^>]*>', page)
    assert box
    assert "disabled" in box[0]
    # disabled boxes are not sent; neither are those of a form that somebody made up
    made_up = {"seen": seen(nurse), f"role_{receptionist}": ["invoices.void", "invoices.view"]}
    assert (
        nurse.post(
            BASE, data=made_up | {k: v for k, v in ticked(web).items() if k not in made_up}
        ).status_code
        == 303
    )
    held = set(ticked(web)[f"role_{receptionist}"])
    assert "invoices.take_payment" in held
    assert "invoices.void" not in held


@pytest.mark.req("H-3")
def test_adding_a_role_keeps_what_was_typed_when_refused(client: Client) -> None:
    refused = client.post(f"{BASE}/new", data={"name": "nurse", "description": "By night"})
    assert refused.status_code == 422
    assert "data-open" in refused.text
    assert 'value="By night"' in refused.text
    assert client.post(f"{BASE}/new", data={"name": "Groomer", "like": "x"}).status_code == 422
    added = client.post(f"{BASE}/new", data={"name": "Groomer"})
    assert added.status_code == 303
    assert "Groomer" in client.get(BASE).text


@pytest.mark.req("H-3")
def test_a_role_is_renamed_and_removed_on_its_page(web: WebClinic, client: Client) -> None:
    client.post(f"{BASE}/new", data={"name": "Groomer"})
    groomer = next(r["id"] for r in client.get("/api/v1/s/north/roles").json() if r["name"] == "Groomer")
    nurse = web.clinic.records.roles["Nurse"]
    assert client.post(f"{BASE}/{groomer}", data={"name": "Nurse", "description": "kept"}).status_code == 422
    assert client.post(f"{BASE}/{groomer}", data={"name": "Barber"}).status_code == 303
    assert "Barber" in client.get(f"{BASE}/{groomer}").text
    assert client.post(f"{BASE}/{nurse}/remove").status_code == 409
    assert client.post(f"{BASE}/{groomer}/remove").status_code == 303
    assert client.get(f"{BASE}/{groomer}").status_code == 404
