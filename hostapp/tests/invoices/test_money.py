"""Payments, closing, reopening, returning and voiding on the page of an invoice."""

import re
import uuid
from decimal import Decimal

import pytest
from httpx import Client
from sqlalchemy import func, select

from fetlock.domain.invoices.models import InvoiceState
from fetlock.outbox.models import OutboxRow
from fetlock_hostapp.testing import WebClinic
from hostapp.tests.invoices.desk import HTMX, begin, press, read, text_of, value_of

D = Decimal


@pytest.fixture
def client(web: WebClinic) -> Client:
    return web.signed_in("Receptionist")


@pytest.fixture
def boss(web: WebClinic) -> Client:
    return web.signed_in("Administrator")


def posted(web: WebClinic) -> list[str]:
    with web.clinic.reading() as session:
        return [row.payload["quantity"] for row in session.scalars(select(OutboxRow).order_by(OutboxRow.id))]


def key_of(page: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', page)
    assert found
    return found[1]


@pytest.mark.req("CP-71", "CP-68", "CP-67")
@pytest.mark.parametrize("how", ["cash", "mark"])
def test_a_zero_balance_stays_open_until_somebody_closes_it(web: WebClinic, client: Client, how: str) -> None:
    web.clinic.entitle("NAIL gold", 3)
    begin(web, ("NAIL", 1), ("NAIL", 2))
    page = client.get("/s/north/invoices/1")
    assert read(web).balance == 0
    assert read(web).state == "open"
    assert posted(web) == []
    assert "Mark closed" in text_of(page)
    assert "Close with 0.00 cash" in text_of(page)
    answer = press(client, "1/close", how=how, key=key_of(page.text))
    assert answer.status_code == 200
    view = read(web)
    assert (view.state, view.title) == ("closed", "NC-1")
    assert posted(web) == ["1", "2"]
    assert [payment.amount for payment in view.payments] == ([D(0)] if how == "cash" else [])


@pytest.mark.req("CP-71", "H-34")
def test_an_unpaid_invoice_is_not_closed_and_says_why(web: WebClinic, client: Client) -> None:
    begin(web, ("NAIL", 1))
    page = client.get("/s/north/invoices/1")
    assert 'aria-disabled="true" aria-describedby="no-close"' in page.text
    assert "Closing needs a balance of 0.00. Take the payment first." in text_of(page)
    for how in ("mark", "cash"):
        answer = press(client, "1/close", how=how)
        assert answer.status_code in (409, 422)
        assert "The balance is 30.00" in text_of(answer)
    assert read(web).state == "open"


def test_payments_say_what_they_do_and_count_once(web: WebClinic, client: Client) -> None:
    begin(web, ("NAIL", 1), ("FOOD", 1))
    page = client.get("/s/north/invoices/1")
    assert "Take 83.18 by card" in text_of(page)
    assert value_of(page, "f-amount") == "83.18"
    key = key_of(page.text)
    press(client, "1/payments", amount="50", method="cash", key=key)
    answer = press(client, "1/payments", amount="50", method="cash", key=key)
    assert answer.status_code == 200
    assert (read(web).paid, read(web).balance) == (D(50), D("33.18"))
    assert "50.00 taken by cash." in answer.headers["hx-trigger"]
    assert key_of(answer.text) != key
    closing = press(client, "1/payments", amount="33,18", method="card", key=str(uuid.uuid4()), then="close")
    assert "Closed" in text_of(closing)
    assert (read(web).state, read(web).number) == ("closed", 1)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("99999", "The balance is 30.00; enter at most that."),
        ("-5", "At most 0.00 can be given back."),
        ("1.005", "at most two decimals"),
        ("thirty", "Amount must be a number"),
        ("", "Enter amount."),
        ("0", "The balance is 30.00; enter the amount that is paid."),
    ],
)
def test_impossible_payments_are_said_beside_the_amount(
    web: WebClinic, client: Client, typed: str, said: str
) -> None:
    begin(web, ("NAIL", 1))
    key = str(uuid.uuid4())
    answer = press(client, "1/payments", amount=typed, method="bank", key=key)
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert value_of(answer, "f-amount") == typed
    assert re.search(r'value="bank"[^>]*checked', answer.text)
    assert key_of(answer.text) == key
    assert read(web).payments == ()
    assert press(client, "1/payments", amount="5", method="shells").status_code == 422


@pytest.mark.req("H-34", "CP-64", "CP-69", "CP-70")
def test_closed_reopened_changed_and_closed_again_keeps_its_number(web: WebClinic, client: Client) -> None:
    web.clinic.entitle("NAIL gold", 3)
    begin(web, ("NAIL", 1))
    press(client, "1/close", how="mark")
    refused = press(client, "1/lines/1", quantity="2")
    assert refused.status_code == 409
    assert "NC-1 is closed. Reopen it to change its lines." in text_of(refused)
    assert press(client, "1/reopen", reason=" ").status_code == 422
    answer = press(client, "1/reopen", reason="one trim was forgotten")
    assert answer.status_code == 200
    assert read(web).state == "reopened"
    assert posted(web) == ["1"]
    press(client, "1/lines/1", quantity="3", seen=read(web).revision)
    assert "1 posted, 2 reserved" in text_of(client.get("/s/north/invoices/1"))
    press(client, "1/close", how="mark")
    assert (read(web).title, posted(web)) == ("NC-1", ["1", "2"])
    history = [entry.what for entry in read(web).history]
    assert history == ["closed", "line_changed", "reopened", "closed", "line_added", "opened"]
    text = text_of(client.get("/s/north/invoices/1"))
    assert "“one trim was forgotten”" in text
    first_close = [entry for entry in read(web).history if entry.what == "closed"][-1]
    then = text_of(client.get(f"/s/north/invoices/1/revisions/{first_close.id}"))
    assert "1 NAIL" in then
    assert client.get("/s/north/invoices/1/revisions/1").status_code == 404


