"""H-5: the audit log at a site: filters in the address, details, CSV, its chain, the API; for whom it is."""

import csv
import io
import re
import time
from html import unescape

import pytest
from httpx import Client
from sqlalchemy import event

from fetlock.domain.audit import checks
from fetlock.domain.audit.service import record
from fetlock_hostapp.testing import WebClinic
from fetlock_hostapp.web.audit import words
from hostapp.tests.audit.conftest import LIST, entries, tamper

API = "/api/v1/s/north/audit"


def fill(web: WebClinic, count: int, **more: object) -> None:
    """Entries of an action of their own."""

    def work(session: object) -> None:
        for number in range(count):
            values = {"staff_id": None, "subject": f"thing:{number}"} | more
            record(session, "sample.done", **values)  # type: ignore[arg-type]

    web.runtime.database.write(work)


def ids_in(html: str) -> list[int]:
    return [int(found) for found in re.findall(r'<tr id="entry-(\d+)"', html)]


def verified(client: Client) -> str:
    """Press the button, and wait until the page says what came of it."""
    assert client.post(f"{LIST}/verify").headers["location"] == LIST
    for _ in range(100):
        answer = client.get(f"{LIST}/verify")
        if answer.headers.get("hx-refresh") == "true":
            return client.get(LIST).text
        time.sleep(0.05)
    raise AssertionError("it is never verified")


@pytest.mark.req("H-5")
@pytest.mark.parametrize("path", [LIST, f"{LIST}.csv", f"{LIST}/1", API, f"{API}/1", f"{API}/chain"])
def test_only_who_may_reads_it(signed: WebClinic, path: str) -> None:
    web = signed
    web.signed_in().get(f"{LIST}.csv")  # entry 1
    assert web.signed_in().get(path).status_code == 200
    assert web.signed_in("Veterinarian").get(path).status_code == 403
    assert web.signed_in("Veterinarian").post(f"{LIST}/verify").status_code == 403
    if "api" not in path:
        assert (
            'href="/s/north/administration/audit"' not in web.signed_in("Veterinarian").get("/s/north/").text
        )


@pytest.mark.req("H-5")
def test_nobody_can_edit(signed: WebClinic) -> None:
    """The only route that changes anything is the one that notes a verification."""
    web = signed
    changing = {
        (method, route.path)
        for route in web.app.routes
        for method in getattr(route, "methods", ())
        if "/audit" in route.path and method not in ("GET", "HEAD", "OPTIONS")
    }
    assert {path.partition("/administration")[2] for _, path in changing} == {"/audit/verify"}
    assert {method for method, _ in changing} == {"POST"}


@pytest.mark.req("H-5")
def test_filters_stand_in_the_address(signed_on_both: WebClinic) -> None:
    web = signed_on_both
    sites, staff = web.clinic.records.sites, web.clinic.records.staff
    fill(web, 2)
    fill(web, 1, site_id=sites["south"])
    web.runtime.database.write(
        lambda session: record(
            session, "sample.other", staff_id=staff["Nurse"], site_id=sites["north"], subject="patient:1"
        )
    )
    client = web.signed_in()

    def found(**query: str) -> list[str]:
        answer = client.get(API, params=query)
        page = client.get(LIST, params=query)
        assert answer.status_code == page.status_code == 200
        items = answer.json()["items"]
        assert ids_in(page.text) == [item["id"] for item in items]
        return [f"{item['action']} {item['subject']}" for item in items]

    other = "sample.other patient:1"
    assert found() == [other, "sample.done thing:1", "sample.done thing:0"], "not what was done at South"
    assert found(person=str(staff["Nurse"])) == [other]
    assert found(person="0") == ["sample.done thing:1", "sample.done thing:0"]
    assert found(action="sample.done") == ["sample.done thing:1", "sample.done thing:0"]
    assert len(found(action="sample")) == 3
    assert found(action="sampl") == []
    assert found(subject="patient:1") == [other]
    assert found(subject="thing") == ["sample.done thing:1", "sample.done thing:0"]
    assert found(first="2001-01-01", last="2001-12-31") == []
    today = web.clinic.today().isoformat()
    assert len(found(first=today, last=today)) == 3
    page = client.get(LIST, params={"action": "sample.other"}).text
    assert '<option value="sample.other" selected>' in page
    assert "No entry matches" in client.get(LIST, params={"subject": "nothing:1"}).text


@pytest.mark.req("H-5")
def test_pages_go_on_by_a_cursor_and_new_entries_shift_nothing(signed: WebClinic) -> None:
    web = signed
    fill(web, 60)
    client = web.signed_in()
    first = client.get(LIST, params={"action": "sample"}).text
    shown = ids_in(first)
    assert len(shown) == 50
    fill(web, 5)
    older = unescape(re.search(r'rel="next" href="([^"]+)"', first).group(1))  # type: ignore[union-attr]
    second = client.get(older).text
    assert ids_in(second) == [shown[-1] - step for step in range(1, 11)]
    assert 'rel="first"' in second
    following = client.get(API, params={"action": "sample", "limit": "40"}).json()["next"]
    assert len(client.get(following).json()["items"]) == 25
    assert client.get(API, params={"cursor": "nonsense"}).status_code == 400


