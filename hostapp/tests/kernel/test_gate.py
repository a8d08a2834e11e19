"""PL-2, H-3: a plugin's routes are shut where it isn't on, for every audience, before its code runs."""

import asyncio

import pytest
from httpx import Client

from fetlock.domain.staff.models import RolePermission
from fetlock_hostapp.testing import WebClinic
from fetlock_hostapp.web.kernel import csrf
from fetlock_hostapp.web.kernel.access import Route, routes_of
from fetlock_hostapp.web.kernel.seats import Seats, SeatsTaken
from hostapp.tests.kernel.sample_pages import NAME, SamplePages, ran

BASE = f"/s/north/{NAME}"


@pytest.fixture
def plugins_under_test() -> tuple[object, ...]:
    ran.clear()
    return (SamplePages(),)


def own_routes(web: WebClinic) -> list[Route]:
    return [route for route in routes_of(web.app) if web.app.state.kernel.owner_of(route) == NAME]


def ask(client: Client, route: Route, site: str = "north") -> int:
    path = route.path.format(site_slug=site, thing_id=7, secret="right")
    return client.request(
        route.method, path, headers={"content-type": "application/x-www-form-urlencoded"}
    ).status_code


def grant_use(web: WebClinic, role: str) -> None:
    row = RolePermission(role_id=web.clinic.records.roles[role], permission="samplepages.use")
    web.clinic.database.write(lambda session: session.add(row))


@pytest.mark.req("PL-2")
def test_off_means_404_for_every_route_and_audience_before_its_code_runs(web: WebClinic) -> None:
    web.clinic.switch(NAME, "off")
    routes = own_routes(web)
    assert {route.path.split("/")[1] for route in routes} == {"s", "api", "link", "machine"}
    for client in (web.signed_in("Administrator"), web.signed_in("Nurse")):
        assert {ask(client, route) for route in routes} == {404}
    stranger = web.visitor()
    for route in routes:
        wanted = {"s": 303, "api": 401}.get(route.path.split("/")[1], 404)
        assert ask(stranger, route) == wanted, route.path
    assert ran == []


@pytest.mark.req("PL-2")
def test_off_at_one_site_leaves_the_other_alone_and_needs_no_restart(web: WebClinic) -> None:
    administrator = web.signed_in()
    assert administrator.get(BASE).status_code == 200
    assert "Sample" in administrator.get("/s/north/administration/sites").text
    web.clinic.switch(NAME, "off")
    assert administrator.get(BASE).status_code == 404
    assert f"/s/north/{NAME}" not in administrator.get("/s/north/administration/sites").text
    assert administrator.get(f"/s/south/{NAME}").status_code == 200
    web.clinic.switch(NAME, "on")
    assert administrator.get(BASE).status_code == 200


@pytest.mark.req("PL-2")
def test_set_up_opens_only_routes_marked_so_and_only_to_administrators(web: WebClinic) -> None:
    web.clinic.switch(NAME, "setup")
    grant_use(web, "Nurse")
    administrator, nurse = web.signed_in(), web.signed_in("Nurse")
    for route in own_routes(web):
        assert ask(administrator, route) == (200 if route.path.endswith("/settings") else 404), route.path
        assert ask(nurse, route) == 404
    assert ran == ["before /s/north/samplepages/settings", "settings"]


@pytest.mark.req("PL-2", "H-3")
def test_on_opens_what_the_role_may_and_no_more(web: WebClinic) -> None:
    nurse = web.signed_in("Nurse")
    assert nurse.get(BASE).status_code == 403
    assert "Use the sample" in nurse.get(BASE).text
    grant_use(web, "Nurse")
    assert nurse.get(BASE).status_code == 200
    assert nurse.get(f"{BASE}/settings").status_code == 403
    assert nurse.delete(f"/api/v1/s/north/{NAME}/things/7").status_code == 204
    stranger = web.visitor()
    assert stranger.get(f"/link/north/{NAME}/offer/right").text == "open sesame"
    answer = stranger.post(f"/machine/north/{NAME}/events")
    assert (answer.status_code, answer.json()) == (201, {"site": "north", "actor": "Sample pages"})
    assert stranger.post(f"/machine/nowhere/{NAME}/events").status_code == 404


@pytest.mark.req("PL-2")
@pytest.mark.parametrize("method", ["PUT", "PATCH", "OPTIONS", "HEAD"])
def test_other_methods_tell_nothing_of_a_plugin_that_is_off(web: WebClinic, method: str) -> None:
    web.clinic.switch(NAME, "off")
    administrator = web.signed_in()
    for path in (BASE, f"/api/v1/s/north/{NAME}/things/7", f"/machine/north/{NAME}/events"):
        off, never = (administrator.request(method, each) for each in (path, "/s/north/never-was"))
        assert off.status_code == never.status_code == 404
        assert "allow" not in off.headers


