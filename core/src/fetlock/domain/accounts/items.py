"""The entries of an account with what of each is still open: debts not paid, credit not used."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Row, Select, case, func, select, type_coerce
from sqlalchemy.orm import Session

from fetlock.database import Money
from fetlock.domain.accounts.models import AccountEntry, Allocation, EntryKind
from fetlock.domain.invoices.models import Invoice

ZERO: Final = Decimal(0)
MONEY_CREDITS: Final = frozenset({EntryKind.PAYMENT, EntryKind.DEPOSIT, EntryKind.CREDIT})
"""Credit that stands for money received: it can be given back, and a debt it pays is paid."""
SPENDABLE: Final = MONEY_CREDITS | {EntryKind.CREDIT_NOTE}
"""Credit that pays debts, at the choice of staff."""


@dataclass(slots=True)
class Item:
    """An entry and how much of it is allocated, both above zero for `size` and `allocated`."""

    id: int
    account_id: int
    kind: EntryKind
    amount: Decimal
    invoice_id: int | None
    invoice_title: str
    site_id: int
    method: str
    reference: str
    at: datetime
    allocated: Decimal

    @property
    def is_debt(self) -> bool:
        """Whether the party owes it; otherwise it is credit."""
        return self.amount > ZERO

    @property
    def size(self) -> Decimal:
        """The amount without its sign."""
        return abs(self.amount)

    @property
    def open(self) -> Decimal:
        """How much of it is still to be paid, or to be used."""
        return self.size - self.allocated


def allocated_sum() -> Any:
    """SQL: how much of the entry in the outer query is allocated, as Money; it stands on one side alone."""
    debit, credit = (
        select(func.sum(Allocation.amount))
        .where(side == AccountEntry.id)
        .correlate(AccountEntry)
        .scalar_subquery()
        for side in (Allocation.debit_id, Allocation.credit_id)
    )
    mine = case((AccountEntry.amount > ZERO, debit), else_=credit)
    return type_coerce(func.coalesce(mine, 0), Money())


def open_sum() -> Any:
    """SQL: how much of the entry in the outer query is open, as Money."""
    return type_coerce(func.abs(AccountEntry.amount) - allocated_sum(), Money())


def items(session: Session, account_id: int, *, invoice_ids: Collection[int] | None = None) -> list[Item]:
    """The entries of an account, the oldest first; of some invoices alone where these are given."""
    statement = _items().where(AccountEntry.account_id == account_id)
    if invoice_ids is not None:
        statement = statement.where(AccountEntry.invoice_id.in_(invoice_ids))
    return [_item(row) for row in session.execute(statement)]


def open_items(session: Session, account_id: int) -> list[Item]:
    """The entries of which something is open, the oldest first."""
    statement = _items().where(AccountEntry.account_id == account_id, open_sum() > ZERO)
    return [_item(row) for row in session.execute(statement)]


def item(session: Session, account_id: int, entry_id: int) -> Item | None:
    """One entry of the account."""
    statement = _items().where(AccountEntry.account_id == account_id, AccountEntry.id == entry_id)
    row = session.execute(statement).one_or_none()
    return None if row is None else _item(row)


def spendable(found: Collection[Item]) -> list[Item]:
    """The credit among open items that may pay for something."""
    return [each for each in found if not each.is_debt and each.kind in SPENDABLE and each.open > ZERO]


def _items() -> Select[*tuple[Any, ...]]:
    return (
        select(AccountEntry, Invoice, allocated_sum())
        .outerjoin(Invoice, Invoice.id == AccountEntry.invoice_id)
        .order_by(AccountEntry.id)
    )


def _item(row: Row[*tuple[Any, ...]]) -> Item:
    entry, invoice, allocated = row
    return Item(
        id=entry.id,
        account_id=entry.account_id,
        kind=EntryKind(entry.kind),
        amount=entry.amount,
        invoice_id=entry.invoice_id,
        invoice_title=invoice.title if invoice else "",
        site_id=entry.site_id,
        method=entry.method,
        reference=entry.reference,
        at=entry.at,
        allocated=allocated,
    )
