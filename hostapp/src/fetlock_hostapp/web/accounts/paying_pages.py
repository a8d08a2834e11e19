"""Taking one payment over several invoices, oldest first unless said otherwise; and taking money ahead."""

import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from litestar import get, post

from fetlock.domain.accounts import paying, views
from fetlock.domain.accounts.paying import Party, Shares
from fetlock.domain.invoices.models import Invoice
from fetlock.errors import FetlockError
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
from fetlock_hostapp.web.invoices.reading_lines import Faults

ZERO = Decimal(0)


@get("/accounts/{kinds:str}/{party_id:int}/payment", permission="accounts.take_payment", sync_to_thread=True)
def payment_page(request: StaffRequest, kinds: FromPath[str], party_id: FromPath[int]) -> Html:
    """What is due, each with the amount that is proposed to be paid now: all of it."""
    with reading(request) as desk:
        return desk.page("accounts/payment.html", **_payment_context(desk, kind_of(kinds), party_id))


@post("/accounts/{kinds:str}/{party_id:int}/payment", permission="accounts.take_payment", sync_to_thread=True)
def take_payment(
    request: StaffRequest, kinds: FromPath[str], party_id: FromPath[int], data: FormData
) -> Html:
    """Take the payment; a repeat of the same form counts once."""
    kind = kind_of(kinds)

    def work(desk: Desk) -> Html:
        wanted, amount = _typed(data)
        party = party_of(kind, party_id)
        path = views.party(desk.session, kind, party_id).path
        if data.text("method") == words.FROM_CREDIT:
            spent = paying.spend_credit(desk.work, party, wanted)
            return desk.redirect(path, ok=f"{spent:.2f} paid from credit.")
        paying.take_payment(
            desk.work,
            party,
            amount,
            data.text("method"),
            wanted,
            reference=data.text("reference"),
            key=key_of(data),
        )
        rest = amount - wanted.total
        kept = f" {rest:.2f} of it is credit." if rest else ""
        return desk.redirect(path, ok=f"{amount:.2f} taken by {words.method(data.text('method'))}.{kept}")

    def again(desk: Desk, error: FetlockError) -> Html:
        context = _payment_context(desk, kind, party_id) | {"typed": data, "errors": error}
        return desk.page("accounts/payment.html", status=status_of(error), **context)

    return writing(request, work, again)


@get("/accounts/{kinds:str}/{party_id:int}/deposit", permission="accounts.take_payment", sync_to_thread=True)
def deposit_page(request: StaffRequest, kinds: FromPath[str], party_id: FromPath[int]) -> Html:
    """Asks how much is paid ahead."""
    with reading(request) as desk:
        return desk.page("accounts/deposit.html", **_context(desk, kind_of(kinds), party_id))


@post("/accounts/{kinds:str}/{party_id:int}/deposit", permission="accounts.take_payment", sync_to_thread=True)
def take_deposit(
    request: StaffRequest, kinds: FromPath[str], party_id: FromPath[int], data: FormData
) -> Html:
    """Take money ahead; a repeat of the same form counts once."""
    kind = kind_of(kinds)

    def work(desk: Desk) -> Html:
        amount = data.decimal("amount", "Amount")
        paying.take_deposit(
            desk.work,
            party_of(kind, party_id),
            amount,
            data.text("method"),
            reference=data.text("reference"),
            key=key_of(data),
        )
        path = views.party(desk.session, kind, party_id).path
        return desk.redirect(path, ok=f"{amount:.2f} taken ahead by {words.method(data.text('method'))}.")

    def again(desk: Desk, error: FetlockError) -> Html:
        context = _context(desk, kind, party_id) | {"typed": data, "errors": error}
        return desk.page("accounts/deposit.html", status=status_of(error), **context)

    return writing(request, work, again)


def party_of(kind: str, party_id: int) -> Party:
    """The party that an address names, in the currency of the site."""
    return Party(client_id=party_id) if kind == "client" else Party(insurer_id=party_id)


def _typed(data: Form) -> tuple[Shares, Decimal]:
    """What is paid of each, empty fields left out, and the payment. Raises `Invalid` with all faults."""
    faults = Faults()
    found: dict[str, dict[int, Decimal]] = {"debt": {}, "invoice": {}}
    for name in data:
        word, _, number = name.partition("-")
        if word in found and number.isdecimal() and len(number) <= 18:
            amount = faults.read(lambda name=name: data.optional_decimal(name, "Amount"), None)  # type: ignore[misc]
            if amount:
                found[word][int(number)] = amount
    wanted = Shares(debts=found["debt"], invoices=found["invoice"])
    if data.text("method") == words.FROM_CREDIT:
        amount = wanted.total
    else:
        amount = faults.read(lambda: data.decimal("amount", "Amount"), ZERO)
    faults.require_none()
    return wanted, amount


def _payment_context(desk: Desk, kind: str, party_id: int) -> dict[str, Any]:
    context = _context(desk, kind, party_id)
    view = context["view"]
    invoices: Sequence[Invoice] = ()
    if kind == "client":
        invoices = views.open_invoices(desk.session, desk.site.id, party_id)
    due = view.due + sum((each.balance for each in invoices), ZERO)
    return context | {"invoices": invoices, "due": due}


def _context(desk: Desk, kind: str, party_id: int) -> dict[str, Any]:
    return {
        "view": views.get(desk.session, desk.site, kind, party_id),
        "words": words,
        "key": str(uuid.uuid4()),
        "typed": Form(),
    }


HANDLERS = [payment_page, take_payment, deposit_page, take_deposit]
