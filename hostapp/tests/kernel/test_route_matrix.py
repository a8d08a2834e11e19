"""H-3: every route, of the host and of every installed plugin, requested as every role and compared with
the matrix; H-1: and at a site where the person has no role; H-6: and with tokens of both scopes. New routes
and plugins come in by themselves.
"""

from datetime import date
from importlib.metadata import entry_points
from uuid import UUID

import pytest
from httpx import Client, Response

from fetlock.contracts.actor import Actor
from fetlock.domain.access import tokens
from fetlock.domain.access.tokens import TokenDraft
from fetlock.domain.staff.models import Role, Staff, StaffRole
from fetlock.domain.staff.roles import held_by
from fetlock.platform import secrets
from fetlock.platform.registry import ENTRY_POINT_GROUP
from fetlock_hostapp.testing import WebClinic
from fetlock_hostapp.web.kernel.access import EVERYONE, Access, Audience, Route, routes_of
from fetlock_hostapp.web.kernel.openapi import NEVER_SERVED

UNKNOWN: dict[type, object] = {int: 987_654_321, UUID: UUID(int=987_654_321), date: "2001-01-01"}
"""What no row has, by the type of the parameter: a request to change something must find nothing."""

PUBLIC = {
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("GET", "/sign-in/code"),
    ("POST", "/sign-in/code"),
    ("POST", "/api/v1/sign-in"),
    ("GET", "/api/v1/openapi.json"),
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
    ("GET", "/metrics"),
    ("GET", "/static/{path}"),
}
"""Whoever opens a route to everybody says so here too."""


@pytest.fixture
def plugins_under_test() -> tuple[object, ...]:
    return tuple(entry_point.load() for entry_point in entry_points(group=ENTRY_POINT_GROUP))


@pytest.fixture
def walked(web: WebClinic) -> WebClinic:
    assert web.runtime.registry.quarantined == {}
    secrets.ensure_key(web.runtime.installation)
    web.clinic.database.write(lambda session: make_newcomer(session, web))
    return web


def make_newcomer(session: object, web: WebClinic) -> None:
    """Somebody whose only role holds nothing, at the north site alone."""
    role = Role(name="Newcomer")
    staff = Staff(first_name="New", last_name="Comer", initials="NC", user_name="newcomer", password_hash="")
    session.add_all([role, staff])  # type: ignore[attr-defined]
    session.flush()  # type: ignore[attr-defined]
    session.add(  # type: ignore[attr-defined]
        StaffRole(staff_id=staff.id, role_id=role.id, site_id=web.clinic.records.sites["north"])
    )
    web.clinic.records.roles["Newcomer"] = role.id
    web.clinic.records.staff["Newcomer"] = staff.id


def conditions(web: WebClinic) -> list[tuple[Route, Access]]:
    access = web.app.state.kernel.access
    return [
        (route, access[id(route.handler)])
        for route in routes_of(web.app)
        if not route.path.startswith(NEVER_SERVED)
    ]


def staff_routes(web: WebClinic) -> list[tuple[Route, Access]]:
    return [(route, access) for route, access in conditions(web) if access.audience is Audience.STAFF]


def address(web: WebClinic, route: Route, site: str) -> str:
    """The route's address: reading, with the ids of real records; changing, with those of none."""
    records = web.clinic.records
    # a plugin that is on: for others the address itself does not exist
    values: dict[str, object] = {"site_slug": site, "plugin": next(iter(web.runtime.registry.plugins))}
    real: dict[str, object] = {
        "patient_id": web.clinic.patient_id,
        "client_id": web.clinic.client_id,
        "product_id": records.products["NAIL"],
        "employee_id": records.staff["Nurse"],
        "role_id": records.roles["Nurse"],
        "slug": site,
    }
    for name, definition in route.parameters.items():
        if name in values:
            continue
        unknown = UNKNOWN.get(definition, "unknown")
        values[name] = real.get(name, unknown) if route.method == "GET" else unknown
    return route.path.format(**values)


def ask(client: Client, web: WebClinic, route: Route, site: str) -> Response:
    path = address(web, route, site)
    if route.method == "GET":
        return client.get(path)
    if path.startswith("/api/"):
        return client.request(route.method, path, json={})
    return client.request(route.method, path, data={})


