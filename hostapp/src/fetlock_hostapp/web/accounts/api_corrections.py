"""What programs do to one entry of an account, or give for goodwill: each with its audited reason."""

from collections.abc import Callable

from litestar import post

from fetlock.domain.accounts import correcting, paying, views
from fetlock.domain.accounts.models import AccountEntry
from fetlock.errors import NotFound
from fetlock_hostapp.plugin import Desk, FromPath, JSONBody, StaffRequest, saving
from fetlock_hostapp.web.accounts.api_requests import GivenAmount, Refund, Why
from fetlock_hostapp.web.accounts.api_values import AccountAnswer
from fetlock_hostapp.web.accounts.filtering import kind_of

TAG = "Accounts"
ENTRY = "/accounts/{kinds:str}/{party_id:int}/entries/{entry_id:int}"


@post(f"{ENTRY}/refunds", permission="accounts.refund", sync_to_thread=True, tags=[TAG])
def refund(
    request: StaffRequest,
    kinds: FromPath[str],
    party_id: FromPath[int],
    entry_id: FromPath[int],
    data: JSONBody[Refund],
) -> AccountAnswer:
    """Give money back of a payment, deposit or returned invoice: at most what of it is not used."""
    return _doing(
        request,
        kinds,
        party_id,
        entry_id,
        lambda desk, account_id: paying.refund(
            desk.work, account_id, entry_id, data.amount, data.method, reason=data.reason, key=data.key
        ),
    )


@post(f"{ENTRY}/release", permission="accounts.refund", sync_to_thread=True, status_code=200, tags=[TAG])
def release(
    request: StaffRequest,
    kinds: FromPath[str],
    party_id: FromPath[int],
    entry_id: FromPath[int],
    data: JSONBody[Why],
) -> AccountAnswer:
    """Take a payment back from the debts that it pays; it is credit again."""
    return _doing(
        request,
        kinds,
        party_id,
        entry_id,
        lambda desk, account_id: paying.release(desk.work, account_id, entry_id, reason=data.reason),
    )


@post(f"{ENTRY}/write-offs", permission="accounts.write_off", sync_to_thread=True, tags=[TAG])
def write_off(
    request: StaffRequest,
    kinds: FromPath[str],
    party_id: FromPath[int],
    entry_id: FromPath[int],
    data: JSONBody[GivenAmount],
) -> AccountAnswer:
    """Give a debt up, or a part of it."""
    return _doing(
        request,
        kinds,
        party_id,
        entry_id,
        lambda desk, account_id: correcting.write_off(
            desk.work, account_id, entry_id, data.amount, reason=data.reason, key=data.key
        ),
    )


@post(f"{ENTRY}/client-bills", permission="accounts.take_payment", sync_to_thread=True, tags=[TAG])
def bill_client(
    request: StaffRequest,
    kinds: FromPath[str],
    party_id: FromPath[int],
    entry_id: FromPath[int],
    data: JSONBody[GivenAmount],
) -> AccountAnswer:
    """What an insurer does not pay of a receivable is owed by the client."""
    return _doing(
        request,
        kinds,
        party_id,
        entry_id,
        lambda desk, account_id: correcting.bill_client(
            desk.work, account_id, entry_id, data.amount, reason=data.reason, key=data.key
        ),
    )


@post(
    "/accounts/{kinds:str}/{party_id:int}/credit-notes",
    permission="accounts.write_off",
    sync_to_thread=True,
    tags=[TAG],
)
def give_credit(
    request: StaffRequest, kinds: FromPath[str], party_id: FromPath[int], data: JSONBody[GivenAmount]
) -> AccountAnswer:
    """Goodwill for a client: it pays later invoices and is never given back in money."""
    if kind_of(kinds) != "client":
        raise NotFound("Goodwill is given to clients.")
    return saving(
        request,
        lambda desk: correcting.give_credit(
            desk.work, party_id, data.amount, reason=data.reason, key=data.key
        ),
        lambda desk, _: AccountAnswer.of(views.get(desk.session, desk.site, "client", party_id)),
    )


def _doing(
    request: StaffRequest,
    kinds: str,
    party_id: int,
    entry_id: int,
    command: Callable[[Desk, int], object],
) -> AccountAnswer:
    """Run a command on an entry of this party's account, commit, and answer with the account."""
    kind = kind_of(kinds)

    def work(desk: Desk) -> None:
        view = views.get(desk.session, desk.site, kind, party_id)
        entry = desk.session.get(AccountEntry, entry_id)
        if entry is None or view.account_id is None or entry.account_id != view.account_id:
            raise NotFound("There is no such entry on this account.")
        command(desk, view.account_id)

    return saving(
        request,
        work,
        lambda desk, _: AccountAnswer.of(views.get(desk.session, desk.site, kind, party_id)),
    )


HANDLERS = [refund, release, write_off, bill_client, give_credit]
