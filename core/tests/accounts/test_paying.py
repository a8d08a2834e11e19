"""H-38: one payment over several invoices, deposits, refunds, write-offs, an insurer's differences."""

import uuid
from decimal import Decimal
from functools import partial

import pytest

from core.tests.accounts.ledger import Ledger
from fetlock import Conflict, Invalid, NotFound, NotPermitted
from fetlock.domain.accounts import correcting, paying
from fetlock.domain.accounts.paying import Party, Shares
from fetlock.domain.invoices import closing, on_account

D = Decimal


@pytest.mark.req("H-38")
def test_one_payment_pays_several_invoices_and_the_rest_is_credit(ledger: Ledger) -> None:
    ledger.charge(1)
    ledger.charge(2, site="south")
    here = ledger.invoice(3)
    first, second = ledger.view().debts
    party = Party(client_id=ledger.client_id)
    wanted = Shares(debts={first.id: D(30), second.id: D("45.50")}, invoices={here: D(90)})
    paid = ledger.clinic.run(
        lambda work: paying.take_payment(work, party, D(170), "cheque", wanted, reference="1007")
    )
    view = ledger.view()
    assert [(debt.id, debt.open) for debt in view.debts] == [(second.id, D("14.50"))]
    assert (view.balance, view.due, view.credit) == (D("10.00"), D("14.50"), D("4.50"))
    assert ledger.read(here).balance == 0
    ledger.clinic.run(lambda work: closing.close(work, here))
    entry = ledger.entry(paid)
    assert (entry.amount, entry.method, entry.reference) == (-D(170), "cheque", "1007")
    assert [(title, amount) for _, title, amount in entry.set_against] == [
        ("NC-1", 30),
        ("SC-1", D("45.50")),
        ("NC-2", 90),
    ]


@pytest.mark.req("H-38")
def test_never_more_than_is_due_or_than_is_paid(ledger: Ledger) -> None:
    ledger.charge(1)
    debt = ledger.view().debts[0]
    with pytest.raises(Invalid) as over:
        ledger.pay(40, {debt.id: "30.01"})
    assert over.value.fields == {f"debt-{debt.id}": "At most 30.00 is due."}
    with pytest.raises(Invalid) as more:
        ledger.pay(20, {debt.id: 30})
    assert more.value.fields == {"amount": "30.00 is shared out, more than the payment of 20.00."}
    ledger.pay(30, {debt.id: 30})
    with pytest.raises(Invalid) as paid:
        ledger.pay(30, {debt.id: 30})
    assert paid.value.fields == {f"debt-{debt.id}": "This is paid by now."}
    assert ledger.view().balance == 0


@pytest.mark.parametrize(("amount", "method", "field"), [("0", "card", "amount"), ("5", "iou", "method")])
def test_a_payment_says_what_is_wrong_with_it(ledger: Ledger, amount: str, method: str, field: str) -> None:
    with pytest.raises(Invalid) as wrong:
        ledger.pay(amount, method=method)
    assert list(wrong.value.fields) == [field]


@pytest.mark.req("H-38")
def test_the_same_key_counts_once(ledger: Ledger) -> None:
    ledger.charge(2)
    debt, key = ledger.view().debts[0], uuid.uuid4()
    assert ledger.pay(30, {debt.id: 30}, key=key) == ledger.pay(30, {debt.id: 30}, key=key)
    assert ledger.view().balance == 30


def test_an_open_invoice_of_somebody_else_is_not_paid(ledger: Ledger) -> None:
    other = ledger.invoice(1, patient="58A")
    with pytest.raises(NotFound):
        ledger.pay(30, wanted=Shares(invoices={other: D(30)}))


@pytest.mark.req("H-38")
def test_a_deposit_is_given_back_as_far_as_it_is_not_used(ledger: Ledger) -> None:
    paid = ledger.deposit(50)
    invoice_id = ledger.invoice(1)
    ledger.clinic.run(lambda work: on_account.use_credit(work, invoice_id, D(30)))
    refund = partial(
        paying.refund, account_id=ledger.account_id(), entry_id=paid, method="card", reason="Moves away"
    )
    with pytest.raises(Invalid, match=r"At most 20\.00 of it can be given back"):
        ledger.clinic.run(lambda work: refund(work, amount=D("20.01")))
    with pytest.raises(Invalid, match="Give a reason"):
        ledger.clinic.run(lambda work: refund(work, amount=D(20), reason=" "))
    given = ledger.clinic.run(lambda work: refund(work, amount=D(20)))
    assert ledger.entry(given).amount == 20
    with pytest.raises(Invalid, match=r"At most 0\.00"):
        ledger.clinic.run(lambda work: refund(work, amount=D("0.01")))
    assert (ledger.view().balance, ledger.view().credit) == (D(0), D(0))
    assert [entry.reason for entry in ledger.audited("account.refund")] == ["Moves away"]


