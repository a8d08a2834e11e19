"""The entries of an account as they are shown: with the balance after each, and what it is set against."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, aliased

from fetlock import clock
from fetlock.domain.accounts import items
from fetlock.domain.accounts.items import MONEY_CREDITS, ZERO
from fetlock.domain.accounts.models import AccountEntry, Against, Allocation, EntryKind
from fetlock.domain.clients.models import Client
from fetlock.domain.invoices.models import Invoice
from fetlock.domain.sites.models import Site
from fetlock.domain.staff.models import Staff
from fetlock.errors import NotFound

PAGE: Final = 50


class Which(StrEnum):
    """The filter of an account's entries; `OPEN`: a debt not paid, or credit not used."""

    ALL = ""
    OPEN = "open"
    INVOICES = "invoices"
    MONEY = "money"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which entries; `first` and `last` are days in the site's zone, both included."""

    which: Which = Which.ALL
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """An entry. `balance`: the account's after it; `open`: what of it is not paid, or not used.

    `set_against`: ids of the entries on the other side with what of each it pays, or is paid by.
    """

    id: int
    kind: EntryKind
    amount: Decimal
    balance: Decimal
    open: Decimal
    invoice_id: int | None
    invoice_title: str
    invoice_site_id: int | None
    client_name: str
    site_id: int
    site_name: str
    method: str
    reference: str
    reason: str
    at: datetime
    staff_name: str
    set_against: tuple[tuple[int, str, Decimal], ...] = ()

    @property
    def is_debt(self) -> bool:
        """Whether the party owes it."""
        return self.amount > ZERO

    @property
    def refundable(self) -> bool:
        """Whether something of it may be given back in money."""
        return not self.is_debt and self.kind in MONEY_CREDITS and self.open > ZERO


def entries(
    session: Session, site: Site, account_id: int, wanted: Filter, number: int = 1
) -> tuple[list[EntryView], int]:
    """A page of an account's entries, the newest first, and how many there are on all pages."""
    conditions = _conditions(site, wanted)
    found = select_entries(account_id, conditions)
    count = session.scalar(select(func.count()).where(AccountEntry.account_id == account_id, *conditions))
    rows = session.execute(
        found.order_by(AccountEntry.id.desc()).limit(PAGE).offset((max(number, 1) - 1) * PAGE)
    ).all()
    return shown(session, rows), count or 0


def before(
    session: Session, site: Site, account_id: int, wanted: Filter, last_id: int | None, limit: int
) -> list[EntryView]:
    """At most `limit` entries of an account, the newest first, older than `last_id`."""
    conditions = _conditions(site, wanted)
    if last_id is not None:
        conditions.append(AccountEntry.id < last_id)
    found = select_entries(account_id, conditions).order_by(AccountEntry.id.desc()).limit(limit)
    return shown(session, session.execute(found).all())


def select_entries(account_id: int, conditions: Sequence[ColumnElement[bool]]) -> Any:
    """Entries of an account with what each is shown with."""
    return (
        select(
            AccountEntry,
            items.allocated_sum(),
            Invoice,
            Client,
            Site,
            Staff,
        )
        .join(Site, Site.id == AccountEntry.site_id)
        .outerjoin(Invoice, Invoice.id == AccountEntry.invoice_id)
        .outerjoin(Client, Client.id == Invoice.client_id)
        .outerjoin(Staff, Staff.id == AccountEntry.staff_id)
        .where(AccountEntry.account_id == account_id, *conditions)
    )


def shown(session: Session, rows: Sequence[Any]) -> list[EntryView]:
    """Rows of `select_entries` as they are shown, with the account's balance after each."""
    against = _set_against(session, [row[0].id for row in rows])
    balances = _balances(session, [row[0] for row in rows])
    return [
        EntryView(
            id=entry.id,
            kind=EntryKind(entry.kind),
            amount=entry.amount,
            balance=balances[entry.id],
            open=abs(entry.amount) - allocated,
            invoice_id=entry.invoice_id,
            invoice_title=invoice.title if invoice else "",
            invoice_site_id=invoice.site_id if invoice else None,
            client_name=client.name if client else "",
            site_id=entry.site_id,
            site_name=site.name,
            method=entry.method,
            reference=entry.reference,
            reason=entry.reason,
            at=entry.at,
            staff_name=person.full_name if person else "Fetlock",
            set_against=tuple(against[entry.id]),
        )
        for entry, allocated, invoice, client, site, person in rows
    ]


