"""The list of invoices: its filter stands in the address, its sums are those of what it shows."""

import csv
import io

import pytest
from httpx import Client

from fetlock.domain.clients.models import Client as ClientRow
from fetlock_hostapp.testing import WebClinic
from hostapp.tests.invoices.desk import begin, press, text_of


@pytest.fixture
def client(web: WebClinic) -> Client:
    return web.signed_in("Receptionist")


def test_filters_stand_in_the_address_and_counts_equal_their_lists(web: WebClinic, client: Client) -> None:
    begin(web, ("FREE", 1))
    press(client, "1/close", how="mark")
    begin(web, ("NAIL", 1))
    page = client.get("/s/north/invoices")
    text = text_of(page)
    assert "All 2" in text
    assert "Closed 1" in text
    assert "2 invoices 0.00 30.00 30.00" in text
    open_ones = text_of(client.get("/s/north/invoices?which=open&q=whitfield&first=2020-01-01"))
    assert "Draft 2" in open_ones
    assert "NC-1" not in open_ones
    assert 'href="/s/north/invoices?which=closed&amp;q=nc"' in client.get("/s/north/invoices?q=nc").text
    nothing = text_of(client.get("/s/north/invoices?q=nobody"))
    assert "None fits this filter." in nothing


@pytest.mark.parametrize("query", ["which=x", "first=soon", "page=-4", "page=99999999999", "q=%25%27"])
def test_addresses_that_nobody_means_are_no_fault(client: Client, query: str) -> None:
    assert client.get(f"/s/north/invoices?{query}").status_code == 200


def test_the_file_takes_no_name_for_a_formula(web: WebClinic, client: Client) -> None:
    begin(web, ("NAIL", 1))

    def rename(work: object) -> None:
        work.session.get_one(ClientRow, 1).first_name = "=SUM(A1)"  # type: ignore[attr-defined]

    web.clinic.run(rename)
    answer = client.get("/s/north/invoices.csv?which=open")
    assert answer.headers["content-type"].startswith("text/csv")
    head, row = list(csv.reader(io.StringIO(answer.text)))
    assert row[head.index("client")] == "'=SUM(A1) Whitfield"
    assert (row[head.index("total")], row[head.index("balance")]) == ("30.00", "30.00")


def test_the_patients_tab_shows_its_own_invoices(web: WebClinic, client: Client) -> None:
    begin(web, ("NAIL", 1))
    begin(web, ("FOOD", 1), patient="57B")
    assert "Draft 1" in text_of(client.get("/s/north/patients/1/invoices"))
    assert "No invoices yet" in text_of(client.get("/s/north/patients/3/invoices"))
    assert client.get("/s/north/patients/99/invoices").status_code == 404
