"""Accounts for programs: balances, entries, statements, payments over several invoices (H-38)."""

from datetime import date
from typing import Annotated, Literal

from litestar import get, post
from litestar.params import QueryParameter

from fetlock.domain.accounts import entry_views, listing, parties, paying, statements, views
from fetlock_hostapp.plugin import (
    Cursor,
    Desk,
    FromPath,
    FromQuery,
    JSONBody,
    Limit,
    StaffRequest,
    position,
    reading,
    saving,
)
from fetlock_hostapp.web.accounts import api_corrections, api_settling
from fetlock_hostapp.web.accounts.api_requests import AccountPayment, Deposit, NewInsurer, SharedOut
from fetlock_hostapp.web.accounts.api_values import (
    AccountAnswer,
    AccountList,
    EntryAnswer,
    EntryList,
    InsurerAnswer,
    ListedAccount,
    StatementAnswer,
)
from fetlock_hostapp.web.accounts.filtering import kind_of
from fetlock_hostapp.web.accounts.paying_pages import party_of
from fetlock_hostapp.web.kernel.paging import WholeKey

TAG = "Accounts"
ACCOUNT = "/accounts/{kinds:str}/{party_id:int}"
Text = Annotated[str, QueryParameter(max_length=200)]


@get("/accounts", permission="accounts.view", sync_to_thread=True, tags=[TAG])
def list_accounts(
    request: StaffRequest,
    which: Annotated[
        listing.Which, QueryParameter(description="By balance: not zero unless said otherwise")
    ] = listing.Which.BALANCE,
    kind: FromQuery[Literal["", "client", "insurer"]] = "",
    q: Text = "",
    limit: Limit = 50,
    cursor: Cursor = "",
) -> AccountList:
    """Accounts in the site's currency, in the order in which they were begun."""
    wanted = listing.Filter(which=which, kind=kind, text=q)
    (last_id,) = position(cursor, tuple[WholeKey]) or (None,)
    with reading(request) as desk:
        rows, sums = listing.after(desk.session, desk.site, wanted, last_id, limit + 1)
        return AccountList.of(
            request,
            rows,
            limit,
            ListedAccount.of,
            lambda row: (row.account_id,),
            count=sums.count,
            owing=sums.owing,
            owed=sums.credit,
        )


@get("/insurers", permission="accounts.view", sync_to_thread=True, tags=[TAG])
def list_insurers(request: StaffRequest) -> list[InsurerAnswer]:
    """Insurers that a debt may be moved to, by name."""
    with reading(request) as desk:
        return [InsurerAnswer.of(each) for each in parties.insurers(desk.session)]


@post("/insurers", permission="accounts.take_payment", sync_to_thread=True, tags=[TAG])
def add_insurer(request: StaffRequest, data: JSONBody[NewInsurer]) -> InsurerAnswer:
    """Add an insurer by name."""
    return saving(
        request,
        lambda desk: parties.keep_insurer(desk.work, data.name).id,
        lambda desk, key: InsurerAnswer.of(parties.insurer(desk.session, key)),
    )


@get(ACCOUNT, permission="accounts.view", sync_to_thread=True, tags=[TAG])
def one_account(request: StaffRequest, kinds: FromPath[str], party_id: FromPath[int]) -> AccountAnswer:
    """The account of a client (`clients`) or an insurer (`insurers`): balance, credit, open debts by age."""
    with reading(request) as desk:
        return AccountAnswer.of(views.get(desk.session, desk.site, kind_of(kinds), party_id))


@get(f"{ACCOUNT}/entries", permission="accounts.view", sync_to_thread=True, tags=[TAG])
def account_entries(
    request: StaffRequest,
    kinds: FromPath[str],
    party_id: FromPath[int],
    which: FromQuery[entry_views.Which] = entry_views.Which.ALL,
    first: Annotated[date | None, QueryParameter(description="On this day or later")] = None,
    last: Annotated[date | None, QueryParameter(description="On this day or earlier")] = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> EntryList:
    """The entries of an account, the newest first."""
    (last_id,) = position(cursor, tuple[WholeKey]) or (None,)
    wanted = entry_views.Filter(which=which, first=first, last=last)
    with reading(request) as desk:
        view = views.get(desk.session, desk.site, kind_of(kinds), party_id)
        rows: list[entry_views.EntryView] = []
        if view.account_id is not None:
            rows = entry_views.before(desk.session, desk.site, view.account_id, wanted, last_id, limit + 1)
        return EntryList.of(request, rows, limit, EntryAnswer.of, lambda row: (row.id,))


@get(f"{ACCOUNT}/statement", permission="accounts.view", sync_to_thread=True, tags=[TAG])
def account_statement(
    request: StaffRequest,
    kinds: FromPath[str],
    party_id: FromPath[int],
    first: Annotated[date, QueryParameter(description="The first day")],
    last: Annotated[date, QueryParameter(description="The last day, included")],
) -> StatementAnswer:
    """The statement of a period: opening balance, entries, closing balance.

    A period that ends before it begins holds no entries.
    """
    with reading(request) as desk:
        found = statements.statement(desk.session, desk.site, kind_of(kinds), party_id, first, last)
        return StatementAnswer.of(found)


@post(f"{ACCOUNT}/payments", permission="accounts.take_payment", sync_to_thread=True, tags=[TAG])
def take_payment(
    request: StaffRequest, kinds: FromPath[str], party_id: FromPath[int], data: JSONBody[AccountPayment]
) -> AccountAnswer:
    """Take one payment for several invoices; send a key of your own, and a repeat counts once."""
    kind = kind_of(kinds)

    def work(desk: Desk) -> None:
        paying.take_payment(
            desk.work,
            party_of(kind, party_id),
            data.amount,
            data.method,
            data.shares(),
            reference=data.reference,
            key=data.key,
        )

    return saving(request, work, lambda desk, _: _shown(desk, kind, party_id))


@post(f"{ACCOUNT}/credit-uses", permission="accounts.take_payment", sync_to_thread=True, tags=[TAG])
def spend_credit(
    request: StaffRequest, kinds: FromPath[str], party_id: FromPath[int], data: JSONBody[SharedOut]
) -> AccountAnswer:
    """Pay debts and open invoices from credit, the oldest of it first."""
    kind = kind_of(kinds)
    return saving(
        request,
        lambda desk: paying.spend_credit(desk.work, party_of(kind, party_id), data.shares()),
        lambda desk, _: _shown(desk, kind, party_id),
    )


@post(f"{ACCOUNT}/deposits", permission="accounts.take_payment", sync_to_thread=True, tags=[TAG])
def take_deposit(
    request: StaffRequest, kinds: FromPath[str], party_id: FromPath[int], data: JSONBody[Deposit]
) -> AccountAnswer:
    """Take money ahead; send a key of your own, and a repeat counts once."""
    kind = kind_of(kinds)

    def work(desk: Desk) -> None:
        paying.take_deposit(
            desk.work,
            party_of(kind, party_id),
            data.amount,
            data.method,
            reference=data.reference,
            key=data.key,
        )

    return saving(request, work, lambda desk, _: _shown(desk, kind, party_id))


def _shown(desk: Desk, kind: str, party_id: int) -> AccountAnswer:
    return AccountAnswer.of(views.get(desk.session, desk.site, kind, party_id))


HANDLERS = [
    list_accounts,
    list_insurers,
    add_insurer,
    one_account,
    account_entries,
    account_statement,
    take_payment,
    spend_credit,
    take_deposit,
    *api_corrections.HANDLERS,
    *api_settling.HANDLERS,
]