@pytest.mark.req("H-5")
def test_an_entry_shows_names_by_looking_them_up(signed: WebClinic) -> None:
    web = signed
    clinic = web.clinic
    web.runtime.database.write(
        lambda session: record(
            session,
            "patient.update",
            staff_id=clinic.records.staff["Nurse"],
            site_id=clinic.records.sites["north"],
            subject=f"patient:{clinic.patient_id}",
            reason="<b>bold</b>",
            detail={"fields": ["Name"]},
        )
    )
    entry_id = entries(web)[-1].id
    client = web.signed_in()
    page = client.get(f"{LIST}/{entry_id}").text
    assert "57A" in page
    assert f'href="/s/north/patients/{clinic.patient_id}"' in page
    assert "&lt;b&gt;bold" in page
    assert "patient.update" in page
    assert '"fields"' in unescape(page)
    assert "number 1" in page
    assert client.get(f"{LIST}/999").status_code == 404
    fill(web, 1, site_id=clinic.records.sites["south"])
    assert client.get(f"{LIST}/{entry_id + 1}").status_code == 404, "another site's"
    answer = client.get(f"{API}/{entry_id}").json()
    assert answer["detail"] == {"fields": ["Name"]}
    assert len(answer["hash"]) == 64


@pytest.mark.req("H-5")
def test_csv_holds_the_list_and_is_recorded(signed: WebClinic) -> None:
    web = signed
    fill(web, 3, reason="=1+1")
    client = web.signed_in()
    answer = client.get(f"{LIST}.csv", params={"action": "sample"})
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["subject"] for row in rows] == ["thing:0", "thing:1", "thing:2"]
    assert rows[0]["reason"] == "'=1+1"
    assert [entry.subject for entry in entries(web, "list.exported")] == ["list:audit"]


@pytest.mark.req("H-5", "UI-3")
def test_the_chain_is_verified_beside_the_page(signed_on_both: WebClinic) -> None:
    web = signed_on_both
    fill(web, 3)
    client = web.signed_in()
    assert "Never verified" in client.get(LIST).text
    page = verified(client)
    assert "Whole" in page
    assert "All 3 entries were verified" in page
    state = client.get(f"{API}/chain").json()
    assert (state["length"], state["total"], state["fault_count"], state["under_way"]) == (3, 3, 0, False)
    assert state["verified_at"]


@pytest.mark.req("H-5")
def test_tampering_is_told_on_the_page(signed: WebClinic) -> None:
    web = signed
    fill(web, 3)
    client = web.signed_in()
    tamper(web, "UPDATE audit_entry SET subject = 'thing:9' WHERE id = 2")
    page = verified(client)
    assert "Tampered with" in page
    assert "Number 2: entry 2 was changed." in page
    (fault,) = client.get(f"{API}/chain").json()["faults"]
    assert (fault["kind"], fault["number"], fault["entry"]) == ("changed", 2, 2)
    tamper(web, "UPDATE audit_head SET length = 2")
    assert "changed outside of Fetlock" in client.get(LIST).text, "the end is looked at on every page"


def test_one_verification_at_a_time_and_an_interrupted_one_is_told(signed: WebClinic) -> None:
    web = signed
    client = web.signed_in()
    fill(web, 1)
    web.runtime.database.write(lambda session: checks.begin(session, None))
    assert client.post(f"{LIST}/verify").status_code == 409
    assert "Verifying every entry" in client.get(LIST).text
    web.runtime.database.write(
        lambda session: checks.finish(session, 1, None, "Fetlock met a fault of its own (incident X).")
    )
    page = client.get(LIST).text
    assert "Not verified to its end" in page
    assert "incident X" in page


def test_the_list_takes_few_statements(signed: WebClinic) -> None:
    web = signed
    for number in range(30):
        fill(web, 1, subject=f"{('patient', 'client', 'staff')[number % 3]}:{number}")
    client = web.signed_in()
    client.get(LIST)
    statements: list[str] = []

    def note(*args: object) -> None:
        if str(args[2]).startswith(("SELECT", "WITH")):
            statements.append(str(args[2]))

    event.listen(web.runtime.database.engine, "before_cursor_execute", note)
    client.get(LIST)
    event.remove(web.runtime.database.engine, "before_cursor_execute", note)
    assert len(statements) <= 16, "\n".join(statements)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("staff.signed_in", "Signed in"),
        ("patient.update", "Changed a patient"),
        ("tax_rate.save", "Saved a tax rate"),
        ("club.member_joined", "Club: member joined"),
        ("odd", "Odd"),
    ],
)
def test_every_action_has_words(name: str, said: str) -> None:
    assert words.action(name) == said
