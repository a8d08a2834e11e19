"""Writing the ledger of accounts: entries, and allocations of credit to debts. Never more than is open."""

import uuid
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.domain.accounts.items import SPENDABLE, ZERO, Item
from fetlock.domain.accounts.models import Account, AccountEntry, Against, Allocation, EntryKind
from fetlock.errors import Conflict, Invalid
from fetlock.pricing.rounding import CENT
from fetlock.work import Work

MOST_MONEY: Final = Decimal(1_000_000_000)
"""No amount is larger: beyond it, it is a slip of the keyboard."""
_AGAINST: Final = {
    EntryKind.CHARGE: Against.INVOICE,
    EntryKind.USE: Against.INVOICE,
    EntryKind.CREDIT: Against.INVOICE,
    EntryKind.REVERSAL: Against.INVOICE,
    EntryKind.PAYMENT: Against.MONEY,
    EntryKind.DEPOSIT: Against.MONEY,
    EntryKind.REFUND: Against.MONEY,
    EntryKind.CREDIT_NOTE: Against.LOSS,
    EntryKind.WRITE_OFF: Against.LOSS,
    EntryKind.TRANSFER: Against.ACCOUNT,
}


def balance(session: Session, account_id: int) -> Decimal:
    """What the party owes, the sum of its entries; below zero it is owed to the party."""
    return (
        session.scalar(select(func.sum(AccountEntry.amount)).where(AccountEntry.account_id == account_id))
        or ZERO
    )


def known(session: Session, key: uuid.UUID | None) -> AccountEntry | None:
    """The entry that this key made already; whoever asks holds the lock of its account."""
    return session.scalar(select(AccountEntry).where(AccountEntry.key == key)) if key else None


def require_amount(amount: Decimal, field: str = "amount") -> None:
    """Raise `Invalid` beside `field` unless it is above zero, with at most two decimals."""
    if not amount.is_finite() or not ZERO < amount <= MOST_MONEY or amount % CENT:
        raise Invalid({field: "Enter an amount above 0 with at most two decimals, such as 45.00."})


def require_reason(reason: str) -> str:
    """The reason as it is kept. Raises `Invalid` where there is none."""
    if not reason.strip():
        raise Invalid({"reason": "Give a reason; it is kept with the account."})
    return reason.strip()[:300]


def post(
    work: Work,
    account: Account,
    kind: EntryKind,
    amount: Decimal,
    *,
    key: uuid.UUID | None = None,
    invoice_id: int | None = None,
    invoice_title: str = "",
    payment_id: int | None = None,
    partner_id: int | None = None,
    method: str = "",
    reference: str = "",
    reason: str = "",
) -> Item:
    """Append an entry, above zero for a debt, and answer it with nothing of it allocated."""
    entry = AccountEntry(
        key=key or uuid.uuid4(),
        account_id=account.id,
        site_id=work.site.id,
        kind=kind.value,
        against=_AGAINST[kind].value,
        amount=amount,
        invoice_id=invoice_id,
        payment_id=payment_id,
        partner_id=partner_id,
        method=method,
        reference=reference.strip()[:120],
        reason=reason.strip()[:300],
        at=clock.now(),
        staff_id=work.actor.staff_id,
    )
    work.session.add(entry)
    work.session.flush()
    return Item(
        id=entry.id,
        account_id=account.id,
        kind=kind,
        amount=amount,
        invoice_id=invoice_id,
        invoice_title=invoice_title,
        site_id=entry.site_id,
        method=method,
        reference=entry.reference,
        at=entry.at,
        allocated=ZERO,
    )


def allocate(work: Work, credit: Item, debit: Item, amount: Decimal) -> None:
    """Set `amount` of a credit against a debt; below zero, take it back.

    Raises `Conflict` beyond what is open of either.
    """
    if amount == ZERO:
        return
    fits = amount <= min(credit.open, debit.open)
    if credit.account_id != debit.account_id or credit.is_debt or not debit.is_debt or not fits:
        raise Conflict("More is allocated than is open. Somebody used it meanwhile; look again.")
    work.session.add(
        Allocation(
            credit_id=credit.id,
            debit_id=debit.id,
            amount=amount,
            at=clock.now(),
            staff_id=work.actor.staff_id,
        )
    )
    credit.allocated += amount
    debit.allocated += amount
    work.session.flush()


def fill(work: Work, credits: Iterable[Item], debits: Sequence[Item]) -> Decimal:
    """Set credits against debts, each in the order given, as far as both reach; answers how much."""
    done = ZERO
    for credit in credits:
        for debit in debits:
            share = min(credit.open, debit.open)
            allocate(work, credit, debit, share)
            done += share
    return done


def use_credit(work: Work, found: Sequence[Item], debit: Item) -> None:
    """Pay a debt from the credit among open items, the oldest first. Raises `Conflict` unless it reaches."""
    fill(work, [each for each in found if not each.is_debt and each.kind in SPENDABLE], [debit])
    if debit.open > ZERO:
        raise Conflict(f"The credit does not reach: {debit.open:.2f} of {debit.size:.2f} would stay open.")


def partners(session: Session, entry: Item) -> list[tuple[int, Decimal]]:
    """What an entry is allocated with, as (entry id, amount above zero), the latest first."""
    mine, other = (
        (Allocation.debit_id, Allocation.credit_id)
        if entry.is_debt
        else (Allocation.credit_id, Allocation.debit_id)
    )
    net = func.sum(Allocation.amount)
    rows = session.execute(
        select(other, net).where(mine == entry.id).group_by(other).having(net > ZERO).order_by(other.desc())
    )
    return [(row[0], row[1]) for row in rows]