@pytest.mark.req("H-1")
def test_a_site_without_a_role_does_not_exist(web: WebClinic) -> None:
    from fetlock.domain.staff.models import StaffRole

    records = web.clinic.records

    def leave_south(session: object) -> None:
        key = (records.staff["Receptionist"], records.sites["south"], records.roles["Receptionist"])
        session.delete(session.get_one(StaffRole, key))  # type: ignore[attr-defined]

    web.clinic.database.write(leave_south)
    receptionist = web.signed_in("Receptionist")
    here, there, nowhere = (
        receptionist.get(f"/s/{site}/account/password") for site in ("north", "south", "nowhere")
    )
    assert (here.status_code, there.status_code, nowhere.status_code) == (200, 404, 404)
    assert there.text.replace("south", "*") == nowhere.text.replace("nowhere", "*")
    assert "South Clinic" not in here.text
    assert [s["slug"] for s in receptionist.get("/api/v1/me").json()["sites"]] == ["north"]
    assert receptionist.delete(f"/api/v1/s/south/{NAME}/things/7").json()["code"] == "not_found"
    administrator = web.signed_in()
    for page in ("account/password", "administration/sites"):
        assert "South Clinic" in administrator.get(f"/s/north/{page}").text


@pytest.mark.req("H-4")
def test_a_change_without_the_token_of_this_sign_in_is_refused(web: WebClinic) -> None:
    client, other = web.signed_in(), web.signed_in("Nurse")
    token = client.headers.pop(csrf.HEADERS[0])
    form = {"name": "Moss"}
    for sent in (
        {},
        {"_csrf_token": ""},
        {"_csrf_token": "0" * 64},
        {"_csrf_token": other.headers["x-csrf-token"]},
    ):
        assert client.post(f"{BASE}/things/7", data=form | sent).status_code == 403
    assert client.delete(f"/api/v1/s/north/{NAME}/things/7").json()["code"] == "csrf_refused"
    assert ran == []
    assert client.post(f"{BASE}/things/7", data=form | {"_csrf_token": token}).status_code == 303
    multipart = {name: (None, value) for name, value in (form | {"_csrf_token": token}).items()}
    assert client.post(f"{BASE}/things/7", files=multipart).status_code == 303
    assert client.post(f"{BASE}/things/7", data=form, headers={"x-csrf-token": token}).status_code == 303
    foreign = {"x-csrf-token": token, "sec-fetch-site": "cross-site"}
    assert client.post(f"{BASE}/things/7", data=form, headers=foreign).status_code == 403
    notice = client.get("/s/north/administration/sites")
    assert "7 is Moss now." in notice.text
    assert "7 is Moss now." not in client.get("/s/north/administration/sites").text


@pytest.mark.req("PL-5")
def test_a_fault_of_a_plugin_is_logged_with_its_name_and_without_data(
    web: WebClinic, caplog: pytest.LogCaptureFixture
) -> None:
    answer = web.signed_in().get(f"{BASE}/broken")
    assert answer.status_code == 500
    incident = caplog.records[-1].getMessage()
    assert f"plugin {NAME} failed in GET" in incident
    assert "Moss" not in caplog.text
    assert "Moss" not in answer.text
    assert incident.split()[1].rstrip(":") in answer.text


@pytest.mark.req("PL-5")
def test_a_plugin_holds_at_most_a_quarter_of_the_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fetlock_hostapp.web.kernel.seats.PATIENCE_SECONDS", 0.1)

    async def requests() -> None:
        seats = Seats(threads=8)
        await seats.take("slow")
        await seats.take("slow")
        with pytest.raises(SeatsTaken):
            await seats.take("slow")
        await seats.take("other")
        for _ in range(20):
            await seats.take("")
        seats.leave("slow")
        await seats.take("slow")

    asyncio.run(requests())


@pytest.mark.req("PL-5", "H-14")
def test_a_request_waits_a_moment_for_a_seat() -> None:
    """Two people who open a patient at once are not told that it is busy."""

    async def requests() -> None:
        seats = Seats(threads=4)
        await seats.take("plans")
        second = asyncio.create_task(seats.take("plans"))
        await asyncio.sleep(0.1)
        assert not second.done()
        seats.leave("plans")
        await second
        assert seats.taken("plans") == 1

    asyncio.run(requests())


@pytest.mark.req("H-2")
def test_integrations_of_an_employee_come_from_the_plugins_and_fail_alone(web: WebClinic) -> None:
    administrator = web.signed_in()
    base = "/s/north/administration/employees"
    staff = web.clinic.records.staff
    assert "hx-get" in administrator.get(f"{base}/{staff['Veterinarian']}").text
    shown = administrator.get(f"{base}/{staff['Veterinarian']}/integrations")
    assert "Sample service" in shown.text
    assert "Veterinarian Smith" in shown.text
    failed = administrator.get(f"{base}/{staff['Nurse']}/integrations")
    assert (failed.status_code, "Sample pages can’t be shown right now" in failed.text) == (200, True)
    web.clinic.switch(NAME, "off")
    assert "No plugin that is on at North Clinic" in administrator.get(f"{base}/{staff['Nurse']}").text
    assert "Sample service" not in administrator.get(f"{base}/{staff['Veterinarian']}/integrations").text
