"""Payments: taken on an open invoice, at most what is due; money given back where more was paid."""

import uuid
from decimal import Decimal
from typing import Final

from sqlalchemy import select

from fetlock import clock
from fetlock.domain.invoices import closing, on_account, opening, shares
from fetlock.domain.invoices.models import Invoice, Payment
from fetlock.errors import Conflict, Invalid
from fetlock.pricing.rounding import CENT
from fetlock.work import Work

ZERO = Decimal(0)
MOST_MONEY: Final = Decimal(1_000_000_000)
"""No payment is larger: beyond it, an amount is a slip of the keyboard."""
METHODS: Final = shares.METHODS
"""Money. What is settled without any, by an account, comes through `on_account`."""


def take_payment(
    work: Work,
    invoice_id: int,
    amount: Decimal,
    method: str,
    *,
    key: uuid.UUID | None = None,
    note: str = "",
    close: bool = False,
) -> Invoice:
    """Take `amount` (below zero: give it back). The same `key` again counts once.

    Money is given back only as far as the client paid it (H-38). Cash of 0.00 on an invoice whose balance is
    zero closes it (CP-71); `close` closes after payment.
    """
    work.require("invoices.take_payment")
    invoice = opening.lock(work, invoice_id)
    if key is not None and work.session.scalar(select(Payment.id).where(Payment.key == key)):
        return invoice
    if not invoice.is_open:
        raise Conflict(f"{invoice.title} is {invoice.state} and takes no payments.")
    _require_possible(invoice, amount, method)
    if amount < ZERO:
        on_account.require_givable(work, invoice, -amount)
    work.session.add(
        Payment(
            key=key or uuid.uuid4(),
            invoice_id=invoice.id,
            site_id=work.site.id,
            amount=amount,
            method=method,
            note=note[:200],
            taken_at=clock.now(),
            taken_by=work.actor.staff_id,
        )
    )
    invoice.paid += amount
    invoice.revision += 1
    opening.note(work, invoice, "paid", f"{amount:.2f} by {method}")
    work.session.flush()
    if close or (amount == ZERO and method == "cash"):
        closing.close(work, invoice_id)
    return invoice


def _require_possible(invoice: Invoice, amount: Decimal, method: str) -> None:
    if method not in METHODS:
        raise Invalid({"method": "Choose how it is paid."})
    if not amount.is_finite() or abs(amount) > MOST_MONEY or amount % CENT:
        raise Invalid({"amount": "Enter an amount with at most two decimals, such as 45.00."})
    balance = invoice.balance
    if amount > ZERO and amount > balance:
        raise Invalid({"amount": f"The balance is {balance:.2f}; enter at most that."})
    if amount < ZERO and amount < balance:
        raise Invalid({"amount": f"At most {max(-balance, ZERO):.2f} can be given back."})
    if amount == ZERO and balance != ZERO:
        raise Invalid({"amount": f"The balance is {balance:.2f}; enter the amount that is paid."})
