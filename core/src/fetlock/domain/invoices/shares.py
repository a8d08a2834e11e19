"""Whose part of an invoice is whose: how much the client paid in money, and what each account bears of it.

What an invoice gives back goes where it came from, so these sums are its limits (H-38). They are taken over
the invoice and all that belongs to it by returns: a line may come back in parts, on several invoices.
"""

from collections.abc import Collection
from decimal import Decimal
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from fetlock.domain.accounts.items import items
from fetlock.domain.accounts.models import Account, AccountEntry, Against, Allocation, EntryKind
from fetlock.domain.invoices.models import Invoice, InvoiceLine, InvoiceState, Payment

ZERO = Decimal(0)
METHODS: Final = ("cash", "card", "bank", "cheque")
"""How money is taken and given back."""
_NOT_MONEY: Final = (EntryKind.WRITE_OFF.value, EntryKind.CREDIT_NOTE.value)
"""What may stand against a debt without being money."""


def returned_together(session: Session, invoice_id: int) -> set[int]:
    """The invoice with all that hang together with it by returned lines, either way; none void."""
    sold = aliased(InvoiceLine)
    links = (
        select(InvoiceLine.invoice_id, sold.invoice_id)
        .join(sold, InvoiceLine.returns_line_id == sold.id)
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(InvoiceLine.removed_at.is_(None), Invoice.state != InvoiceState.VOID.value)
        .distinct()
    )
    found: set[int] = set()
    fresh = {invoice_id}
    while fresh:
        found |= fresh
        sides = (InvoiceLine.invoice_id, sold.invoice_id)  # two statements, each by its index
        linked = [row for side in sides for row in session.execute(links.where(side.in_(fresh)))]
        fresh = {each for row in linked for each in row} - found
    return found


def money_on(session: Session, invoice_ids: Collection[int]) -> Decimal:
    """Money taken on these invoices themselves, less what was given back on them."""
    return (
        session.scalar(
            select(func.sum(Payment.amount)).where(
                Payment.invoice_id.in_(invoice_ids), Payment.method.in_(METHODS)
            )
        )
        or ZERO
    )


def of_account(
    session: Session, account: Account, invoice_ids: Collection[int], *, paid_alone: bool = False
) -> Decimal:
    """What an account bears of these invoices; with `paid_alone`, only as far as it is paid in money."""
    found = items(session, account.id, invoice_ids=invoice_ids)
    borne = sum((each.amount for each in found), ZERO)
    if not paid_alone:
        return borne
    debts = [each for each in found if each.is_debt]
    return borne - sum((each.open for each in debts), ZERO) - _not_money(session, [each.id for each in debts])


def money_of_client(session: Session, account: Account) -> Decimal:
    """All money of a client in the account's currency, on invoices and account, taken less given back."""
    on_invoices = session.scalar(
        select(func.sum(Payment.amount))
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .where(
            Invoice.client_id == account.client_id,
            Invoice.currency == account.currency,
            Payment.method.in_(METHODS),
        )
    )
    return (on_invoices or ZERO) + money_on_account(session, account)


def money_on_account(session: Session, account: Account) -> Decimal:
    """Money taken on the account, less what was given back from it."""
    changed = session.scalar(
        select(func.sum(AccountEntry.amount)).where(
            AccountEntry.account_id == account.id, AccountEntry.against == Against.MONEY.value
        )
    )
    return -(changed or ZERO)


def _not_money(session: Session, debit_ids: Collection[int]) -> Decimal:
    """How much of these debts is set against write-offs and goodwill."""
    if not debit_ids:
        return ZERO
    return (
        session.scalar(
            select(func.sum(Allocation.amount))
            .join(AccountEntry, AccountEntry.id == Allocation.credit_id)
            .where(Allocation.debit_id.in_(debit_ids), AccountEntry.kind.in_(_NOT_MONEY))
        )
        or ZERO
    )
