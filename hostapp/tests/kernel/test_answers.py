"""UI-3, PL-11: what goes wrong is told as a page, as part of one, or as problem+json; nothing half saved."""

import pytest
from httpx import Client
from sqlalchemy import event

from fetlock.domain.sites.models import Site
from fetlock_hostapp.testing import HOST, WebClinic
from fetlock_hostapp.web.kernel import cookies
from hostapp.tests.kernel.trouble_pages import ENDINGS, NAME, Trouble, seen

BASE = f"/s/north/{NAME}"
API = f"/api/v1/s/north/{NAME}"
STATUS = {
    "not_found": 404,
    "not_permitted": 403,
    "conflict": 409,
    "blocked": 409,
    "invalid": 422,
    "busy": 503,
    "fault": 500,
}


@pytest.fixture
def plugins_under_test() -> tuple[object, ...]:
    seen.clear()
    return (Trouble(),)


@pytest.fixture
def client(web: WebClinic) -> Client:
    return web.signed_in()


@pytest.mark.req("UI-3")
@pytest.mark.parametrize(("ending", "status"), STATUS.items())
def test_each_error_has_its_page_its_fragment_and_its_problem(
    client: Client, ending: str, status: int
) -> None:
    for answer in (client.get(f"{BASE}/{ending}"), client.post(f"{BASE}/{ending}", data={"name": "Moss"})):
        assert answer.status_code == status
        assert answer.text.startswith("<!doctype html>")
        assert "Moss of client 57" not in answer.text
    part = client.post(f"{BASE}/{ending}", headers={"hx-request": "true"})
    assert part.status_code == status
    assert part.text.strip().startswith("<div")
    assert "notice--bad" in part.text
    problem = client.post(f"{API}/{ending}", data={})
    assert problem.status_code == status
    assert problem.headers["content-type"] == "application/problem+json"
    body = problem.json()
    assert body["status"] == status
    assert body["code"] == (ending if ending != "fault" else "fault")
    assert "Moss of client 57" not in problem.text


@pytest.mark.req("UI-3")
def test_problems_name_their_fields_and_faults_their_incident(client: Client) -> None:
    assert client.get(f"{API}/invalid").json()["fields"] == {"name": "Enter a name.", "": "And more."}
    assert client.get(f"{API}/blocked").json()["fields"] == {"day": "Not on Sundays.", "": "Nor at night."}
    assert client.get(f"{API}/busy").headers["retry-after"]
    incident = client.get(f"{API}/fault").json()["incident"]
    assert len(incident) == 9
    assert "Void invoices" in client.get(f"{BASE}/not_permitted").text


