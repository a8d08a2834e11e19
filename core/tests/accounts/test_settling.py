"""H-34: on account, insurer owes and credit make an invoice's balance zero; what comes back is right."""

from decimal import Decimal

import pytest

from core.tests.accounts.ledger import Ledger
from fetlock import Conflict, Invalid, NotPermitted
from fetlock.domain.accounts import correcting
from fetlock.domain.accounts.paying import Party, Shares, take_payment
from fetlock.domain.invoices import closing, lines, on_account, payments

D = Decimal


@pytest.mark.req("H-34", "H-38")
def test_on_account_makes_the_balance_zero_and_the_client_owes_it(ledger: Ledger) -> None:
    invoice_id = ledger.invoice(2)
    with pytest.raises(Conflict, match=r"The balance is 60\.00"):
        ledger.clinic.run(lambda work: closing.close(work, invoice_id))
    ledger.clinic.run(lambda work: payments.take_payment(work, invoice_id, D(20), "card"))
    ledger.clinic.run(lambda work: on_account.move_to_account(work, invoice_id, D(40), reference="Friday"))
    ledger.clinic.run(lambda work: closing.close(work, invoice_id))
    invoice = ledger.read(invoice_id)
    assert (invoice.state, invoice.gross, invoice.paid, invoice.balance) == ("closed", D(60), D(60), D(0))
    view = ledger.view()
    assert (view.balance, view.due, view.credit) == (D(40), D(40), D(0))
    assert [(debt.invoice_title, debt.open, debt.reference) for debt in view.debts] == [
        ("NC-1", D(40), "Friday")
    ]


@pytest.mark.req("H-34", "H-38")
def test_an_insurer_owes_its_part_and_sales_stay(ledger: Ledger) -> None:
    insurer = ledger.insurer()
    invoice_id = ledger.invoice(3)
    ledger.clinic.run(
        lambda work: on_account.move_to_insurer(work, invoice_id, insurer, D(70), reference="C-7")
    )
    ledger.clinic.run(lambda work: payments.take_payment(work, invoice_id, D(20), "card", close=True))
    before = ledger.read(invoice_id)
    assert (before.gross, before.net, before.balance) == (D(90), D(90), D(0))
    assert ledger.view("insurer", insurer).balance == 70
    debt = ledger.items("insurer", insurer)[0]
    assert (debt.reference, debt.invoice_title) == ("C-7", "NC-1")
    party = Party(insurer_id=insurer)
    ledger.clinic.run(
        lambda work: take_payment(work, party, D(50), "bank", Shares(debts={debt.id: D(50)}), reference="R-1")
    )
    assert ledger.view("insurer", insurer).balance == 20
    after = ledger.read(invoice_id)
    assert (after.gross, after.net, after.tax, after.paid) == (before.gross, before.net, before.tax, D(90))
    assert ledger.view().balance == 0


@pytest.mark.req("H-34", "H-38")
def test_credit_pays_the_oldest_of_it_first(ledger: Ledger) -> None:
    first, second = ledger.deposit(25), ledger.deposit(50)
    invoice_id = ledger.invoice(2)
    with pytest.raises(Invalid, match=r"The balance is 60\.00"):
        ledger.clinic.run(lambda work: on_account.use_credit(work, invoice_id, D("60.01")))
    ledger.clinic.run(lambda work: on_account.use_credit(work, invoice_id, D(60)))
    ledger.clinic.run(lambda work: closing.close(work, invoice_id))
    assert [ledger.entry(key).open for key in (first, second)] == [0, 15]
    assert (ledger.view().balance, ledger.view().credit) == (-D(15), D(15))
    other = ledger.invoice(1)
    with pytest.raises(Invalid, match=r"The client’s credit is 15\.00; enter at most that"):
        ledger.clinic.run(lambda work: on_account.use_credit(work, other, D(30)))


@pytest.mark.parametrize("typed", ["0", "-5", "60.01", "0.001", "NaN"])
def test_no_more_than_the_balance_moves(ledger: Ledger, typed: str) -> None:
    invoice_id = ledger.invoice(2)
    with pytest.raises(Invalid):
        ledger.clinic.run(lambda work: on_account.move_to_account(work, invoice_id, D(typed)))
    assert ledger.view().account_id is None


def test_a_closed_invoice_moves_no_more(ledger: Ledger) -> None:
    invoice_id = ledger.charge(1)
    with pytest.raises(Conflict, match="Reopen it"):
        ledger.clinic.run(lambda work: on_account.move_to_account(work, invoice_id, D(1)))


def test_who_may_not_is_told(ledger: Ledger) -> None:
    invoice_id = ledger.invoice(1)
    nurse = ledger.clinic.actor("Nurse")
    with pytest.raises(NotPermitted):
        ledger.clinic.run(lambda work: on_account.move_to_account(work, invoice_id, D(1)), actor=nurse)


@pytest.mark.req("H-34", "H-38")
def test_a_reopened_invoice_that_costs_less_lowers_the_debt(ledger: Ledger) -> None:
    invoice_id = ledger.charge(2)
    ledger.clinic.run(lambda work: closing.reopen(work, invoice_id, reason="One too many"))
    assert ledger.view().balance == 60
    line = ledger.lines(invoice_id)[0]
    ledger.clinic.run(lambda work: lines.change_line(work, line, quantity=D(1)))
    with pytest.raises(Invalid, match=r"At most 0\.00 of it was paid in money"):
        ledger.clinic.run(lambda work: payments.take_payment(work, invoice_id, D(-30), "cash"))
    ledger.clinic.run(lambda work: on_account.move_to_account(work, invoice_id, D(-30)))
    ledger.clinic.run(lambda work: closing.close(work, invoice_id))
    view = ledger.view()
    assert (view.balance, view.due, view.credit) == (D(30), D(30), D(0))