@pytest.mark.req("H-38")
def test_goodwill_pays_and_is_never_given_back_in_money(ledger: Ledger) -> None:
    ledger.deposit(100)
    note = ledger.clinic.run(
        lambda work: correcting.give_credit(work, ledger.client_id, D(10), reason="A long wait")
    )
    with pytest.raises(Conflict, match="Only money that was paid"):
        ledger.clinic.run(
            lambda work: paying.refund(work, ledger.account_id(), note, D(10), "cash", reason="Asked")
        )
    assert ledger.view().credit == 110


@pytest.mark.req("H-38")
def test_what_two_refunds_would_take_together_is_refused(ledger: Ledger) -> None:
    """A return is paid out and then voided: the client owes it, and returns pay out no more than came in."""
    sold = ledger.sold_for_cash(1)
    for turn in range(2):
        back = ledger.return_of(sold, 1)
        ledger.clinic.run(lambda work, back=back: on_account.move_to_account(work, back, D(-30)))  # type: ignore[misc]
        ledger.clinic.run(lambda work, back=back: closing.close(work, back))  # type: ignore[misc]
        credit = next(each for each in ledger.items() if each.kind == "credit" and each.open)
        refund = partial(
            paying.refund, account_id=ledger.account_id(), entry_id=credit.id, method="cash", reason="Back"
        )
        if turn == 0:
            ledger.clinic.run(lambda work, refund=refund: refund(work, amount=D(30)))  # type: ignore[misc]
            ledger.clinic.run(lambda work, back=back: closing.void(work, back, reason="Not back"))  # type: ignore[misc]
            assert ledger.view().due == 30
        else:
            with pytest.raises(Invalid, match=r"At most 0\.00"):
                ledger.clinic.run(lambda work, refund=refund: refund(work, amount=D(30)))  # type: ignore[misc]


@pytest.mark.req("H-38")
def test_a_payment_is_taken_back_from_what_it_pays(ledger: Ledger) -> None:
    ledger.charge(2)
    debt = ledger.view().debts[0]
    paid = ledger.pay(60, {debt.id: 60})
    account_id = ledger.account_id()
    freed = ledger.clinic.run(lambda work: paying.release(work, account_id, paid, reason="Cheque bounced"))
    assert freed == 60
    assert (ledger.view().due, ledger.view().credit, ledger.view().balance) == (D(60), D(60), D(0))
    with pytest.raises(Conflict, match="set against nothing"):
        ledger.clinic.run(lambda work: paying.release(work, account_id, paid, reason="Again"))
    ledger.clinic.run(lambda work: paying.refund(work, account_id, paid, D(60), "cheque", reason="Bounced"))
    assert ledger.view().balance == 60
    assert ledger.audited("account.release")[0].reason == "Cheque bounced"


@pytest.mark.req("H-38")
def test_writing_off_needs_permission_and_reason(ledger: Ledger) -> None:
    ledger.charge(1)
    account_id, debt = ledger.account_id(), ledger.view().debts[0]
    write_off = partial(correcting.write_off, account_id=account_id, entry_id=debt.id)
    with pytest.raises(NotPermitted):
        ledger.clinic.run(
            lambda work: write_off(work, amount=D(5), reason="x"), actor=ledger.clinic.actor("Receptionist")
        )
    with pytest.raises(Invalid, match="Give a reason"):
        ledger.clinic.run(lambda work: write_off(work, amount=D(5), reason=""))
    with pytest.raises(Invalid, match=r"At most 30\.00 is open"):
        ledger.clinic.run(lambda work: write_off(work, amount=D("30.01"), reason="x"))
    ledger.clinic.run(lambda work: write_off(work, amount=D(30), reason="Insolvent"))
    assert ledger.view().balance == 0
    assert [entry.reason for entry in ledger.audited("account.write_off")] == ["Insolvent"]


@pytest.mark.req("H-38")
def test_what_an_insurer_does_not_pay_is_billed_to_the_client(ledger: Ledger) -> None:
    insurer = ledger.insurer()
    ledger.charge(3, insurer=insurer)
    claim = ledger.items("insurer", insurer)[0]
    account_id = ledger.account_id("insurer", insurer)
    ledger.clinic.run(lambda work: correcting.bill_client(work, account_id, claim.id, D(25), reason="Excess"))
    assert (ledger.view("insurer", insurer).balance, ledger.view().balance) == (D(65), D(25))
    debt = ledger.view().debts[0]
    assert (debt.invoice_title, debt.reference) == ("NC-1", "C-1")
    with pytest.raises(Invalid, match=r"At most 65\.00 is open"):
        ledger.clinic.run(
            lambda work: correcting.bill_client(work, account_id, claim.id, D(66), reason="Excess")
        )


def test_entries_of_other_accounts_are_not_found(ledger: Ledger) -> None:
    ledger.charge(1)
    debt, insurer = ledger.view().debts[0], ledger.insurer()
    ledger.charge(1, insurer=insurer)
    other = ledger.account_id("insurer", insurer)
    with pytest.raises(NotFound):
        ledger.clinic.run(lambda work: correcting.write_off(work, other, debt.id, D(1), reason="x"))
