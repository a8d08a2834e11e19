"""One account as pages and the API show it: balance, credit, the age of its debts."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.domain.accounts import items, parties
from fetlock.domain.accounts.ageing import Ageing, ageing
from fetlock.domain.accounts.items import ZERO, Item
from fetlock.domain.accounts.models import Account, AccountEntry
from fetlock.domain.clients.models import Client
from fetlock.domain.invoices.models import Invoice, InvoiceState
from fetlock.domain.sites.models import Site
from fetlock.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyView:
    """Whose account it is. `kind`: "client" or "insurer"; `code`: a client's account number."""

    kind: str
    id: int
    name: str
    code: str

    @property
    def path(self) -> str:
        """The address of its account, below the site."""
        return f"accounts/{self.kind}s/{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """An account; `account_id` is None where nothing was ever put on it. `others`: (currency, balance)."""

    party: PartyView
    currency: str
    account_id: int | None
    balance: Decimal
    credit: Decimal
    ages: Ageing
    debts: tuple[Item, ...]
    others: tuple[tuple[str, Decimal], ...] = ()

    @property
    def due(self) -> Decimal:
        """What is open of its debts."""
        return self.ages.due


def party(session: Session, kind: str, party_id: int) -> PartyView:
    """A client or an insurer. Raises `NotFound`."""
    if kind == "client":
        client = session.get(Client, party_id)
        if client is None:
            raise NotFound("There is no such client.")
        return PartyView(kind=kind, id=client.id, name=client.name, code=client.account_number)
    found = parties.insurer(session, party_id)
    return PartyView(kind="insurer", id=found.id, name=found.name, code="")


def party_of(session: Session, account_id: int) -> PartyView:
    """Whose account this is. Raises `NotFound`."""
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound("There is no such account.")
    if account.client_id is not None:
        return party(session, "client", account.client_id)
    return party(session, "insurer", account.insurer_id or 0)


def get(session: Session, site: Site, kind: str, party_id: int) -> AccountView:
    """A party's account in the site's currency. Raises `NotFound` for an unknown party."""
    whose = party(session, kind, party_id)
    mine = Account.client_id if kind == "client" else Account.insurer_id
    totals = {
        row[1]: (row[0], row[2] or ZERO)
        for row in session.execute(
            select(Account.id, Account.currency, func.sum(AccountEntry.amount))
            .outerjoin(AccountEntry, AccountEntry.account_id == Account.id)
            .where(mine == party_id)
            .group_by(Account.id, Account.currency)
        )
    }
    account_id, balance = totals.pop(site.currency, (None, ZERO))
    found = [] if account_id is None else items.open_items(session, account_id)
    debts = [each for each in found if each.is_debt]
    today = clock.today(site.time_zone)
    return AccountView(
        party=whose,
        currency=site.currency,
        account_id=account_id,
        balance=balance,
        credit=sum((each.open for each in items.spendable(found)), ZERO),
        ages=ageing(((each.at, each.open) for each in debts), site.time_zone, today),
        debts=tuple(debts),
        others=tuple((code, amount) for code, (_, amount) in sorted(totals.items()) if amount),
    )


def balance_of(session: Session, client_id: int, currency: str) -> Decimal:
    """What a client owes on account; below zero they are in credit."""
    statement = (
        select(func.sum(AccountEntry.amount))
        .join(Account, Account.id == AccountEntry.account_id)
        .where(Account.client_id == client_id, Account.currency == currency)
    )
    return session.scalar(statement) or ZERO


def credit_of(session: Session, client_id: int, currency: str) -> Decimal:
    """What a client's credit could pay now. Two statements at most."""
    account = parties.find_account(session, currency, client_id=client_id)
    if account is None:
        return ZERO
    return sum((each.open for each in items.spendable(items.open_items(session, account.id))), ZERO)


def open_invoices(session: Session, site_id: int, client_id: int) -> list[Invoice]:
    """The client's invoices here that are open and have something to pay."""
    statement = select(Invoice).where(
        Invoice.client_id == client_id,
        Invoice.site_id == site_id,
        Invoice.state.in_((InvoiceState.OPEN.value, InvoiceState.REOPENED.value)),
        Invoice.gross > Invoice.paid,
    )
    return list(session.scalars(statement.order_by(Invoice.id)))
