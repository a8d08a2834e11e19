"""PL-2: whatever the dummy brings × off, set-up, on × role: nothing of it runs where it isn't on."""

from datetime import timedelta
from typing import Final

import httpx
import pytest
from sqlalchemy import select

from fetlock.contracts.registration import Permission
from fetlock.domain.plugins.switching import held_count
from fetlock.hooks.markers import HookKind
from fetlock.jobs.models import JobState
from fetlock.outbox.models import EventPending, OutboxState
from fetlock_hostapp.web.kernel.access import Audience, Route, routes_of
from tests.dummy_plugin.counting import broken, calls, names
from tests.dummy_plugin.naming import EDIT, NAME, VIEW
from tests.dummy_plugin.web import RIGHT_TOKEN
from tests.hook_contracts.clinic_day import CLAIM_HOOKS, spend_a_day
from tests.hook_contracts.club_service import ClubService
from tests.hook_contracts.hosting import Host

STATES: Final = ("off", "setup", "on")
HOLDS: Final = {
    "Administrator": {VIEW, EDIT, "plugins.settings"},
    "Receptionist": {VIEW, EDIT},
    "Nurse": set[str](),
}
SIGNED_OUT: Final = {"s": 303, "api": 401}
"""What visitors get below each beginning of an address, whatever the plugin's state is."""

OPEN_IN_SET_UP: Final = {"answer_ask", "apply_ask"}
"""Trying the settings that are being typed: what set-up is for."""


def hooks_of_the_day(host: Host) -> set[str]:
    """Every hook that the host calls after start."""
    return {name for name, info in host.runtime.registry.hooks.items() if info.kind is not HookKind.REGISTER}


def hooks_called(host: Host) -> set[str]:
    return set(names()) & hooks_of_the_day(host)


def own_routes(host: Host) -> list[Route]:
    kernel = host.web.app.state.kernel
    return [route for route in routes_of(host.web.app) if kernel.owner_of(route) == NAME]


@pytest.fixture
def everywhere(off_host: Host, club: ClubService) -> Host:
    """On at both sites, with a member, and with something of each kind that waits for the plugin at north."""
    for site in ("north", "south"):
        off_host.switch("on", site=site)
    off_host.work_off()
    club.bags = 20
    off_host.join("57A")
    broken.add("invoice_closed")
    off_host.close(off_host.add("FOOD").invoice.id)
    broken.clear()
    calls.clear()
    return off_host


@pytest.mark.req("PL-2")
@pytest.mark.parametrize("state", STATES)
def test_hooks_are_called_where_the_plugin_is_on_and_nowhere_else(everywhere: Host, state: str) -> None:
    everywhere.switch("off", site="south")
    everywhere.switch(state)
    calls.clear()
    spend_a_day(everywhere)
    wanted = {"off": set[str](), "setup": OPEN_IN_SET_UP, "on": hooks_of_the_day(everywhere)}[state]
    assert hooks_called(everywhere) == wanted
    requests = [name for name in names() if " " in name]
    assert bool(requests) is (state == "on")


@pytest.mark.req("PL-2")
@pytest.mark.parametrize("state", ["off", "setup"])
def test_the_other_site_keeps_every_hook(everywhere: Host, state: str) -> None:
    everywhere.switch(state)
    calls.clear()
    spend_a_day(everywhere, site="south")
    assert hooks_called(everywhere) == hooks_of_the_day(everywhere)
    assert hooks_called(everywhere) >= CLAIM_HOOKS


@pytest.mark.req("PL-2", "H-3")
@pytest.mark.parametrize("state", STATES)
def test_routes_by_state_and_role(everywhere: Host, state: str) -> None:
    everywhere.switch(state)
    routes = own_routes(everywhere)
    assert {route.path.split("/")[1] for route in routes} == {"s", "api", "link", "machine"}
    for role in (*HOLDS, "visitor"):
        for route in routes:
            for site, there in (("north", state), ("south", "on")):
                calls.clear()
                status = ask(everywhere, route, role, site)
                assert status == expected(everywhere, route, role, there), (role, route.path, site, status)
                ran = [name for name, _ in calls if " " in name]
                assert bool(ran) is (status < 300 or _shown(route, there, role)), (role, route.path, site)


def ask(host: Host, route: Route, role: str, site: str) -> int:
    """The status that a client in this role gets."""
    client = host.web.visitor() if role == "visitor" else host.staff(role)
    path = route.path.format(site_slug=site, patient_id=host.clinic.patient_id, token=RIGHT_TOKEN)
    headers = {"content-type": "application/x-www-form-urlencoded", "x-club-token": RIGHT_TOKEN}
    answer: httpx.Response = client.request(route.method, path, headers=headers)
    return answer.status_code


def expected(host: Host, route: Route, role: str, state: str) -> int:
    """What the requirement wants, said independently of how the gate is written."""
    access = host.web.app.state.kernel.access[id(route.handler)]
    beginning = route.path.split("/")[1]
    if access.audience is not Audience.STAFF:
        return 404 if state != "on" else (201 if route.method == "POST" else 200)
    if role == "visitor":
        return SIGNED_OUT[beginning]
    if state == "off" or (state == "setup" and not (access.setup and role == "Administrator")):
        return 404
    if access.permission not in HOLDS[role]:
        return 403
    return 303 if route.method == "POST" else 200


