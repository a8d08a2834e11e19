"""The list of the outbox: states by shape and word, filters in the address, whose rows one sees (PL-8)."""

import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import event

from fetlock import clock
from fetlock.contracts import DeliveryState
from fetlock_hostapp.testing import WebClinic
from fetlock_hostapp.web.outbox import words
from hostapp.tests.outbox.courier import Courier, Office

LIST = "/s/north/outbox"


def entries_in(html: str) -> list[int]:
    """The ids of the rows of a list, from above."""
    return [int(found) for found in re.findall(r'<tr id="entry-(\d+)"', html)]


def chips_in(html: str) -> dict[str, int]:
    """The chips with their counts."""
    found = re.findall(r'<a class="chip"[^>]*>([^<]+?)\s*<small>(\d+)</small>', html)
    return {unescape(label): int(count) for label, count in found}


@contextmanager
def counted(web: WebClinic) -> Iterator[list[str]]:
    """The statements that reach the database within the block."""
    statements: list[str] = []

    def note(*args: object) -> None:
        text = str(args[2])
        if not text.startswith(("PRAGMA", "BEGIN", "SET")):
            statements.append(text)

    event.listen(web.runtime.database.engine, "before_cursor_execute", note)
    yield statements
    event.remove(web.runtime.database.engine, "before_cursor_execute", note)


@pytest.mark.req("PL-8")
def test_every_state_has_a_shape_a_word_and_a_count(office_on_both: Office) -> None:
    made = office_on_both.one_of_each()
    page = office_on_both.web.signed_in("Receptionist").get(LIST)
    assert page.status_code == 200
    assert entries_in(page.text) == sorted(made.values(), reverse=True)
    chips = chips_in(page.text)
    assert chips.pop("All") == len(made)
    assert chips.pop("Need a person") == 3
    assert set(chips.values()) == {1}
    for state, entry_id in made.items():
        kind, word = words.STATES[state]
        row = page.text.partition(f'<tr id="entry-{entry_id}"')[2].partition("</tr>")[0]
        assert f"icons.svg#i-{kind}" in row
        assert f"<span>{word}</span>" in row
        key = str(office_on_both.row(entry_id).key)
        assert f'data-copy="{key}"' in row
        assert key[:8] in row
        only = office_on_both.web.signed_in("Receptionist").get(LIST, params={"state": state})
        assert entries_in(only.text) == [entry_id], "the filter finds what its count says"
    assert "next try" in page.text
    assert "The line broke while it was told." in page.text


def test_filters_stand_in_the_address(office: Office) -> None:
    noon = clock.now().replace(hour=17, minute=0) - timedelta(days=3)  # noon in New York
    with clock.set_to(noon):
        old = office.post("Old letter")
    letter, call = office.post("Letter"), office.post("Call", "call")
    client = office.web.signed_in("Receptionist")
    day = noon.date().isoformat()

    def found(**query: str) -> list[int]:
        return entries_in(client.get(LIST, params=query).text)

    assert found(topic="call") == [call]
    assert found(plugin="courier") == [call, letter, old]
    assert found(plugin="nobody") == []
    assert found(last=day) == [old]
    assert found(first=day, last=day) == [old]
    assert found(first=(noon.date() + timedelta(days=1)).isoformat()) == [call, letter]
    assert found(invoice="77") == []
    nonsense = {
        "state": "lost",
        "first": "yesterday",
        "last": "9999-12-31",
        "invoice": "x" * 30,
        "page": "99",
    }
    assert found(**nonsense) == [call, letter, old], "what nobody can mean is left out"
    page = client.get(LIST, params={"topic": "call", "state": "sent"}).text
    assert "No entry matches these filters" in page
    assert 'href="/s/north/outbox?state=pending&amp;topic=call"' in page, "the other filters stay"
    assert '<option value="call" selected>Call</option>' in page


@pytest.mark.req("PL-8", "H-3")
def test_other_sites_are_not_seen_and_those_of_no_site_by_permission(office: Office) -> None:
    north, south = office.post("North"), office.post("South", site="south")
    nowhere = office.post("The whole organisation", site=None)
    receptionist, administrator = office.web.signed_in("Receptionist"), office.web.signed_in()
    assert entries_in(receptionist.get(LIST).text) == [north]
    assert entries_in(administrator.get(LIST).text) == [nowhere, north]
    assert "all sites" in administrator.get(LIST).text
    for client, entry_id, status in (
        (receptionist, south, 404),
        (receptionist, nowhere, 404),
        (administrator, south, 404),
        (administrator, nowhere, 200),
    ):
        assert client.get(f"{LIST}/{entry_id}").status_code == status
        done = client.post(f"{LIST}/{entry_id}/drop", data={"reason": "No."})
        assert done.status_code == (303 if status == 200 else 404)
    assert office.row(south).state == office.row(north).state == "pending"
    assert office.row(nowhere).state == "dropped"


