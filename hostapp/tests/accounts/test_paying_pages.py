"""Payments over several invoices, deposits, refunds and corrections on their pages (H-38)."""

import re
import uuid
from decimal import Decimal

import pytest
from httpx import Client

from core.tests.accounts.ledger import Ledger
from hostapp.tests.invoices.desk import text_of, value_of

D = Decimal
HERE = "/s/north/accounts/clients/1"


def key_of(page: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', page)
    assert found
    return found[1]


@pytest.mark.req("H-38")
def test_all_that_is_due_is_proposed_the_oldest_first(book: Ledger, desk: Client) -> None:
    book.charge(1)
    book.charge(2)
    open_one = book.invoice(3)
    page = desk.get(f"{HERE}/payment")
    assert value_of(page, "f-amount") == "180.00"
    fields = re.findall(r'name="((?:debt|invoice)-\d+)" value="([^"]+)"', page.text)
    assert fields == [("debt-1", "30.00"), ("debt-2", "60.00"), (f"invoice-{open_one}", "90.00")]
    form = {"amount": "110", "method": "bank", "reference": "TR-9", "key": key_of(page.text)}
    form |= {"debt-1": "30", "debt-2": "45,50", f"invoice-{open_one}": ""}
    done = desk.post(f"{HERE}/payment", data=form)
    assert (done.status_code, done.headers["location"]) == (303, HERE)
    desk.post(f"{HERE}/payment", data=form)  # pressed twice
    view = book.view()
    assert (view.balance, view.due, view.credit) == (D(-20), D("14.50"), D("34.50"))
    told = text_of(desk.get(HERE))
    assert "110.00 taken by bank. 34.50 of it is credit." in told


@pytest.mark.req("H-38")
def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(book: Ledger, desk: Client) -> None:
    book.charge(1)
    book.charge(2)
    form = {"amount": "50", "method": "card", "debt-1": "30.01", "debt-2": "1o", "key": "x"}
    page = desk.post(f"{HERE}/payment", data=form)
    assert page.status_code == 422
    assert "Amount must be a number" in text_of(page)
    assert value_of(page, "f-debt-1") == "30.01"
    form["debt-2"] = ""
    page = desk.post(f"{HERE}/payment", data=form)
    assert 'id="f-debt-1-error"' in page.text
    assert "At most 30.00 is due." in text_of(page)
    assert value_of(page, "f-debt-2") == ""
    page = desk.post(f"{HERE}/payment", data={"amount": "", "method": "", "debt-1": "30"})
    assert page.status_code == 422
    assert book.view().balance == 90


@pytest.mark.req("H-38")
def test_debts_are_paid_from_credit(book: Ledger, desk: Client) -> None:
    book.charge(1)
    book.deposit(45)
    page = desk.get(f"{HERE}/payment")
    assert "Credit, 45.00" in text_of(page)
    desk.post(f"{HERE}/payment", data={"method": "credit", "debt-1": "30", "key": key_of(page.text)})
    assert (book.view().due, book.view().credit) == (D(0), D(15))
    short = desk.post(f"{HERE}/payment", data={"method": "credit", "debt-1": "30"})
    assert "This is paid by now." in text_of(short)


@pytest.mark.req("H-38")
def test_a_deposit_is_taken_and_given_back(book: Ledger, desk: Client) -> None:
    page = desk.get(f"{HERE}/deposit")
    wrong = desk.post(f"{HERE}/deposit", data={"amount": "-5", "method": "cash"})
    assert (wrong.status_code, value_of(wrong, "f-amount")) == (422, "-5")
    form = {"amount": "50", "method": "cash", "key": key_of(page.text)}
    for _ in range(2):
        assert desk.post(f"{HERE}/deposit", data=form).status_code == 303
    assert book.view().balance == -50
    asked = desk.get(f"{HERE}/entries/1/refund")
    assert value_of(asked, "f-amount") == "50.00"
    again = desk.post(
        f"{HERE}/entries/1/refund", data={"amount": "50.01", "method": "cash", "reason": "Back"}
    )
    assert again.status_code == 422
    assert "At most 50.00 of it can be given back." in text_of(again)
    no_reason = desk.post(f"{HERE}/entries/1/refund", data={"amount": "20", "method": "cash", "reason": ""})
    assert "Give a reason" in text_of(no_reason)
    form = {"amount": "20", "method": "cash", "reason": "Moves", "key": str(uuid.uuid4())}
    for _ in range(2):
        assert desk.post(f"{HERE}/entries/1/refund", data=form).status_code == 303
    assert book.view().balance == -30


@pytest.mark.req("H-38")
def test_corrections_ask_for_their_reason(book: Ledger, boss: Client) -> None:
    book.charge(2)
    book.pay(40, {1: 40})
    page = boss.post(f"{HERE}/entries/1/write-off", data={"amount": "20", "reason": ""})
    assert page.status_code == 422
    assert boss.post(f"{HERE}/entries/1/write-off", data={"amount": "5", "reason": "Gone"}).status_code == 303
    assert boss.post(f"{HERE}/entries/2/release", data={"reason": "Bounced"}).status_code == 303
    assert (book.view().due, book.view().credit) == (D(55), D(40))
    assert boss.post(f"{HERE}/goodwill", data={"amount": "5", "reason": "A wait"}).status_code == 303
    assert book.view().credit == 45
    assert boss.get(f"{HERE}/entries/99/refund").status_code == 404
    assert boss.get("/s/north/accounts/clients/2/entries/1/refund").status_code == 404
    other = book.insurer()
    assert boss.get(f"/s/north/accounts/insurers/{other}/goodwill").status_code == 404


@pytest.mark.req("H-38")
def test_an_insurer_is_added_pays_and_its_difference_is_billed(book: Ledger, desk: Client) -> None:
    again = desk.post("/s/north/accounts/new-insurer", data={"name": " "})
    assert again.status_code == 422
    made = desk.post("/s/north/accounts/new-insurer", data={"name": "Hartwell Mutual"})
    insurer = "/s/north/accounts/insurers/1"
    assert made.headers["location"] == insurer
    twice = desk.post("/s/north/accounts/new-insurer", data={"name": "hartwell mutual"})
    assert "There is an insurer of that name already" in text_of(twice)
    book.charge(3, insurer=1)
    text = text_of(desk.get(insurer))
    assert "Owed for an invoice NC-1 C-1 Dana Whitfield" in text
    desk.post(f"{insurer}/payment", data={"amount": "60", "method": "bank", "debt-1": "60"})
    desk.post(f"{insurer}/entries/1/bill-client", data={"amount": "30", "reason": "Excess"})
    assert (book.view("insurer", 1).balance, book.view().balance) == (D(0), D(30))
    assert "Not paid by the insurer NC-1 C-1" in text_of(desk.get(HERE))
