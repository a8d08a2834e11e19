"""Accounts as a list: filtered, sorted, summed, in pages; only those of the site's currency (H-38)."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.domain.accounts import items
from fetlock.domain.accounts.ageing import Ageing, ageing
from fetlock.domain.accounts.items import ZERO
from fetlock.domain.accounts.models import Account, AccountEntry, Insurer
from fetlock.domain.clients.models import Client
from fetlock.domain.sites.models import Site

PAGE: Final = 50


class Which(StrEnum):
    """The filter by balance: it is not zero, the party owes, or it is owed to the party; or any account."""

    BALANCE = ""
    OWING = "owing"
    CREDIT = "credit"
    ALL = "all"


class Sort(StrEnum):
    """The orders of the list."""

    BALANCE = "balance"
    NAME = "name"
    LAST = "last"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What is listed. `kind`: "", "client" or "insurer"; `text`: words of the name, or an account number."""

    which: Which = Which.BALANCE
    kind: str = ""
    text: str = ""
    sort: Sort = Sort.BALANCE
    descending: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An account in the list."""

    account_id: int
    kind: str
    party_id: int
    name: str
    code: str
    balance: Decimal
    ages: Ageing
    last_at: datetime

    @property
    def path(self) -> str:
        """The address of the account, below the site."""
        return f"accounts/{self.kind}s/{self.party_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """How many accounts the filter finds; what they owe, and what is owed to them (both above zero)."""

    count: int
    owing: Decimal
    credit: Decimal


def page(session: Session, site: Site, wanted: Filter, number: int = 1) -> tuple[list[Row], Sums]:
    """One page of the list with the sums over all pages. Three queries."""
    rows = _rows(session, site, wanted, limit=PAGE, offset=(max(number, 1) - 1) * PAGE)
    return rows, _sums(session, site, wanted)


def _sums(session: Session, site: Site, wanted: Filter) -> Sums:
    totals = _totals(site, wanted).subquery()
    owing, credit = totals.c.balance > ZERO, totals.c.balance < ZERO
    count, owed, due = session.execute(
        select(
            func.count(),
            func.sum(totals.c.balance).filter(owing),
            func.sum(totals.c.balance).filter(credit),
        ).select_from(totals)
    ).one()
    return Sums(count=count, owing=owed or ZERO, credit=-(due or ZERO))


def after(
    session: Session, site: Site, wanted: Filter, last_id: int | None, limit: int
) -> tuple[list[Row], Sums]:
    """At most `limit` accounts by their ids, after `last_id`, with the sums over all of them."""
    conditions = [] if last_id is None else [Account.id > last_id]
    return _rows(session, site, wanted, limit=limit, offset=0, by_id=True, more=conditions), _sums(
        session, site, wanted
    )


def every(session: Session, site: Site, wanted: Filter) -> Iterator[Row]:
    """All that the filter finds, page after page, for an export."""
    offset = 0
    while rows := _rows(session, site, wanted, limit=500, offset=offset):
        yield from rows
        offset += 500


def _totals(site: Site, wanted: Filter) -> Select[*tuple[Any, ...]]:
    balance = func.sum(AccountEntry.amount)
    statement = (
        select(
            Account.id.label("account_id"),
            Account.client_id.label("client_id"),
            Account.insurer_id.label("insurer_id"),
            balance.label("balance"),
            func.max(AccountEntry.at).label("last_at"),
        )
        .join(AccountEntry, AccountEntry.account_id == Account.id)
        .outerjoin(Client, Client.id == Account.client_id)
        .outerjoin(Insurer, Insurer.id == Account.insurer_id)
        .where(Account.currency == site.currency, *_conditions(wanted))
        .group_by(Account.id, Account.client_id, Account.insurer_id)
    )
    if wanted.which is Which.OWING:
        return statement.having(balance > ZERO)
    if wanted.which is Which.CREDIT:
        return statement.having(balance < ZERO)
    return statement.having(balance != ZERO) if wanted.which is Which.BALANCE else statement


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.kind == "client":
        found.append(Account.client_id.is_not(None))
    elif wanted.kind == "insurer":
        found.append(Account.insurer_id.is_not(None))
    for word in wanted.text.split()[:6]:
        found.append(  # noqa: PERF401  # as a list it would be longer, not clearer
            or_(
                Client.first_name.icontains(word, autoescape=True),
                Client.last_name.icontains(word, autoescape=True),
                func.lower(Client.account_number) == word.lower(),
                Insurer.name.icontains(word, autoescape=True),
            )
        )
    return found


def _rows(
    session: Session,
    site: Site,
    wanted: Filter,
    *,
    limit: int,
    offset: int,
    by_id: bool = False,
    more: Sequence[ColumnElement[bool]] = (),
) -> list[Row]:
    totals = _totals(site, wanted).where(*more).subquery()
    name = func.lower(func.coalesce(Client.last_name + " " + Client.first_name, Insurer.name))
    order: Any = {
        Sort.BALANCE: totals.c.balance,
        Sort.NAME: name,
        Sort.LAST: totals.c.last_at,
    }[wanted.sort]
    found = session.execute(
        select(totals, Client, Insurer)
        .outerjoin(Client, Client.id == totals.c.client_id)
        .outerjoin(Insurer, Insurer.id == totals.c.insurer_id)
        .order_by(*(() if by_id else (order.desc() if wanted.descending else order,)), totals.c.account_id)
        .limit(limit)
        .offset(offset)
    ).all()
    ages = _ages(session, site, [row.account_id for row in found])
    return [_row(row, ages[row.account_id]) for row in found]


def _row(row: Any, ages: Ageing) -> Row:
    client, insurer = row.Client, row.Insurer
    party = client or insurer
    return Row(
        account_id=row.account_id,
        kind="client" if client else "insurer",
        party_id=party.id,
        name=party.name,
        code=client.account_number if client else "",
        balance=row.balance,
        ages=ages,
        last_at=row.last_at,
    )


def _ages(session: Session, site: Site, account_ids: list[int]) -> dict[int, Ageing]:
    open_debts: dict[int, list[tuple[datetime, Decimal]]] = defaultdict(list)
    if account_ids:
        rows = session.execute(
            select(AccountEntry.account_id, AccountEntry.at, items.open_sum()).where(
                AccountEntry.account_id.in_(account_ids),
                AccountEntry.amount > ZERO,
                items.open_sum() > ZERO,
            )
        )
        for account_id, at, amount in rows:
            open_debts[account_id].append((at, amount))
    today = clock.today(site.time_zone)
    return {key: ageing(open_debts[key], site.time_zone, today) for key in account_ids}