@pytest.mark.req("H-3")
def test_who_may_only_look_gets_no_buttons(office: Office) -> None:
    office.courier.ends_so("letter", DeliveryState.REJECTED)
    entry_id = office.post("Letter")
    office.work_off()
    assert office.web.signed_in("Nurse").get(LIST).status_code == 403
    vet = office.web.signed_in("Veterinarian")
    for page in (vet.get(LIST).text, vet.get(f"{LIST}/{entry_id}").text):
        assert "Retry" not in page
        assert "Send 1 failed again" not in page
        assert "send-again" not in page
        assert "Drop…" not in page
    for step in (f"{entry_id}/retry", f"{entry_id}/send-again", f"{entry_id}/drop", "send-failed", "resume"):
        assert vet.post(f"{LIST}/{step}", data={"sure": "1", "reason": "x"}).status_code == 403
    assert office.row(entry_id).state == "given_up"


def test_pages_csv_and_json_hold_the_same(office: Office) -> None:
    ids = [office.post(f"Letter {n}") for n in range(52)]
    ids.append(office.post("=HYPERLINK(1)", "call"))
    client = office.web.signed_in("Receptionist")
    first, second = client.get(LIST), client.get(LIST, params={"page": "2"})
    shown = entries_in(first.text) + entries_in(second.text)
    assert shown == sorted(ids, reverse=True)
    assert "Page 1 of 2 · 53 entries" in first.text
    file = client.get("/s/north/outbox.csv?topic=letter")
    assert re.fullmatch(
        r'attachment; filename="outbox-north-\d{4}-\d\d-\d\d\.csv"', file.headers["content-disposition"]
    )
    rows = list(csv.DictReader(file.text.splitlines()))
    assert [int(row["entry"]) for row in rows] == sorted(ids[:-1], reverse=True)
    assert rows[0]["key"] == str(office.row(ids[-2]).key)
    formula = client.get("/s/north/outbox.csv?topic=call").text.splitlines()[1]
    assert "'=HYPERLINK(1)" in formula, "no spreadsheet takes it for a formula"
    answer = client.get(client.get("/api/v1/s/north/outbox").json()["next"]).json()
    assert [entry["id"] for entry in answer["items"]] == entries_in(second.text)
    assert (answer["next"], answer["total"], answer["counts"]["pending"]) == (None, 53, 53)


def test_an_invoice_and_its_entries_lead_to_each_other(office: Office) -> None:
    from fetlock.domain.invoices.lines import add_lines

    clinic = office.web.clinic
    invoice = clinic.run(lambda work: add_lines(work, clinic.client_id, [clinic.line("NAIL")])).invoice
    entry_id = office.post("Nail trim +1", invoice_id=invoice.id)
    office.post("Another")
    page = office.web.signed_in("Receptionist").get(LIST, params={"invoice": str(invoice.id)}).text
    assert entries_in(page) == [entry_id]
    assert f'href="/s/north/invoices/{invoice.id}">Draft {invoice.id}</a>' in page


@pytest.mark.parametrize("rows", [1, 60])
def test_the_list_takes_a_fixed_number_of_statements(office: Office, rows: int) -> None:
    for n in range(rows):
        office.post(f"Letter {n}")
    client = office.web.signed_in("Receptionist")
    client.get(LIST)
    with counted(office.web) as statements:
        assert client.get(LIST).status_code == 200
    # two of the gate; counts, rows, the worker's sign of life
    assert len(statements) == 6, "\n".join(statements)


def test_nothing_yet_says_what_comes_here(web: WebClinic) -> None:
    page = web.signed_in("Receptionist").get(LIST).text
    assert "Nothing was ever sent from here" in page
    assert "No worker is running" in page


def test_a_plugin_that_is_gone_is_still_named(office: Office, courier: Courier) -> None:
    entry_id = office.post("Letter of before", plugin="pigeon")
    page = office.web.signed_in("Receptionist")
    assert "pigeon" in page.get(LIST).text
    detail = page.get(f"{LIST}/{entry_id}").text
    assert "pigeon is not installed, or in quarantine." in detail
    assert courier.carried == []