@pytest.mark.req("H-34", "CP-64")
def test_lines_come_back_in_part_with_what_is_left(web: WebClinic, client: Client) -> None:
    web.clinic.entitle("NAIL gold", 1)
    begin(web, ("NAIL", 3), ("FOOD", 1))
    press(client, "1/payments", amount=read(web).balance, method="card", then="close")
    dialog = client.get("/s/north/invoices/1/return", headers=HTMX)
    assert "Nail trim NAIL 1 by the plan 3 3" in text_of(dialog)
    nothing = press(client, "1/return", reason="x")
    assert "Enter beside at least one line how much of it comes back." in text_of(nothing)
    wrong = press(client, "1/return", **{"quantity-1": "4", "quantity-2": "1", "reason": "slipped"})
    assert wrong.status_code == 422
    assert "Enter a quantity above 0 and at most 3." in text_of(wrong)
    assert value_of(wrong, "f-quantity-1") == "4"
    with web.clinic.reading() as session:
        assert session.scalar(select(func.count()).select_from(OutboxRow)) == 1
    no_reason = press(client, "1/return", **{"quantity-1": "2"})
    assert "Give a reason" in text_of(no_reason)
    done = press(client, "1/return", **{"quantity-1": "2", "quantity-2": "1", "reason": "slipped"})
    assert done.headers["hx-redirect"] == "/s/north/invoices/2"
    back = read(web, 2)
    assert [(line.quantity, line.amount) for line in back.lines] == [(D(-2), D(-60)), (D(-1), D(-45))]
    page = client.get("/s/north/invoices/2")
    assert "Return of NC-1, line 1" in text_of(page)
    assert "Give back 107.86 by card" in text_of(page)
    assert "Owed to the client $107.86" in text_of(page)
    given = press(client, "2/payments", amount="107.86", method="cash", back="1", then="close")
    assert given.status_code == 200
    assert (read(web, 2).state, read(web, 2).paid) == ("closed", D("-107.86"))
    again = client.get("/s/north/invoices/1/return", headers=HTMX)
    assert "all returned" in text_of(again)
    assert "2 returned" in text_of(client.get("/s/north/invoices/1"))


@pytest.mark.req("H-34")
def test_voiding_asks_why_and_gives_units_back(web: WebClinic, boss: Client) -> None:
    plan = web.clinic.entitle("NAIL gold", 1)
    begin(web, ("NAIL", 1))
    dialog = text_of(boss.get("/s/north/invoices/1/void", headers=HTMX))
    assert "1 plan unit goes back to its term" in dialog
    assert "The number stays taken" not in dialog
    assert press(boss, "1/void", reason="").status_code == 422
    assert press(boss, "1/void", reason="wrong client").status_code == 200
    assert read(web).state == InvoiceState.VOID
    begin(web, ("NAIL", 1))
    assert read(web, 2).lines[0].coverage[0].entitlement_id == plan


def test_roles_see_what_they_may_do_and_no_more(web: WebClinic) -> None:
    begin(web, ("FREE", 1))
    nurse = web.signed_in("Nurse")
    text = text_of(nurse.get("/s/north/invoices/1"))
    assert "Your role does not close invoices." in text
    assert "Take" not in text.partition("To pay")[2].partition("History")[0]
    for path in ("close", "payments", "reopen", "return", "void"):
        assert press(nurse, f"1/{path}").status_code == 403
    for path in ("return", "reopen", "void"):
        assert nurse.get(f"/s/north/invoices/1/{path}").status_code == 403


@pytest.mark.req("CP-72", "CP-73", "H-34")
def test_date_and_provider_of_a_closed_line_are_corrected_with_advice(web: WebClinic, client: Client) -> None:
    web.clinic.entitle("NAIL gold", 3)
    begin(web, ("NAIL", 1))
    press(client, "1/close", how="mark")
    vet = web.signed_in("Veterinarian")
    dialog = text_of(vet.get("/s/north/invoices/1/lines/1/edit", headers=HTMX))
    assert "no amount changes here" in dialog
    fields = {"service_date": "2026-11-01", "provider_id": "", "reason": "typed wrong"}
    assert press(client, "1/lines/1/facts", **fields).status_code == 403
    answer = press(vet, "1/lines/1/facts", **fields)
    assert answer.status_code == 200
    assert "return the line and enter it again on a new invoice" in text_of(answer)
    assert read(web).lines[0].service_date.isoformat() == "2026-11-01"
    assert posted(web) == ["1"]


@pytest.mark.req("CP-63")
def test_on_paper_plan_lines_cost_nothing_and_the_savings_stand_in_the_sums(
    web: WebClinic, client: Client
) -> None:
    web.clinic.entitle("NAIL gold", 2)
    begin(web, ("NAIL", 2), ("FOOD", 1))
    press(client, "1/payments", amount="47.86", method="card", then="close")
    text = text_of(client.get("/s/north/invoices/1/print"))
    assert "Invoice NC-1" in text
    assert "2 0.00 0.00" in text
    assert "Care plan savings −60.00" in text
    assert "Tax 6.35 % 2.86 Total 47.86 Paid by card" in text
    assert "left" not in text.partition("Nail trim")[2]
