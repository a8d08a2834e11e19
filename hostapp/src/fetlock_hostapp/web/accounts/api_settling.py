"""For programs: an invoice's balance goes on account, to an insurer, or is paid from credit (H-34, H-38)."""

from litestar import post

from fetlock.domain.invoices import closing, on_account, views
from fetlock.domain.invoices.models import Invoice
from fetlock.errors import Invalid
from fetlock_hostapp.plugin import Desk, FromPath, JSONBody, StaffRequest, require_seen, saving
from fetlock_hostapp.web.accounts.api_requests import Settlement
from fetlock_hostapp.web.invoices.api_values import InvoiceAnswer


@post(
    "/invoices/{invoice_id:int}/settlements",
    permission="accounts.take_payment",
    sync_to_thread=True,
    conditional=True,
    tags=["Invoices"],
)
def settle(request: StaffRequest, invoice_id: FromPath[int], data: JSONBody[Settlement]) -> InvoiceAnswer:
    """Settle an open invoice without money; send a key of your own, and a repeat counts once."""

    def work(desk: Desk) -> None:
        require_seen(request, lambda: _shown(desk, invoice_id))
        invoice = _settled(desk, invoice_id, data)
        if data.close and invoice.is_open:
            closing.close(desk.work, invoice_id)

    return saving(request, work, lambda desk, _: _shown(desk, invoice_id))


def _settled(desk: Desk, invoice_id: int, data: Settlement) -> Invoice:
    if data.how == "credit":
        return on_account.use_credit(desk.work, invoice_id, data.amount, key=data.key)
    if data.how == "account":
        return on_account.move_to_account(
            desk.work, invoice_id, data.amount, reference=data.reference, key=data.key
        )
    if data.insurer_id is None:
        raise Invalid({"insurer_id": "Say which insurer owes it."})
    return on_account.move_to_insurer(
        desk.work, invoice_id, data.insurer_id, data.amount, reference=data.reference, key=data.key
    )


def _shown(desk: Desk, invoice_id: int) -> InvoiceAnswer:
    return InvoiceAnswer.of(views.get(desk.session, desk.site.id, invoice_id))


HANDLERS = [settle]
