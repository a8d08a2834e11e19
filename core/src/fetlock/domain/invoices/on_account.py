"""An invoice's balance moves to an account: the client's, or an insurer's; or the client's credit pays it.

Each move is a row among the invoice's payments, so that its balance is zero and it can close, and an entry of
the same amount on the account (H-34, H-38). Sales and tax stay as they are.
"""

import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from sqlalchemy import func, select

from fetlock import clock
from fetlock.domain.accounts import items, ledger, parties, setting_off
from fetlock.domain.accounts.items import Item
from fetlock.domain.accounts.models import Account, AccountEntry, Against, EntryKind
from fetlock.domain.invoices import opening, shares
from fetlock.domain.invoices.models import Invoice, Payment
from fetlock.errors import Conflict, Invalid
from fetlock.pricing.rounding import CENT
from fetlock.work import Work

ZERO = Decimal(0)
ACCOUNT: Final = "account"
INSURER: Final = "insurer"
CREDIT: Final = "credit"
SETTLEMENTS: Final = (ACCOUNT, INSURER, CREDIT)
"""What a payment's `method` says where no money passed: moved to the client's account, to an insurer's, or
paid from the client's credit. The other methods are money."""


def move_to_account(
    work: Work, invoice_id: int, amount: Decimal, *, reference: str = "", key: uuid.UUID | None = None
) -> Invoice:
    """Move `amount` of an open invoice's balance to the client's account (H-34).

    Below zero, what the invoice owes back becomes the client's credit there, after what is still unpaid of
    it. Needs `accounts.take_payment`. Raises `Invalid` beside "amount", `Conflict` where it is not open.
    """
    work.require("accounts.take_payment")
    invoice = opening.lock(work, invoice_id)
    if _done(work, key):
        return invoice
    _require_movable(invoice, amount)
    account = parties.account_of(work, invoice.currency, client_id=invoice.client_id)
    if amount < ZERO:
        _require_share(work, invoice, account, amount, "The rest lowers what an insurer owes.")
    detail = f"{abs(amount):.2f} {'on account' if amount > ZERO else 'to the client’s credit'}"
    _move(work, invoice, account, amount, method=ACCOUNT, reference=reference, key=key, detail=detail)
    return invoice


def move_to_insurer(
    work: Work,
    invoice_id: int,
    insurer_id: int,
    amount: Decimal,
    *,
    reference: str = "",
    key: uuid.UUID | None = None,
) -> Invoice:
    """Move `amount` of an open invoice's balance to an insurer's account, as a receivable (INX-2).

    `reference`: the claim's number, or what else the insurer knows it by. Below zero the receivable of this
    invoice, or of the one whose lines it returns, is lowered. Needs `accounts.take_payment`; errors as
    `move_to_account`.
    """
    work.require("accounts.take_payment")
    invoice = opening.lock(work, invoice_id)
    if _done(work, key):
        return invoice
    _require_movable(invoice, amount)
    insurer = parties.insurer(work.session, insurer_id)
    account = parties.account_of(work, invoice.currency, insurer_id=insurer.id)
    if amount < ZERO:
        _require_share(work, invoice, account, amount, "The rest is the client’s.")
    detail = f"{abs(amount):.2f} {'owed by' if amount > ZERO else 'less owed by'} {insurer.name}"
    _move(work, invoice, account, amount, method=INSURER, reference=reference, key=key, detail=detail)
    return invoice


def use_credit(work: Work, invoice_id: int, amount: Decimal, *, key: uuid.UUID | None = None) -> Invoice:
    """Pay `amount` of an open invoice from the client's credit, the oldest of it first.

    Needs `accounts.take_payment`. Raises `Invalid` beside "amount" beyond the balance or the credit.
    """
    work.require("accounts.take_payment")
    invoice = opening.lock(work, invoice_id)
    if _done(work, key):
        return invoice
    _require_movable(invoice, amount)
    account = parties.account_of(work, invoice.currency, client_id=invoice.client_id)
    parties.lock(work, [account.id])
    credit = items.spendable(items.open_items(work.session, account.id))
    available = sum((each.open for each in credit), ZERO)
    if amount < ZERO or amount > available:
        raise Invalid({"amount": f"The client’s credit is {available:.2f}; enter at most that."})
    pay_from(work, invoice, account, credit, amount, key=key)
    return invoice


def pay_from(
    work: Work,
    invoice: Invoice,
    account: Account,
    credit: list[Item],
    amount: Decimal,
    *,
    key: uuid.UUID | None = None,
) -> None:
    """Pay `amount` of a locked, open invoice from these items of its client's locked account."""
    _require_movable(invoice, amount)
    payment = _pay(work, invoice, amount, CREDIT, "", key, f"{amount:.2f} from the client’s credit")
    debit = ledger.post(work, account, EntryKind.USE, amount, invoice_id=invoice.id, payment_id=payment.id)
    ledger.use_credit(work, credit, debit)


