"""The invoice's pay panel: on account, insurer owes, use credit, and closing with it (H-34)."""

import re
import uuid
from decimal import Decimal

import pytest
from httpx import Client

from core.tests.accounts.ledger import Ledger
from fetlock_hostapp.testing import WebClinic
from hostapp.tests.invoices.desk import HTMX, press, read, text_of, value_of

D = Decimal


@pytest.mark.req("H-34", "H-38")
def test_on_account_closes_the_invoice_in_one_step(book: Ledger, desk: Client, web: WebClinic) -> None:
    book.invoice(2)
    page = desk.get("/s/north/invoices/1")
    assert "On account…" in text_of(page)
    assert "Use credit" not in text_of(page)
    dialog = desk.get("/s/north/invoices/1/on-account", headers=HTMX)
    assert value_of(dialog, "f-settle-amount") == "60.00"
    wrong = press(desk, "1/on-account", amount="60.01", reference="Friday")
    assert wrong.status_code == 422
    assert "The balance is 60.00; enter at most that." in text_of(wrong)
    assert (value_of(wrong, "f-settle-amount"), value_of(wrong, "f-reference")) == ("60.01", "Friday")
    done = press(desk, "1/on-account", amount="60", key=str(uuid.uuid4()), then="close")
    assert done.status_code == 200
    assert "moved to the client’s account, invoice closed." in done.headers["hx-trigger"].encode().decode(
        "unicode_escape"
    )
    view = read(web)
    assert (view.state, view.balance, view.title) == ("closed", D(0), "NC-1")
    text = text_of(desk.get("/s/north/invoices/1"))
    assert "On account, " in text
    assert "On account…" not in text
    assert "On account, " in text_of(desk.get("/s/north/invoices/1/print"))
    assert book.view().balance == 60


@pytest.mark.req("H-34", "H-38")
def test_an_insurer_owes_a_part_with_its_claim(book: Ledger, desk: Client, web: WebClinic) -> None:
    book.invoice(2)
    assert "There is no insurer yet." in text_of(desk.get("/s/north/invoices/1/insurer-owes", headers=HTMX))
    insurer, other = book.insurer("Hartwell"), book.insurer("Oak")
    none = press(desk, "1/insurer-owes", amount="45", insurer="")
    assert (none.status_code, "Enter the insurer." in text_of(none)) == (422, True)
    done = press(desk, "1/insurer-owes", amount="45", insurer=insurer, reference="C-77")
    assert done.status_code == 200
    assert "Owed by an insurer" in text_of(done)
    assert read(web).balance == 15
    assert book.items("insurer", insurer)[0].reference == "C-77"
    assert book.view("insurer", other).balance == 0


@pytest.mark.req("H-34", "H-38")
def test_credit_is_offered_where_there_is_some(book: Ledger, desk: Client, web: WebClinic) -> None:
    book.deposit(25)
    book.invoice(1)
    assert "Use credit, 25.00…" in text_of(desk.get("/s/north/invoices/1"))
    dialog = desk.get("/s/north/invoices/1/use-credit", headers=HTMX)
    assert value_of(dialog, "f-settle-amount") == "25.00"
    found = re.search(r'name="key" value="([^"]+)"', dialog.text)
    assert found
    for _ in range(2):
        assert press(desk, "1/use-credit", amount="25", key=found[1]).status_code in (200, 422)
    assert (read(web).balance, book.view().credit) == (D(5), D(0))


@pytest.mark.req("H-34", "H-38")
def test_what_is_owed_back_goes_to_the_account(book: Ledger, desk: Client, web: WebClinic) -> None:
    sold = book.charge(2)
    back = book.return_of(sold, 1)
    text = text_of(desk.get(f"/s/north/invoices/{back}"))
    assert "To the account…" in text
    refused = press(desk, f"{back}/payments", amount="30", method="cash", back="1")
    assert refused.status_code == 422
    assert "At most 0.00 of it was paid in money." in text_of(refused)
    press(desk, f"{back}/on-account", amount="30", then="close")
    assert (read(web, back).state, book.view().balance) == ("closed", D(30))


@pytest.mark.req("H-34", "H-38")
def test_voiding_says_that_accounts_are_put_right(book: Ledger, boss: Client, web: WebClinic) -> None:
    sold = book.charge(2)
    dialog = text_of(boss.get(f"/s/north/invoices/{sold}/void", headers=HTMX))
    assert "What of it was moved to accounts comes off them again." in dialog
    assert press(boss, f"{sold}/void", reason="Wrong client").status_code == 200
    assert (read(web, sold).state, book.view().balance) == ("void", D(0))


def test_who_may_not_sees_no_button(book: Ledger, web: WebClinic) -> None:
    book.invoice(1)
    nurse = web.signed_in("Nurse")
    assert "On account…" not in text_of(nurse.get("/s/north/invoices/1"))
    for way in ("on-account", "insurer-owes", "use-credit"):
        assert nurse.get(f"/s/north/invoices/1/{way}").status_code == 403
        assert press(nurse, f"1/{way}", amount="1").status_code == 403
