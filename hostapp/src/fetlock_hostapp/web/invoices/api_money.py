"""Invoices for programs: payments, closing, reopening, returning, voiding, pricing afresh."""

from collections.abc import Callable

from litestar import post

from fetlock.domain.invoices import closing, lines, opening, payments, views
from fetlock.domain.invoices.models import Invoice
from fetlock.errors import Invalid, NotFound
from fetlock_hostapp.plugin import Desk, FromPath, JSONBody, StaffRequest, require_seen, saving
from fetlock_hostapp.web.invoices.answering import line_of
from fetlock_hostapp.web.invoices.api_requests import CloseWanted, PaymentTaken, ReasonGiven, ReturnWanted
from fetlock_hostapp.web.invoices.api_values import InvoiceAnswer

TAG = "Invoices"
ZERO = payments.ZERO


@post(
    "/invoices/{invoice_id:int}/payments",
    permission="invoices.take_payment",
    sync_to_thread=True,
    conditional=True,
    tags=[TAG],
)
def take_payment(
    request: StaffRequest, invoice_id: FromPath[int], data: JSONBody[PaymentTaken]
) -> InvoiceAnswer:
    """Take a payment; send a key of your own, and a repeat counts once."""
    return _doing(
        request,
        invoice_id,
        lambda desk: payments.take_payment(
            desk.work,
            invoice_id,
            data.amount,
            data.method,
            key=data.key,
            note=data.note,
            close=data.close,
        ),
    )


@post(
    "/invoices/{invoice_id:int}/close",
    permission="invoices.close",
    sync_to_thread=True,
    status_code=200,
    conditional=True,
    tags=[TAG],
)
def close(request: StaffRequest, invoice_id: FromPath[int], data: JSONBody[CloseWanted]) -> InvoiceAnswer:
    """Close an invoice with nothing left to pay. 409 with the reasons where something stands against it."""

    def command(desk: Desk) -> Invoice:
        if data.how == "cash":
            return payments.take_payment(desk.work, invoice_id, ZERO, "cash")
        return closing.close(desk.work, invoice_id, override_reason=data.override_reason)

    return _doing(request, invoice_id, command)


@post(
    "/invoices/{invoice_id:int}/reopen",
    permission="invoices.reopen",
    sync_to_thread=True,
    status_code=200,
    conditional=True,
    tags=[TAG],
)
def reopen(request: StaffRequest, invoice_id: FromPath[int], data: JSONBody[ReasonGiven]) -> InvoiceAnswer:
    """Open a closed invoice again; it keeps its number."""
    return _doing(request, invoice_id, lambda desk: closing.reopen(desk.work, invoice_id, reason=data.reason))


@post(
    "/invoices/{invoice_id:int}/returns",
    permission="invoices.return",
    sync_to_thread=True,
    conditional=True,
    tags=[TAG],
)
def return_lines(
    request: StaffRequest, invoice_id: FromPath[int], data: JSONBody[ReturnWanted]
) -> InvoiceAnswer:
    """Return quantities of closed lines; answers the client's open invoice, on which they stand."""

    def command(desk: Desk) -> Invoice:
        opening.get(desk.session, desk.site.id, invoice_id)
        made: Invoice | None = None
        for place, item in enumerate(data.lines):
            line = line_of(desk, invoice_id, item.line_id)
            try:
                made = lines.return_line(desk.work, line.id, item.quantity, reason=data.reason).invoice
            except Invalid as error:
                raise Invalid({f"lines.{place}.{k}": text for k, text in error.fields.items()}) from error
        if made is None:
            raise NotFound("There is nothing to return.")
        return made

    return _doing(request, invoice_id, command)


@post(
    "/invoices/{invoice_id:int}/void",
    permission="invoices.void",
    sync_to_thread=True,
    status_code=200,
    conditional=True,
    tags=[TAG],
)
def void(request: StaffRequest, invoice_id: FromPath[int], data: JSONBody[ReasonGiven]) -> InvoiceAnswer:
    """Void an invoice on which nothing is paid."""
    return _doing(request, invoice_id, lambda desk: closing.void(desk.work, invoice_id, reason=data.reason))


@post(
    "/invoices/{invoice_id:int}/reprice",
    permission="invoices.edit",
    sync_to_thread=True,
    status_code=200,
    conditional=True,
    tags=[TAG],
)
def reprice(request: StaffRequest, invoice_id: FromPath[int]) -> InvoiceAnswer:
    """Price every line of an open invoice afresh."""
    return _doing(
        request,
        invoice_id,
        lambda desk: lines.reprice_invoice(desk.work, invoice_id, f"by {desk.person.full_name}").invoice,
    )


def require_unchanged(request: StaffRequest, desk: Desk, invoice_id: int) -> None:
    """Refuse the request where its If-Match names another revision of the invoice (H-36)."""
    require_seen(request, lambda: _shown(desk, invoice_id))


def _doing(request: StaffRequest, invoice_id: int, command: Callable[[Desk], Invoice]) -> InvoiceAnswer:
    """Run a command, commit, and answer with the invoice as it then stands."""

    def work(desk: Desk) -> int:
        require_unchanged(request, desk, invoice_id)
        return command(desk).id

    return saving(request, work, _shown)


def _shown(desk: Desk, invoice_id: int) -> InvoiceAnswer:
    return InvoiceAnswer.of(views.get(desk.session, desk.site.id, invoice_id))


HANDLERS = [take_payment, close, reopen, return_lines, void, reprice]