def is_refused(answer: Response) -> bool:
    """Whether a permission was missing, in any of the three forms of answers."""
    return answer.status_code == 403


@pytest.mark.req("H-3")
@pytest.mark.parametrize("role", ["Administrator", "Veterinarian", "Nurse", "Receptionist", "Newcomer"])
def test_each_role_may_call_exactly_what_the_matrix_says(walked: WebClinic, role: str) -> None:
    web = walked
    with web.runtime.database.reading() as session:
        held = held_by(session).get(web.clinic.records.roles[role], frozenset())
    wrong = []
    reader = web.signed_in(role)
    for route, access in sorted(staff_routes(web), key=lambda pair: pair[0].method != "GET"):
        client = reader if route.method == "GET" else web.signed_in(role)
        answer = ask(client, web, route, "north")
        may = role == "Administrator" or access.permission == EVERYONE or access.permission in held
        if is_refused(answer) == may or answer.status_code >= 500:
            wrong.append(f"{route.method} {route.path} ({access.permission}): {answer.status_code}")
    assert wrong == []


def with_token(web: WebClinic, role: str, scope: str) -> Client:
    """A program with an API token of the employee with this role."""
    actor = Actor(staff_id=web.clinic.records.staff[role], name=role)
    north = web.clinic.records.sites["north"]
    draft = TokenDraft(name="Walk", scope=scope)
    made = web.runtime.database.write(
        lambda session: tokens.create(web.runtime.work_at(session, north, actor), draft, longest=90)
    )
    client = web.visitor()
    client.headers["authorization"] = f"Bearer {made.plain}"
    return client


@pytest.mark.req("H-3", "H-6")
@pytest.mark.parametrize("role", ["Administrator", "Veterinarian", "Nurse", "Receptionist", "Newcomer"])
def test_a_token_reads_what_the_matrix_says_and_changes_nothing_with_read_scope(
    walked: WebClinic, role: str
) -> None:
    web = walked
    with web.runtime.database.reading() as session:
        held = held_by(session).get(web.clinic.records.roles[role], frozenset())
    reader, writer = (with_token(web, role, scope) for scope in ("read", "write"))
    wrong = []
    for route, access in staff_routes(web):
        if not route.path.startswith("/api/"):
            continue
        answer = ask(reader, web, route, "north")
        may = role == "Administrator" or access.permission == EVERYONE or access.permission in held
        if route.method != "GET":
            if (answer.status_code, answer.json()["code"]) != (403, "token_scope"):
                wrong.append(f"{route.method} {route.path}, read scope: {answer.status_code}")
            answer = ask(writer, web, route, "north")
        if is_refused(answer) == (may and not access.sessions_only) or answer.status_code >= 500:
            wrong.append(f"{route.method} {route.path} ({access.permission}): {answer.status_code}")
        if "set-cookie" in answer.headers:
            wrong.append(f"{route.method} {route.path}: a cookie")
    assert wrong == []


@pytest.mark.req("H-1")
def test_no_route_answers_at_a_site_without_a_role(walked: WebClinic) -> None:
    web = walked
    wrong = []
    for route, access in staff_routes(web):
        if access.at_site:
            answer = ask(web.signed_in("Newcomer"), web, route, "south")
            if answer.status_code != 404 or "South" in answer.text:
                wrong.append(f"{route.method} {route.path}: {answer.status_code}")
    assert wrong == []


@pytest.mark.req("H-3", "H-4")
def test_nobody_gets_in_without_a_sign_in_but_where_all_may(walked: WebClinic) -> None:
    web = walked
    stranger = web.visitor()
    for route, _ in staff_routes(web):
        answer = ask(stranger, web, route, "north")
        if route.path.startswith("/api/"):
            assert answer.status_code == 401, route.path
        else:
            assert answer.status_code == 303, route.path
            assert answer.headers["location"].startswith("/sign-in"), route.path
    opened = {(r.method, r.path) for r, access in conditions(web) if access.audience is Audience.PUBLIC}
    assert opened == PUBLIC


@pytest.mark.req("H-3")
def test_every_permission_that_a_route_names_stands_in_the_matrix(walked: WebClinic) -> None:
    page = walked.signed_in().get("/s/north/administration/roles").text
    for route, access in staff_routes(walked):
        if access.permission != EVERYONE:
            assert f'value="{access.permission}"' in page, route.path
