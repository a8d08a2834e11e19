"""Without money: an invoice's balance goes on account, to an insurer, or is paid from credit (H-34, H-38)."""

import uuid
from decimal import Decimal
from typing import Any

from litestar import get, post

from fetlock.domain.accounts import parties
from fetlock.domain.accounts import views as accounts
from fetlock.domain.invoices import closing, on_account, views
from fetlock_hostapp.plugin import Desk, FormData, FromPath, Html, StaffRequest
from fetlock_hostapp.web.invoices import words
from fetlock_hostapp.web.invoices.dialogs import save_dialog, show_dialog
from fetlock_hostapp.web.invoices.money_pages import key_of
from fetlock_hostapp.web.invoices.showing import Outcome

ZERO = Decimal(0)
PERMISSION = "accounts.take_payment"
TEMPLATE = "invoices/_settle_dialog.html"


@get("/invoices/{invoice_id:int}/on-account", permission=PERMISSION, sync_to_thread=True)
def account_dialog(request: StaffRequest, invoice_id: FromPath[int]) -> Html:
    """Asks how much of the balance goes to the client's account."""
    return show_dialog(request, TEMPLATE, lambda desk: _context(desk, invoice_id, "on-account"))


@post("/invoices/{invoice_id:int}/on-account", permission=PERMISSION, sync_to_thread=True)
def move_to_account(request: StaffRequest, invoice_id: FromPath[int], data: FormData) -> Html:
    """Move it to the client's account; "close" closes the invoice with it."""

    def command(desk: Desk) -> Outcome:
        amount = _amount(desk, invoice_id, data)
        on_account.move_to_account(
            desk.work, invoice_id, amount, reference=data.text("reference"), key=key_of(data)
        )
        said = f"{abs(amount):.2f} moved to the client’s account."
        return _closed(desk, invoice_id, data, said)

    return _save(request, invoice_id, data, command, "on-account")


@get("/invoices/{invoice_id:int}/insurer-owes", permission=PERMISSION, sync_to_thread=True)
def insurer_dialog(request: StaffRequest, invoice_id: FromPath[int]) -> Html:
    """Asks which insurer owes how much, and its reference."""
    return show_dialog(request, TEMPLATE, lambda desk: _context(desk, invoice_id, "insurer-owes"))


@post("/invoices/{invoice_id:int}/insurer-owes", permission=PERMISSION, sync_to_thread=True)
def move_to_insurer(request: StaffRequest, invoice_id: FromPath[int], data: FormData) -> Html:
    """Move it to the insurer's account."""

    def command(desk: Desk) -> Outcome:
        amount = _amount(desk, invoice_id, data)
        insurer_id = data.integer("insurer", "The insurer")
        on_account.move_to_insurer(
            desk.work, invoice_id, insurer_id, amount, reference=data.text("reference"), key=key_of(data)
        )
        name = parties.insurer(desk.session, insurer_id).name
        verb = "owes" if amount > ZERO else "owes less by"
        return _closed(desk, invoice_id, data, f"{name} {verb} {abs(amount):.2f}.")

    return _save(request, invoice_id, data, command, "insurer-owes")


@get("/invoices/{invoice_id:int}/use-credit", permission=PERMISSION, sync_to_thread=True)
def credit_dialog(request: StaffRequest, invoice_id: FromPath[int]) -> Html:
    """Asks how much is paid from the client's credit."""
    return show_dialog(request, TEMPLATE, lambda desk: _context(desk, invoice_id, "use-credit"))


@post("/invoices/{invoice_id:int}/use-credit", permission=PERMISSION, sync_to_thread=True)
def use_credit(request: StaffRequest, invoice_id: FromPath[int], data: FormData) -> Html:
    """Pay from the client's credit."""

    def command(desk: Desk) -> Outcome:
        amount = data.decimal("amount", "Amount")
        on_account.use_credit(desk.work, invoice_id, amount, key=key_of(data))
        return _closed(desk, invoice_id, data, f"{amount:.2f} paid from credit.")

    return _save(request, invoice_id, data, command, "use-credit")


def _amount(desk: Desk, invoice_id: int, data: FormData) -> Decimal:
    """What is typed has no sign: it goes the way of the balance."""
    amount = data.decimal("amount", "Amount")
    view = views.get(desk.session, desk.site.id, invoice_id)
    return -amount if view.balance < ZERO else amount


def _closed(desk: Desk, invoice_id: int, data: FormData, said: str) -> Outcome:
    if data.text("then") != "close":
        return Outcome(said=said)
    closing.close(desk.work, invoice_id)
    return Outcome(said=f"{said[:-1]}, invoice closed.")


def _save(request: StaffRequest, invoice_id: int, data: FormData, command: Any, way: str) -> Html:
    return save_dialog(
        request, invoice_id, data, command, TEMPLATE, lambda desk: _context(desk, invoice_id, way)
    )


def _context(desk: Desk, invoice_id: int, way: str) -> dict[str, Any]:
    view = views.get(desk.session, desk.site.id, invoice_id)
    credit = ZERO
    if way == "use-credit":
        credit = accounts.credit_of(desk.session, view.client_id, view.currency)
    return {
        "view": view,
        "way": way,
        "words": words,
        "credit": credit,
        "insurers": parties.insurers(desk.session) if way == "insurer-owes" else [],
        "may_close": desk.may("invoices.close") and not view.incomplete,
        "key": str(uuid.uuid4()),
    }


HANDLERS = [
    account_dialog,
    move_to_account,
    insurer_dialog,
    move_to_insurer,
    credit_dialog,
    use_credit,
]