@pytest.mark.req("PL-11")
def test_json_that_does_not_fit_is_told_by_field_and_numbers_are_exact(client: Client) -> None:
    wrong = client.post(f"{API}/sums", json={"name": "x", "amount": "many"})
    assert wrong.status_code == 400
    assert wrong.headers["content-type"] == "application/problem+json"
    assert "amount" in str(wrong.json()["fields"])
    for body in (b"{", b"\xff", b"[]", b"null"):
        answer = client.post(f"{API}/sums", content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 400, body
    right = client.post(f"{API}/sums", json={"name": "x", "amount": "30.00"})
    assert right.json() == {"name": "x", "amount": "30.00"}


@pytest.mark.req("UI-3")
def test_what_was_typed_is_kept_when_the_database_was_busy(client: Client) -> None:
    answer = client.post(
        f"{BASE}/busy", data={"name": "Moss & <Co>", "password": "secret", "many": ["1", "2"]}
    )
    assert answer.status_code == 503
    assert 'name="name" value="Moss &amp; &lt;Co&gt;"' in answer.text
    assert answer.text.count('name="many"') == 2
    assert "secret" not in answer.text


@pytest.mark.req("UI-3", "H-36")
@pytest.mark.parametrize("ending", ["invalid", "conflict", "blocked", "busy", "integrity"])
def test_a_refused_form_is_drawn_again_from_what_stands_after_the_rollback(
    web: WebClinic, ending: str
) -> None:
    answer = web.signed_in().post(f"{BASE}/again/{ending}", data={"name": "Moss"})
    code = "conflict" if ending == "integrity" else ending
    assert answer.status_code == 422
    assert f"{code}: Moss at “”" in answer.text
    with web.runtime.database.reading() as session:
        assert session.get_one(Site, web.clinic.records.sites["north"]).city == ""


def test_what_is_not_there_or_not_allowed_is_no_matter_of_the_form(client: Client) -> None:
    assert client.post(f"{BASE}/again/not_found", data={}).status_code == 404
    assert client.post(f"{BASE}/again/not_permitted", data={}).status_code == 403
    assert "Somebody else saved" in client.post(f"{API}/integrity", data={}).json()["detail"]


@pytest.mark.req("H-36")
def test_a_busy_database_reruns_the_whole_work_and_the_answer_shows_what_was_saved(client: Client) -> None:
    answer = client.post(f"{BASE}/busy-twice")
    assert seen == ["x", "x", "x"]
    assert "x=x" in answer.text


def test_a_reading_handler_cannot_write(web_on_both: WebClinic) -> None:
    assert web_on_both.signed_in().get(f"{BASE}/writes").status_code == 500
    with web_on_both.runtime.database.reading() as session:
        assert session.get_one(Site, web_on_both.clinic.records.sites["north"]).city == ""


def test_notices_are_shown_once_whatever_they_hold_and_cannot_be_forged(web: WebClinic) -> None:
    client = web.signed_in()
    words = "<b>„Żółć“</b> 🐕 " + "long " * 200
    assert client.get(f"{BASE}/flash", params={"words": words}).status_code == 303
    page = client.get("/s/north/account/password")
    assert "&lt;b&gt;„Żółć“&lt;/b&gt; 🐕" in page.text
    assert "Mind the dog." not in client.get("/s/north/account/password").text
    other = web.signed_in("Nurse")
    client.get(f"{BASE}/flash", params={"words": "for me alone"})
    other.cookies.set(cookies.FLASH, client.cookies[cookies.FLASH], domain=HOST)
    assert "for me alone" not in other.get("/s/north/account/password").text
    for nonsense in ("x", "x.y", ".", "e30=."):
        other.cookies.set(cookies.FLASH, nonsense, domain=HOST)
        assert other.get("/s/north/account/password").status_code == 200


@pytest.mark.parametrize("number", ["0", "-1", "9223372036854775808", "9" * 40, "1.5", "one"])
def test_a_number_that_no_row_has_is_an_address_of_nothing(client: Client, number: str) -> None:
    for base in ("/s/north/administration", "/api/v1/s/north"):
        assert client.get(f"{base}/employees/{number}").status_code == 404


def test_a_session_that_has_ended_reloads_parts_and_redirects_pages(web: WebClinic) -> None:
    stranger = web.visitor()
    assert stranger.get(f"{BASE}/fault", headers={"hx-request": "true"}).status_code == 401
    assert stranger.get(f"{BASE}/fault?q=1&r=a b").headers["location"] == (
        "/sign-in?next=/s/north/trouble/fault%3Fq%3D1%26r%3Da%2520b"
    )
    assert stranger.post(f"{BASE}/fault").headers["location"] == "/sign-in"


def test_a_request_costs_two_statements_before_its_handler(web: WebClinic) -> None:
    client = web.signed_in("Nurse")
    statements: list[str] = []

    def note(_c: object, _cur: object, statement: str, *_rest: object) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "INSERT", "UPDATE", "DELETE")):
            statements.append(statement)

    event.listen(web.runtime.database.engine, "before_cursor_execute", note)
    assert client.get(f"{BASE}/not_found").status_code == 404
    assert len(statements) == 2
    statements.clear()
    assert web.visitor().get("/static/fetlock.css").status_code == 200
    assert statements == []


def test_every_ending_was_tried() -> None:
    assert set(ENDINGS) == {*STATUS, "integrity"}
