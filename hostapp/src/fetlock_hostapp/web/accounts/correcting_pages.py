"""What is done to one entry, or given for goodwill: each with its reason, which is audited."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from litestar import get, post

from fetlock.domain.accounts import correcting, entry_views, paying, views
from fetlock.domain.accounts.entry_views import EntryView
from fetlock.domain.accounts.models import AccountEntry
from fetlock.errors import FetlockError, NotFound
from fetlock_hostapp.plugin import (
    Desk,
    Form,
    FormData,
    FromPath,
    Html,
    StaffRequest,
    reading,
    status_of,
    writing,
)
from fetlock_hostapp.web.accounts import words
from fetlock_hostapp.web.accounts.filtering import kind_of
from fetlock_hostapp.web.invoices.money_pages import key_of

Command = Callable[[Desk, int, int, Form], str]


@dataclass(frozen=True, slots=True)
class Deed:
    """What may be done to an entry: its words on the page, and the command."""

    title: str
    text: str
    button: str
    command: Command
    asks_amount: bool = True
    asks_method: bool = False


def _refund(desk: Desk, account_id: int, entry_id: int, data: Form) -> str:
    amount = data.decimal("amount", "Amount")
    method = data.text("method")
    paying.refund(
        desk.work, account_id, entry_id, amount, method, reason=data.text("reason"), key=key_of(data)
    )
    return f"{amount:.2f} given back by {words.method(method)}."


def _release(desk: Desk, account_id: int, entry_id: int, data: Form) -> str:
    freed = paying.release(desk.work, account_id, entry_id, reason=data.text("reason"))
    return f"{freed:.2f} is credit again; what it paid is due again."


def _write_off(desk: Desk, account_id: int, entry_id: int, data: Form) -> str:
    amount = data.decimal("amount", "Amount")
    correcting.write_off(
        desk.work, account_id, entry_id, amount, reason=data.text("reason"), key=key_of(data)
    )
    return f"{amount:.2f} written off."


def _bill(desk: Desk, account_id: int, entry_id: int, data: Form) -> str:
    amount = data.decimal("amount", "Amount")
    correcting.bill_client(
        desk.work, account_id, entry_id, amount, reason=data.text("reason"), key=key_of(data)
    )
    return f"{amount:.2f} is owed by the client now."


DEEDS: Final = {
    "refund": Deed(
        "Give money back",
        "At most what was paid and is not used for an invoice.",
        "Give back",
        _refund,
        asks_method=True,
    ),
    "release": Deed(
        "Take back from what it pays",
        "It becomes credit again, and what it paid is due again: for a payment that was shared out wrongly, "
        "or that the bank sent back.",
        "Take back",
        _release,
        asks_amount=False,
    ),
    "write-off": Deed(
        "Write off",
        "The debt is given up. Sales and tax stay as they are.",
        "Write off",
        _write_off,
    ),
    "bill-client": Deed(
        "Bill the client",
        "What the insurer does not pay is owed by the client, on their own account.",
        "Bill the client",
        _bill,
    ),
}


def _pair(deed: str, permission: str) -> list[Any]:
    """The page that asks, and the one that does: two routes with the permission of the deed."""
    path = f"/accounts/{{kinds:str}}/{{party_id:int}}/entries/{{entry_id:int}}/{deed}"
    name = deed.replace("-", "_")

    @get(path, permission=permission, sync_to_thread=True, name=f"account_ask_{name}")
    def ask(
        request: StaffRequest, kinds: FromPath[str], party_id: FromPath[int], entry_id: FromPath[int]
    ) -> Html:
        """Ask how much, and why."""
        with reading(request) as desk:
            return desk.page("accounts/entry.html", **_context(desk, kinds, party_id, entry_id, deed))

    @post(path, permission=permission, sync_to_thread=True, name=f"account_do_{name}")
    def do(
        request: StaffRequest,
        kinds: FromPath[str],
        party_id: FromPath[int],
        entry_id: FromPath[int],
        data: FormData,
    ) -> Html:
        """Do it; a repeat of the same form counts once."""

        def work(desk: Desk) -> Html:
            view = views.get(desk.session, desk.site, kind_of(kinds), party_id)
            _require_of(desk, view.account_id, entry_id)
            said = DEEDS[deed].command(desk, view.account_id or 0, entry_id, data)
            return desk.redirect(view.party.path, ok=said)

        def again(desk: Desk, error: FetlockError) -> Html:
            context = _context(desk, kinds, party_id, entry_id, deed) | {"typed": data, "errors": error}
            return desk.page("accounts/entry.html", status=status_of(error), **context)

        return writing(request, work, again)

    return [ask, do]


@get("/accounts/{kinds:str}/{party_id:int}/goodwill", permission="accounts.write_off", sync_to_thread=True)
def goodwill_page(request: StaffRequest, kinds: FromPath[str], party_id: FromPath[int]) -> Html:
    """Asks how much credit is given, and why."""
    _require_clients(kinds)
    with reading(request) as desk:
        return desk.page("accounts/goodwill.html", **_goodwill_context(desk, party_id))


@post("/accounts/{kinds:str}/{party_id:int}/goodwill", permission="accounts.write_off", sync_to_thread=True)
def give_credit(request: StaffRequest, kinds: FromPath[str], party_id: FromPath[int], data: FormData) -> Html:
    """Give credit that pays later invoices and is never given back in money."""
    _require_clients(kinds)

    def work(desk: Desk) -> Html:
        amount = data.decimal("amount", "Amount")
        correcting.give_credit(desk.work, party_id, amount, reason=data.text("reason"), key=key_of(data))
        return desk.redirect(f"accounts/clients/{party_id}", ok=f"{amount:.2f} of credit given.")

    def again(desk: Desk, error: FetlockError) -> Html:
        context = _goodwill_context(desk, party_id) | {"typed": data, "errors": error}
        return desk.page("accounts/goodwill.html", status=status_of(error), **context)

    return writing(request, work, again)


def _context(desk: Desk, kinds: str, party_id: int, entry_id: int, deed: str) -> dict[str, Any]:
    view = views.get(desk.session, desk.site, kind_of(kinds), party_id)
    _require_of(desk, view.account_id, entry_id)
    found = entry_views.one(desk.session, view.account_id or 0, entry_id)
    return {
        "view": view,
        "entry": found,
        "deed": DEEDS[deed],
        "path": f"{view.party.path}/entries/{entry_id}/{deed}",
        "most": _most(found, deed),
        "words": words,
        "key": str(uuid.uuid4()),
        "typed": Form(),
    }


def _most(entry: EntryView, deed: str) -> Decimal:
    return abs(entry.amount) - entry.open if deed == "release" else entry.open


def _goodwill_context(desk: Desk, party_id: int) -> dict[str, Any]:
    return {
        "view": views.get(desk.session, desk.site, "client", party_id),
        "words": words,
        "key": str(uuid.uuid4()),
        "typed": Form(),
    }


def _require_clients(kinds: str) -> None:
    if kind_of(kinds) != "client":
        raise NotFound("Goodwill is given to clients.")


def _require_of(desk: Desk, account_id: int | None, entry_id: int) -> None:
    entry = desk.session.get(AccountEntry, entry_id)
    if entry is None or account_id is None or entry.account_id != account_id:
        raise NotFound("There is no such entry on this account.")


HANDLERS = [
    *_pair("refund", "accounts.refund"),
    *_pair("release", "accounts.refund"),
    *_pair("write-off", "accounts.write_off"),
    *_pair("bill-client", "accounts.take_payment"),
    goodwill_page,
    give_credit,
]
