"""Reading one invoice whole, in a fixed number of queries whatever its lines."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from fetlock.domain.clients.models import Client
from fetlock.domain.invoices.delivery_views import deliveries_of
from fetlock.domain.invoices.line_views import lines_of, name_of
from fetlock.domain.invoices.models import Invoice, InvoiceHistory, InvoicePayer, Payment
from fetlock.domain.invoices.view_values import HistoryView, InvoiceView, PayerView, PaymentView
from fetlock.domain.staff.models import Staff
from fetlock.errors import NotFound
from fetlock.pricing.values import tax_sums


def get(session: Session, site_id: int, invoice_id: int) -> InvoiceView:
    """The invoice of this site with lines, trace, payments, history and deliveries. Raises `NotFound`."""
    found = session.execute(
        select(Invoice, Client, Staff)
        .join(Client, Client.id == Invoice.client_id)
        .outerjoin(Staff, Staff.id == Invoice.created_by)
        .where(Invoice.id == invoice_id, Invoice.site_id == site_id)
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such invoice here.")
    invoice, client, creator = found
    deliveries = deliveries_of(session, invoice_id)
    lines = lines_of(session, invoice_id, deliveries)
    return InvoiceView(
        id=invoice.id,
        site_id=invoice.site_id,
        title=invoice.title,
        number=invoice.number,
        state=invoice.state,
        revision=invoice.revision,
        currency=invoice.currency,
        prices_include_tax=invoice.prices_include_tax,
        list_total=invoice.list_total,
        savings=invoice.savings,
        discount=invoice.discount,
        amount=invoice.amount,
        net=invoice.net,
        tax=invoice.tax,
        gross=invoice.gross,
        paid=invoice.paid,
        balance=invoice.balance,
        priced_by=dict(invoice.priced_by),
        incomplete=tuple(invoice.incomplete),
        must_reprice=invoice.must_reprice,
        created_at=invoice.created_at,
        created_by_name=name_of(creator),
        first_closed_at=invoice.first_closed_at,
        closed_at=invoice.closed_at,
        client_id=client.id,
        client_code=client.account_number,
        client_name=client.name,
        lines=lines,
        taxes=tax_sums((line.tax_percent, line.net, line.tax) for line in lines),
        payments=_payments(session, invoice_id),
        payers=_payers(session, invoice_id),
        history=history_of(session, invoice_id),
        deliveries=deliveries,
    )


def history_of(session: Session, invoice_id: int, *, after_revision: int = 0) -> tuple[HistoryView, ...]:
    """What happened to an invoice after a revision, the newest first."""
    rows = session.execute(
        select(InvoiceHistory, Staff)
        .outerjoin(Staff, Staff.id == InvoiceHistory.staff_id)
        .where(InvoiceHistory.invoice_id == invoice_id, InvoiceHistory.revision > after_revision)
        .order_by(InvoiceHistory.id.desc())
    )
    return tuple(
        HistoryView(
            id=entry.id,
            revision=entry.revision,
            what=entry.what,
            detail=entry.detail,
            reason=entry.reason,
            at=entry.at,
            staff_id=entry.staff_id,
            staff_name=name_of(person) or "Fetlock",
            snapshot=entry.snapshot,
        )
        for entry, person in rows
    )


def _payments(session: Session, invoice_id: int) -> tuple[PaymentView, ...]:
    rows = session.execute(
        select(Payment, Staff)
        .outerjoin(Staff, Staff.id == Payment.taken_by)
        .where(Payment.invoice_id == invoice_id)
        .order_by(Payment.id)
    )
    return tuple(
        PaymentView(
            id=payment.id,
            amount=payment.amount,
            method=payment.method,
            note=payment.note,
            taken_at=payment.taken_at,
            taken_by_name=name_of(person),
        )
        for payment, person in rows
    )


def _payers(session: Session, invoice_id: int) -> tuple[PayerView, ...]:
    rows = session.scalars(
        select(InvoicePayer).where(InvoicePayer.invoice_id == invoice_id).order_by(InvoicePayer.position)
    )
    return tuple(PayerView(plugin=row.plugin, payer=row.payer, amount=row.amount) for row in rows)