def day_conditions(site: Site, first: date | None, last: date | None) -> list[ColumnElement[bool]]:
    """SQL: entries of these days at the site, both included."""
    found: list[ColumnElement[bool]] = []
    if first is not None:
        found.append(AccountEntry.at >= clock.start_of(first, site.time_zone))
    if last is not None:
        found.append(AccountEntry.at < clock.start_of(clock.day_after(last), site.time_zone))
    return found


def _conditions(site: Site, wanted: Filter) -> list[ColumnElement[bool]]:
    found = day_conditions(site, wanted.first, wanted.last)
    if wanted.which is Which.OPEN:
        found.append(items.open_sum() > ZERO)
    elif wanted.which is Which.INVOICES:
        found.append(AccountEntry.against == Against.INVOICE.value)
    elif wanted.which is Which.MONEY:
        found.append(AccountEntry.against == Against.MONEY.value)
    elif wanted.which is Which.OTHER:
        found.append(AccountEntry.against.in_((Against.LOSS.value, Against.ACCOUNT.value)))
    return found


def _balances(session: Session, found: Sequence[AccountEntry]) -> dict[int, Decimal]:
    """The balance after each of these entries of one account, whatever others stand between them.

    One sum of all before, and the amounts from the oldest to the newest: no window over the whole account.
    """
    if not found:
        return {}
    keys = [entry.id for entry in found]
    of_account = AccountEntry.account_id == found[0].account_id
    before_all = select(func.sum(AccountEntry.amount)).where(of_account, AccountEntry.id < min(keys))
    balance = session.scalar(before_all) or ZERO
    balances = {}
    between = AccountEntry.id.between(min(keys), max(keys))
    for key, amount in session.execute(
        select(AccountEntry.id, AccountEntry.amount).where(of_account, between).order_by(AccountEntry.id)
    ):
        balance += amount
        balances[key] = balance
    return balances


def _set_against(session: Session, entry_ids: list[int]) -> dict[int, list[tuple[int, str, Decimal]]]:
    """For entries: the other sides, with a name and the net amount."""
    found: dict[int, list[tuple[int, str, Decimal]]] = defaultdict(list)
    if not entry_ids:
        return found
    credit, debit = aliased(AccountEntry), aliased(AccountEntry)
    net = func.sum(Allocation.amount)
    rows = session.execute(
        select(
            Allocation.credit_id,
            credit.kind,
            Allocation.debit_id,
            debit.kind,
            Invoice.id,
            Invoice.reference,
            net,
        )
        .join(credit, credit.id == Allocation.credit_id)
        .join(debit, debit.id == Allocation.debit_id)
        .outerjoin(Invoice, Invoice.id == debit.invoice_id)
        .where(or_(Allocation.credit_id.in_(entry_ids), Allocation.debit_id.in_(entry_ids)))
        .group_by(
            Allocation.credit_id, credit.kind, Allocation.debit_id, debit.kind, Invoice.id, Invoice.reference
        )
        .having(net > ZERO)
        .order_by(Allocation.credit_id, Allocation.debit_id)
    )
    for credit_id, credit_kind, debit_id, debit_kind, invoice_id, reference, amount in rows:
        title = reference or (f"Draft {invoice_id}" if invoice_id else debit_kind)
        found[credit_id].append((debit_id, title, amount))
        found[debit_id].append((credit_id, credit_kind, amount))
    return found


def one(session: Session, account_id: int, entry_id: int) -> EntryView:
    """One entry of an account. Raises `NotFound`."""
    rows = session.execute(select_entries(account_id, [AccountEntry.id == entry_id])).all()
    if not rows:
        raise NotFound("There is no such entry on this account.")
    return shown(session, rows)[0]