def take_back(work: Work, invoice: Invoice) -> None:
    """Before an invoice is voided: what was moved to accounts comes off them again, on both sides.

    Money on the invoice must have been given back before: raises `Conflict` else.
    """
    if invoice.paid == ZERO:
        return
    money = shares.money_on(work.session, [invoice.id])
    if money != ZERO:
        raise Conflict(f"{money:.2f} is paid on it. Give that back first.")
    accounts = parties.lock(work, parties.touched_by(work.session, [invoice.id]))
    for account_id, amount in _moved(work, invoice).items():
        account = accounts[account_id]
        method = ACCOUNT if account.insurer_id is None else INSURER
        payment = _pay(work, invoice, -amount, method, "", None, f"{abs(amount):.2f} taken off the account")
        entry = ledger.post(
            work,
            account,
            EntryKind.REVERSAL,
            -amount,
            invoice_id=invoice.id,
            payment_id=payment.id,
        )
        setting_off.set_off(work, account, entry, [invoice.id])


def require_givable(work: Work, invoice: Invoice, amount: Decimal) -> None:
    """Raise `Invalid` where money given back on an invoice, above zero, was never paid (H-38).

    What the client still owes for it, or an insurer, is lowered instead. Locks the client's account.
    """
    account = parties.account_of(work, invoice.currency, client_id=invoice.client_id)
    parties.lock(work, [account.id])
    together = shares.returned_together(work.session, invoice.id)
    most = min(
        shares.of_account(work.session, account, together, paid_alone=True)
        + shares.money_on(work.session, together),
        shares.money_of_client(work.session, account),
    )
    if amount > most:
        raise Invalid(
            {
                "amount": f"At most {max(most, ZERO):.2f} of it was paid in money. "
                "Move the rest to the account it came from."
            }
        )


def _require_share(work: Work, invoice: Invoice, account: Account, amount: Decimal, otherwise: str) -> None:
    """Lock every account that this concerns; refuse to take off an account what is not its part."""
    together = shares.returned_together(work.session, invoice.id)
    parties.lock(work, parties.touched_by(work.session, together) | {account.id})
    share = shares.of_account(work.session, account, together)
    if account.client_id is not None:
        share += shares.money_on(work.session, together)
    if -amount > share:
        raise Invalid({"amount": f"At most {max(share, ZERO):.2f} of it goes there. {otherwise}"})


def _require_movable(invoice: Invoice, amount: Decimal) -> None:
    if not invoice.is_open:
        raise Conflict(f"{invoice.title} is {invoice.state}. Reopen it to settle it otherwise.")
    balance = invoice.balance
    if not amount.is_finite() or amount == ZERO or amount % CENT:
        raise Invalid({"amount": "Enter an amount with at most two decimals, such as 45.00."})
    if amount * balance <= ZERO or abs(amount) > abs(balance):
        raise Invalid({"amount": f"The balance is {balance:.2f}; enter at most that."})


def _move(
    work: Work,
    invoice: Invoice,
    account: Account,
    amount: Decimal,
    *,
    method: str,
    reference: str,
    key: uuid.UUID | None,
    detail: str,
) -> None:
    account = parties.lock(work, [account.id])[account.id]
    payment = _pay(work, invoice, amount, method, reference, key, detail)
    kind = EntryKind.CHARGE if amount > ZERO else EntryKind.CREDIT
    entry = ledger.post(
        work,
        account,
        kind,
        amount,
        invoice_id=invoice.id,
        payment_id=payment.id,
        reference=reference,
    )
    if amount < ZERO:
        setting_off.set_off(work, account, entry, shares.returned_together(work.session, invoice.id))


def _pay(
    work: Work,
    invoice: Invoice,
    amount: Decimal,
    method: str,
    note: str,
    key: uuid.UUID | None,
    detail: str,
) -> Payment:
    payment = Payment(
        key=key or uuid.uuid4(),
        invoice_id=invoice.id,
        site_id=invoice.site_id,
        amount=amount,
        method=method,
        note=note.strip()[:200],
        taken_at=clock.now(),
        taken_by=work.actor.staff_id,
    )
    work.session.add(payment)
    invoice.paid += amount
    invoice.revision += 1
    opening.note(work, invoice, "settled", detail)
    work.session.flush()
    return payment


def _done(work: Work, key: uuid.UUID | None) -> bool:
    """Whether this key counted already; the invoice is locked."""
    return key is not None and work.session.scalar(select(Payment.id).where(Payment.key == key)) is not None


def _moved(work: Work, invoice: Invoice) -> Mapping[int, Decimal]:
    """By account, how much of this invoice stands there by moves, where it is not zero."""
    rows = work.session.execute(
        select(AccountEntry.account_id, func.sum(AccountEntry.amount))
        .where(AccountEntry.invoice_id == invoice.id, AccountEntry.against == Against.INVOICE.value)
        .group_by(AccountEntry.account_id)
        .order_by(AccountEntry.account_id)
    )
    return {row[0]: row[1] for row in rows if row[1]}