def _shown(route: Route, state: str, role: str) -> bool:
    """Whether a redirect came from the plugin itself."""
    return state == "on" and route.method == "POST" and role in ("Administrator", "Receptionist")


@pytest.mark.req("PL-2", "H-14")
@pytest.mark.parametrize("state", STATES)
def test_menu_tabs_and_places_on_pages_by_state_and_role(everywhere: Host, state: str) -> None:
    everywhere.switch(state)
    patient = f"patients/{everywhere.clinic.patient_id}"
    for role in HOLDS:
        for site, there in (("north", state), ("south", "on")):
            where = f"{role} at {site}"
            on, holds = there == "on", VIEW in HOLDS[role]
            page = everywhere.page(patient, role=role, site=site)
            assert (f'href="/s/{site}/club"' in page) is (on and holds), f"menu, {where}"
            assert (f'href="/s/{site}/{patient}/club"' in page) is (on and holds), f"tab, {where}"
            assert (f'href="/s/{site}/{patient}/plans"' in page) is on, f"the shared plans tab, {where}"
            assert (f"/s/{site}/{patient}/panels/dummy" in page) is on, f"panels and icons, {where}"
            assert (f"/s/{site}/{patient}/questions" in page) is on, f"questions, {where}"
            for path in (f"{patient}/panels/dummy", f"{patient}/plans"):
                answer = everywhere.staff(role).get(f"/s/{site}/{path}", headers={"hx-request": "true"})
                assert answer.status_code == (200 if on else 404), f"{path}, {where}"


@pytest.mark.req("PL-2")
@pytest.mark.parametrize("state", STATES)
def test_places_on_an_invoice_by_state_and_role(everywhere: Host, state: str) -> None:
    everywhere.switch(state)
    invoice = f"invoices/{everywhere.add('NAIL').invoice.id}"
    for role in HOLDS:
        shown = everywhere.page(invoice, role=role)
        for part in ("notices", "payers"):
            assert (f"/s/north/{invoice}/{part}/dummy" in shown) is (state == "on"), (role, part)
            answer = everywhere.staff(role).get(f"/s/north/{invoice}/{part}/dummy")
            assert answer.status_code == (200 if state == "on" else 404), (role, part)


@pytest.mark.req("PL-2", "PL-9")
@pytest.mark.parametrize("state", STATES)
def test_jobs_events_and_outbox_rows_wait_for_the_plugin(
    everywhere: Host, club: ClubService, state: str
) -> None:
    everywhere.switch(state)
    calls.clear()
    club.asked.clear()
    everywhere.work_off(later=timedelta(hours=7))
    [row] = everywhere.outbox()
    with everywhere.runtime.database.reading() as session:
        waiting = len(session.scalars(select(EventPending)).all())
        ran = {state.site_id: state.last_run_at for state in session.scalars(select(JobState))}
    records = everywhere.clinic.records
    assert ran[records.sites["south"]] > ran[records.sites["north"]] or state == "on"  # type: ignore[operator]
    if state == "on":
        assert (row.state, waiting) == (OutboxState.SENT, 0)
        assert {"deliver", "invoice_closed", "run_job"} <= set(names())
        return
    assert (row.state, waiting) == (OutboxState.HELD, 1)
    assert set(names()) & {"deliver", "invoice_closed"} == set()
    assert everywhere.run(lambda work: held_count(work, NAME)) == 1
    assert "1 held" in everywhere.page("administration/plugins")
    listed = everywhere.staff().get("/api/v1/s/north/plugins").json()
    assert [view["held"] for view in listed if view["name"] == NAME] == [{"north": 1}]
    everywhere.switch("on")
    everywhere.work_off(later=timedelta(hours=8))
    assert everywhere.outbox()[0].state == OutboxState.SENT
    assert "invoice_closed" in names()


@pytest.mark.req("PL-2", "PL-8")
@pytest.mark.parametrize("state", STATES)
def test_outbox_rows_are_seen_by_those_who_may_whatever_the_state(everywhere: Host, state: str) -> None:
    everywhere.switch(state)
    for role in HOLDS:
        answer = everywhere.staff(role).get("/s/north/outbox")
        may = everywhere.clinic.actor(role).may("plugins.outbox")
        assert (answer.status_code, "Bag of food" in answer.text) == ((200, True) if may else (403, False))


@pytest.mark.req("PL-2")
@pytest.mark.parametrize("state", STATES)
def test_permissions_stay_in_the_matrix_so_that_roles_can_be_made_ready(everywhere: Host, state: str) -> None:
    everywhere.switch(state)
    assert "See members of the club" in everywhere.page("administration/roles")
    assert Permission(key=VIEW, label="See members of the club", roles=frozenset({"Receptionist"})) in list(
        everywhere.runtime.registry.registered("permissions")[NAME]
    )
