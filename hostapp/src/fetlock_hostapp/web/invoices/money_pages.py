"""Taking payments and closing, pricing again, and sending to the plan again what did not arrive."""

import uuid
from decimal import Decimal
from typing import Final

from litestar import post

from fetlock.domain.invoices import closing, lines, opening, payments
from fetlock.domain.invoices.delivery_views import deliveries_of
from fetlock.errors import Invalid, NotFound
from fetlock.outbox import resending
from fetlock.outbox.models import OutboxState
from fetlock_hostapp.plugin import Desk, Form, FormData, FromPath, Html, StaffRequest
from fetlock_hostapp.web.invoices.answering import of_change, save
from fetlock_hostapp.web.invoices.showing import Outcome
from fetlock_hostapp.web.invoices.words import METHODS

RETRIED_TOGETHER: Final = frozenset({OutboxState.FAILED, OutboxState.CONFLICT, OutboxState.GIVEN_UP})
"""States that "Retry failed" sends again; what may have arrived is decided one by one."""


@post("/invoices/{invoice_id:int}/payments", permission="invoices.take_payment", sync_to_thread=True)
def take_payment(request: StaffRequest, invoice_id: FromPath[int], data: FormData) -> Html:
    """Take a payment, or give money back; "close" closes the invoice with it. A repeat counts once."""

    def command(desk: Desk) -> Outcome:
        amount = data.decimal("amount", "Amount")
        gives_back = data.flag("back")
        method = data.text("method")
        close = data.text("then") == "close"
        if gives_back and amount < Decimal(0):
            raise Invalid({"amount": "Enter what is given back without a sign."})
        payments.take_payment(
            desk.work,
            invoice_id,
            -amount if gives_back else amount,
            method,
            key=key_of(data),
            note=data.text("note"),
            close=close,
        )
        word = dict(METHODS)[method].lower()
        verb = "given back" if gives_back else "taken"
        return Outcome(said=f"{amount:.2f} {verb} by {word}{', invoice closed' if close else ''}.")

    return save(request, invoice_id, "pay", data, command)


@post("/invoices/{invoice_id:int}/close", permission="invoices.close", sync_to_thread=True)
def close(request: StaffRequest, invoice_id: FromPath[int], data: FormData) -> Html:
    """Close an invoice with nothing left to pay, by 0.00 in cash or by marking it closed (CP-71)."""

    def command(desk: Desk) -> Outcome:
        if data.text("how") == "cash":
            payments.take_payment(desk.work, invoice_id, Decimal(0), "cash", key=key_of(data))
            invoice = opening.get(desk.session, desk.site.id, invoice_id)
        else:
            invoice = closing.close(desk.work, invoice_id, override_reason=data.text("override_reason"))
        return Outcome(said=f"{invoice.title} is closed.")

    return save(request, invoice_id, "close", data, command)


@post("/invoices/{invoice_id:int}/reprice", permission="invoices.edit", sync_to_thread=True)
def reprice(request: StaffRequest, invoice_id: FromPath[int], data: FormData) -> Html:
    """Price every line of an open invoice afresh."""

    def command(desk: Desk) -> Outcome:
        changed = lines.reprice_invoice(desk.work, invoice_id, f"by {desk.person.full_name}")
        return of_change(changed, "Every line is priced afresh.")

    return save(request, invoice_id, "close", data, command)


@post(
    "/invoices/{invoice_id:int}/deliveries/{row_id:int}/retry",
    permission="plugins.resend",
    sync_to_thread=True,
)
def retry_delivery(
    request: StaffRequest, invoice_id: FromPath[int], row_id: FromPath[int], data: FormData
) -> Html:
    """Send one posting of this invoice again now."""

    def command(desk: Desk) -> Outcome:
        if row_id not in {row.id for row in deliveries_of(desk.session, invoice_id)}:
            raise NotFound("There is no such posting here.")
        resending.retry(desk.work, row_id, sure=data.flag("sure"))
        return Outcome(said="It is sent again now.")

    return save(request, invoice_id, "deliveries", data, command)


@post("/invoices/{invoice_id:int}/deliveries/retry", permission="plugins.resend", sync_to_thread=True)
def retry_failed(request: StaffRequest, invoice_id: FromPath[int], data: FormData) -> Html:
    """Send every posting of this invoice again that failed; those in doubt are a person's to decide."""

    def command(desk: Desk) -> Outcome:
        rows = [row.id for row in deliveries_of(desk.session, invoice_id) if row.state in RETRIED_TOGETHER]
        for row_id in rows:
            resending.retry(desk.work, row_id)
        return Outcome(said=f"{len(rows)} sent again now.")

    return save(request, invoice_id, "deliveries", data, command)


def key_of(form: Form) -> uuid.UUID | None:
    """The key that the form was drawn with, by which a second press counts once."""
    try:
        return uuid.UUID(form.text("key"))
    except ValueError:
        return None


HANDLERS = [take_payment, close, reprice, retry_delivery, retry_failed]
