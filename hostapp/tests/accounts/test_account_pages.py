"""Accounts on the pages: list, one account, statement, and what each role may do there (H-38)."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from httpx import Client
from sqlalchemy import event

from core.tests.accounts.ledger import Ledger
from fetlock import clock
from fetlock_hostapp.testing import WebClinic
from hostapp.tests.invoices.desk import text_of

NOON = datetime(2026, 11, 20, 17, tzinfo=UTC)


def main_of(page: object) -> str:
    """What stands below the menu."""
    return text_of(page).partition("Sign out")[2]  # type: ignore[arg-type]


@contextmanager
def counted(web: WebClinic) -> Iterator[list[str]]:
    """The statements that read tables within the block."""
    statements: list[str] = []

    def note(*args: object) -> None:
        if str(args[2]).startswith("SELECT"):
            statements.append(str(args[2]))

    engine = web.runtime.database.engine
    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.req("H-38")
def test_an_account_without_anything_says_how_it_begins(book: Ledger, desk: Client) -> None:
    assert "Nobody owes anything" in text_of(desk.get("/s/north/accounts"))
    text = main_of(desk.get("/s/north/accounts/clients/1"))
    assert "Nothing on this account yet" in text
    assert "Nothing is due." in text
    assert "Nothing is due" in text_of(desk.get("/s/north/accounts/clients/1/payment"))
    assert "Opening balance 0.00" in text_of(desk.get("/s/north/accounts/clients/1/statement"))
    for path in ("accounts/clients/99", "accounts/insurers/1", "accounts/pets/1"):
        assert desk.get(f"/s/north/{path}").status_code == 404


@pytest.mark.req("H-38")
def test_an_account_shows_balance_ages_and_entries(book: Ledger, desk: Client) -> None:
    with clock.set_to(NOON - timedelta(days=100)):
        book.charge(2)
    with clock.set_to(NOON):
        book.charge(1, site="south")
        debt = book.view().debts[0]
        book.pay(20, {debt.id: 20}, reference="1007", method="cheque")
        text = main_of(desk.get("/s/north/accounts/clients/1"))
        assert "Balance $70.00 Due $70.00 Credit to use $0.00" in text
        assert "Payment, cheque 1007 Administrator Smith for NC-1 20.00 −20.00 70.00" in text
        assert "Invoice on account SC-1 Administrator Smith · South Clinic 30.00 30.00 90.00" in text
        assert "Invoice on account NC-1 Administrator Smith paid by payment 20.00 60.00 40.00 60.00" in text
        assert "0–30 days 30.00 31–60 days – 61–90 days – over 90 days 40.00" in text
        money = main_of(desk.get("/s/north/accounts/clients/1?which=money"))
        assert "1 entry" in money
        assert "−20.00 70.00" in money
        empty = main_of(desk.get("/s/north/accounts/clients/1?which=other&first=2026-01-01&last=nonsense"))
        assert "No entry fits this filter" in empty


@pytest.mark.req("H-38")
def test_the_list_is_sorted_in_the_address_and_leaves_as_csv(
    book: Ledger, desk: Client, web: WebClinic
) -> None:
    book.charge(2, patient="58A")
    book.charge(1, insurer=book.insurer("=Hartwell"))
    text = main_of(desk.get("/s/north/accounts"))
    assert "2 accounts" in text
    assert "Owed to us 90.00" in text
    assert text.index("Noor O’Hara") < text.index("=Hartwell")
    page = desk.get("/s/north/accounts?sort=name&way=up&kind=insurer")
    assert 'aria-sort="ascending"' in page.text
    assert "Noor" not in main_of(page)
    assert "No account fits this filter" in main_of(desk.get("/s/north/accounts?q=nobody"))
    answer = desk.get("/s/north/accounts.csv?sort=name&way=up")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["name"], row["balance"], row["0–30 days"]) for row in rows] == [
        ("'=Hartwell", "30.00", "30.00"),
        ("Noor O’Hara", "60.00", "60.00"),
    ]


@pytest.mark.req("H-38")
def test_a_statement_is_printed_with_its_balances(book: Ledger, desk: Client) -> None:
    with clock.set_to(NOON - timedelta(days=60)):
        book.charge(2)
    with clock.set_to(NOON):
        book.charge(1)
        debt = book.view().debts[0]
        book.pay(40, {debt.id: 40})
        path = "/s/north/accounts/clients/1/statement?first=2026-11-01&last=2026-11-20"
        page = desk.get(path)
    text = text_of(page)
    assert "North Clinic" in text
    assert "Statement of account Nov 1, 2026 – Nov 20, 2026" in text
    assert "Nov 1, 2026 Opening balance 60.00" in text
    assert "Invoice on account NC-2 30.00 90.00" in text
    assert "Payment, card 40.00 50.00" in text
    assert "Charged 30.00 Paid and credited −40.00 Balance on Nov 20, 2026 $50.00" in text
    assert "css/paper.css" in page.text
    wrong = desk.get("/s/north/accounts/clients/1/statement?first=2026-11-20&last=2026-11-01")
    assert wrong.status_code == 422
    assert "The last day lies before the first." in text_of(wrong)


@pytest.mark.req("H-38", "H-3")
def test_roles_see_what_they_may_do_and_no_more(book: Ledger, web: WebClinic, desk: Client) -> None:
    book.charge(2)
    book.deposit(20)
    nurse, vet = web.signed_in("Nurse"), web.signed_in("Veterinarian")
    assert nurse.get("/s/north/accounts").status_code == 403
    assert nurse.get("/s/north/accounts/clients/1").status_code == 403
    assert (
        "Account"
        not in text_of(nurse.get("/s/north/clients/1")).partition("Contact")[0].partition("Whitfield")[2]
    )
    seen = {
        "desk": desk.get("/s/north/accounts/clients/1").text,
        "vet": vet.get("/s/north/accounts/clients/1").text,
    }
    assert ("/refund" in seen["desk"], "/write-off" in seen["desk"]) == (True, False)
    assert ("/refund" in seen["vet"], "/goodwill" in seen["vet"]) == (False, False)
    for path in ("entries/1/write-off", "goodwill"):
        assert desk.get(f"/s/north/accounts/clients/1/{path}").status_code == 403
        assert desk.post(f"/s/north/accounts/clients/1/{path}", data={}).status_code == 403
    assert vet.post("/s/north/accounts/clients/1/entries/2/refund", data={}).status_code == 403


def test_a_page_takes_as_many_statements_whatever_the_account_holds(
    book: Ledger, desk: Client, web: WebClinic
) -> None:
    book.charge(1)
    pages = ("accounts", "accounts/clients/1", "accounts/clients/1/payment", "accounts/clients/1/statement")
    few, many = [], []
    for path in pages:
        with counted(web) as statements:
            desk.get(f"/s/north/{path}")
        few.append(len(statements))
    for _ in range(5):
        book.charge(1)
    book.pay(Decimal(100), {item.id: 20 for item in book.view().debts[:5]})  # type: ignore[arg-type]
    for path in pages:
        with counted(web) as statements:
            desk.get(f"/s/north/{path}")
        many.append(len(statements))
    assert few == many
    assert max(few) <= 12


@pytest.mark.req("H-38")
def test_the_client_and_the_invoice_lead_to_the_account(book: Ledger, desk: Client) -> None:
    book.charge(2)
    client = desk.get("/s/north/clients/1")
    assert "/s/north/accounts/clients/1" in client.text
    assert "On account $60.00" in text_of(client)
    assert "/s/north/accounts/clients/1" in desk.get("/s/north/invoices/1").text