@pytest.mark.req("H-34", "H-38")
def test_a_return_frees_the_payment_of_what_came_back(ledger: Ledger) -> None:
    sold = ledger.charge(3)
    debt = ledger.view().debts[0]
    paid = ledger.pay(70, {debt.id: 70})
    back = ledger.return_of(sold, 2)
    ledger.clinic.run(lambda work: on_account.move_to_account(work, back, D(-60)))
    ledger.clinic.run(lambda work: closing.close(work, back))
    view = ledger.view()
    assert (view.balance, view.due, view.credit) == (-D(40), D(0), D(40))
    assert ledger.entry(paid).open == 40
    assert ledger.read(back).balance == 0


@pytest.mark.req("H-38")
def test_money_back_of_a_return_is_at_most_what_was_paid(ledger: Ledger) -> None:
    sold = ledger.charge(3)
    debt = ledger.view().debts[0]
    ledger.pay(50, {debt.id: 50})
    back = ledger.return_of(sold, 2)
    with pytest.raises(Invalid, match=r"At most 50\.00 of it was paid in money"):
        ledger.clinic.run(lambda work: payments.take_payment(work, back, D(-60), "cash"))
    ledger.clinic.run(lambda work: payments.take_payment(work, back, D(-50), "cash"))
    ledger.clinic.run(lambda work: on_account.move_to_account(work, back, D(-10)))
    assert ledger.view().balance == 30


@pytest.mark.req("H-38")
def test_what_was_written_off_is_not_given_back(ledger: Ledger) -> None:
    other = ledger.sold_for_cash(5)
    assert ledger.read(other).paid == 150
    sold = ledger.charge(2)
    account_id, debt = ledger.account_id(), ledger.view().debts[0]
    ledger.clinic.run(lambda work: correcting.write_off(work, account_id, debt.id, D(60), reason="Moved"))
    back = ledger.return_of(sold, 1)
    with pytest.raises(Invalid, match=r"At most 0\.00"):
        ledger.clinic.run(lambda work: payments.take_payment(work, back, D(-30), "cash"))
    ledger.clinic.run(lambda work: on_account.move_to_account(work, back, D(-30)))
    view = ledger.view()
    assert (view.balance, view.due, view.credit) == (D(0), D(0), D(0))
    assert [(each.kind, each.amount) for each in ledger.items()] == [
        ("charge", D(60)),
        ("write_off", D(-60)),
        ("credit", D(-30)),
        ("write_off", D(30)),
    ]


@pytest.mark.req("H-34", "H-38")
def test_voiding_takes_the_debt_off_again_and_frees_what_was_paid(ledger: Ledger) -> None:
    insurer = ledger.insurer()
    invoice_id = ledger.invoice(3)
    ledger.clinic.run(lambda work: on_account.move_to_account(work, invoice_id, D(50)))
    ledger.clinic.run(lambda work: on_account.move_to_insurer(work, invoice_id, insurer, D(40)))
    ledger.clinic.run(lambda work: closing.close(work, invoice_id))
    debt = ledger.view().debts[0]
    paid = ledger.pay(20, {debt.id: 20})
    claim = ledger.items("insurer", insurer)[0]
    account_id = ledger.account_id("insurer", insurer)
    ledger.clinic.run(lambda work: correcting.bill_client(work, account_id, claim.id, D(15), reason="Excess"))
    assert (ledger.view().balance, ledger.view("insurer", insurer).balance) == (D(45), D(25))
    ledger.clinic.run(lambda work: closing.void(work, invoice_id, reason="Wrong client"))
    invoice = ledger.read(invoice_id)
    assert (invoice.state, invoice.paid) == ("void", D(0))
    assert (ledger.view().balance, ledger.view().credit, ledger.view().due) == (-D(20), D(20), D(0))
    assert ledger.entry(paid).open == 20
    owed = ledger.view("insurer", insurer)
    assert (owed.balance, owed.due, owed.credit) == (D(0), D(0), D(0))


@pytest.mark.req("H-34")
def test_an_invoice_with_money_on_it_is_voided_only_after_it_is_given_back(ledger: Ledger) -> None:
    invoice_id = ledger.invoice(2)
    ledger.clinic.run(lambda work: payments.take_payment(work, invoice_id, D(10), "card"))
    ledger.clinic.run(lambda work: on_account.move_to_account(work, invoice_id, D(50)))
    with pytest.raises(Conflict, match=r"10\.00 is paid on it"):
        ledger.clinic.run(lambda work: closing.void(work, invoice_id, reason="Wrong client"))
    assert ledger.view().balance == 50


@pytest.mark.req("H-34", "H-38")
def test_a_void_return_owes_again_what_it_took_off(ledger: Ledger) -> None:
    sold = ledger.charge(2)
    back = ledger.return_of(sold, 1)
    ledger.clinic.run(lambda work: on_account.move_to_account(work, back, D(-30)))
    ledger.clinic.run(lambda work: closing.close(work, back))
    assert ledger.view().balance == 30
    ledger.clinic.run(lambda work: closing.void(work, back, reason="It stays sold"))
    view = ledger.view()
    assert (view.balance, view.due, view.credit) == (D(60), D(60), D(0))
