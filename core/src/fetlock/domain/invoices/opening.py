"""Finding and locking invoices: the client's open one at a site, or one by its id."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, cast

from sqlalchemy import Insert, Table, insert, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.domain.clients.models import Client
from fetlock.domain.invoices.models import Invoice, InvoiceHistory, InvoiceState
from fetlock.errors import Conflict, NotFound
from fetlock.platform.work import Work

_NOTE: Final = insert(cast("Table", InvoiceHistory.__table__))


def get(session: Session, site_id: int, invoice_id: int) -> Invoice:
    """An invoice of this site. Raises `NotFound`."""
    invoice = session.get(Invoice, invoice_id)
    if invoice is None or invoice.site_id != site_id:
        raise NotFound("There is no such invoice here.")
    return invoice


def lock(work: Work, invoice_id: int) -> Invoice:
    """The invoice of this site, locked until the transaction ends. Raises `NotFound`."""
    invoice = work.session.scalar(
        select(Invoice)
        .where(Invoice.id == invoice_id, Invoice.site_id == work.site.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if invoice is None:
        raise NotFound("There is no such invoice here.")
    return invoice


def lock_open(work: Work, invoice_id: int) -> Invoice:
    """As `lock`, and its lines may change. Raises `Conflict` where they may not."""
    invoice = lock(work, invoice_id)
    if not invoice.is_open:
        raise Conflict(f"{invoice.title} is {invoice.state}. Reopen it to change its lines.")
    return invoice


def current(work: Work, client_id: int) -> Invoice:
    """The client's one open invoice at this site, made where there is none, and locked."""
    found = _find_current(work, client_id)
    if found is not None:
        return found
    if work.session.get(Client, client_id) is None:
        raise NotFound("There is no such client.")
    now = clock.now()
    values = {
        "site_id": work.site.id,
        "client_id": client_id,
        "state": InvoiceState.OPEN.value,
        "currency": work.site.currency,
        "prices_include_tax": work.site.prices_include_tax,
        "created_at": now,
        "created_by": work.actor.staff_id,
    }
    # two people may begin at the same moment: the database lets one of them make it, both then use it
    work.session.execute(_insert_unless_there(work.session, values))
    made = _find_current(work, client_id)
    if made is None:
        raise Conflict("The invoice was closed at this very moment. Please try again.")
    if made.created_at == now and made.created_by == work.actor.staff_id and made.revision == 1:
        note(work, made, "opened", at=now)
    return made


def note(
    work: Work, invoice: Invoice, what: str, detail: str = "", *, reason: str = "", at: datetime | None = None
) -> InvoiceHistory:
    """Keep what happened to an invoice, under its present revision (H-34)."""
    entry = InvoiceHistory(
        invoice_id=invoice.id,
        revision=invoice.revision,
        what=what,
        detail=detail[:500],
        reason=reason[:300],
        at=at or clock.now(),
        staff_id=work.actor.staff_id,
    )
    work.session.add(entry)
    return entry


def note_all(work: Work, invoice: Invoice, what: str, details: Sequence[str]) -> None:
    """As `note` for several details, in one statement."""
    row = {
        "invoice_id": invoice.id,
        "revision": invoice.revision,
        "what": what,
        "at": clock.now(),
        "staff_id": work.actor.staff_id,
    }
    work.session.connection().execute(_NOTE, [row | {"detail": detail[:500]} for detail in details])


def _find_current(work: Work, client_id: int) -> Invoice | None:
    return work.session.scalar(
        select(Invoice)
        .where(
            Invoice.client_id == client_id,
            Invoice.site_id == work.site.id,
            Invoice.state == InvoiceState.OPEN.value,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _insert_unless_there(session: Session, values: dict[str, object]) -> Insert:
    if session.get_bind().dialect.name == "sqlite":
        return sqlite_insert(Invoice).values(values).on_conflict_do_nothing()
    return postgresql_insert(Invoice).values(values).on_conflict_do_nothing()
