"""Finding and locking invoices: the client's open one at a site, or one by its id."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, cast

from sqlalchemy import Table, bindparam, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session, make_transient_to_detached

from fetlock import clock
from fetlock.database.bulk import Bulk
from fetlock.domain.clients.models import Client
from fetlock.domain.invoices.models import Invoice, InvoiceHistory, InvoiceState
from fetlock.errors import Conflict, NotFound
from fetlock.work import Work

_NOTE: Final = Bulk(
    cast("Table", InvoiceHistory.__table__),
    ("invoice_id", "revision", "what", "reason", "at", "staff_id", "snapshot", "detail"),
)
_INVOICE: Final = cast("Table", Invoice.__table__)
_MAKE: Final = {
    "sqlite": sqlite_insert(_INVOICE).on_conflict_do_nothing().returning(_INVOICE.c.id),
    "postgresql": postgresql_insert(_INVOICE).on_conflict_do_nothing().returning(_INVOICE.c.id),
}
_AMOUNTS: Final = ("list_total", "savings", "discount", "amount", "net", "tax", "gross", "paid")
_LATER: Final = ("number", "reference", "first_closed_at", "closed_at")
_CURRENT: Final = (
    select(Invoice)
    .where(
        Invoice.client_id == bindparam("client_id"),
        Invoice.site_id == bindparam("site_id"),
        Invoice.state == InvoiceState.OPEN.value,
    )
    .with_for_update()
    .execution_options(populate_existing=True)
)
_LOCK: Final = (
    select(Invoice)
    .where(Invoice.id == bindparam("invoice_id"), Invoice.site_id == bindparam("site_id"))
    .with_for_update()
    .execution_options(populate_existing=True)
)
ZERO: Final = Decimal(0)


def get(session: Session, site_id: int, invoice_id: int) -> Invoice:
    """An invoice of this site. Raises `NotFound`."""
    invoice = session.get(Invoice, invoice_id)
    if invoice is None or invoice.site_id != site_id:
        raise NotFound("There is no such invoice here.")
    return invoice


def lock(work: Work, invoice_id: int) -> Invoice:
    """The invoice of this site, locked until the transaction ends. Raises `NotFound`."""
    invoice = work.session.scalar(_LOCK, {"invoice_id": invoice_id, "site_id": work.site.id})
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
    values = {
        "site_id": work.site.id,
        "client_id": client_id,
        "state": InvoiceState.OPEN.value,
        "revision": 1,
        "currency": work.site.currency,
        "prices_include_tax": work.site.prices_include_tax,
        "priced_by": {},
        "incomplete": [],
        "must_reprice": "",
        "created_at": clock.now(),
        "created_by": work.actor.staff_id,
    } | dict.fromkeys(_AMOUNTS, ZERO)
    connection = work.session.connection()
    # two people may begin at the same moment: the database lets one of them make it, both then use it
    made_id = connection.execute(_MAKE[connection.dialect.name], values).scalar()
    if made_id is not None:
        made = Invoice(id=made_id, **values, **dict.fromkeys(_LATER))
        made.just_made = True
        make_transient_to_detached(made)  # it is stored already, just as it stands here
        work.session.add(made)
        note_all(work, made, "opened", [""])
        return made
    found = _find_current(work, client_id)
    if found is None:
        raise Conflict("The invoice was closed at this very moment. Please try again.")
    return found


def require_client(session: Session, client_id: int) -> None:
    """Raise `NotFound` where there is no such client."""
    if session.get(Client, client_id) is None:
        raise NotFound("There is no such client.")


def note(
    work: Work,
    invoice: Invoice,
    what: str,
    detail: str = "",
    *,
    reason: str = "",
    snapshot: Mapping[str, Any] | None = None,
) -> None:
    """Keep what happened to an invoice, under its present revision (H-34)."""
    note_all(work, invoice, what, [detail], reason=reason, snapshot=snapshot)


def note_all(
    work: Work,
    invoice: Invoice,
    what: str,
    details: Sequence[str],
    *,
    reason: str = "",
    snapshot: Mapping[str, Any] | None = None,
) -> None:
    """As `note` for several details, in one statement."""
    common = (invoice.id, invoice.revision, what, reason[:300], clock.now(), work.actor.staff_id, snapshot)
    _NOTE.write(work.session.connection(), [(*common, detail[:500]) for detail in details])


def _find_current(work: Work, client_id: int) -> Invoice | None:
    return work.session.scalar(_CURRENT, {"client_id": client_id, "site_id": work.site.id})
