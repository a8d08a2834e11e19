"""Invoice numbers: per site, without gaps, given at the first close and kept for ever (H-34)."""

from typing import Any, Final, cast

from sqlalchemy import Table, bindparam
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from fetlock.domain.invoices.models import Invoice, InvoiceCounter
from fetlock.work import Work

_COUNTER: Final = cast("Table", InvoiceCounter.__table__)


def _next(insert: Any) -> Any:
    """One statement that begins the site's counter or moves it on, and answers where it stands."""
    begun = insert(_COUNTER).values(site_id=bindparam("site_id"), last=1)
    moved = begun.on_conflict_do_update(index_elements=["site_id"], set_={"last": _COUNTER.c.last + 1})
    return moved.returning(_COUNTER.c.last)


_NEXT: Final = {"sqlite": _next(sqlite_insert), "postgresql": _next(postgresql_insert)}


def give_number(work: Work, invoice: Invoice) -> None:
    """Give `invoice` the next number of its site, unless it has one.

    The counter's row is locked until the transaction ends: a close that fails gives its number back.
    """
    if invoice.number is not None:
        return
    connection = work.session.connection()
    number = connection.execute(_NEXT[connection.dialect.name], {"site_id": work.site.id}).scalar_one()
    invoice.number = number
    prefix = work.site.invoice_prefix
    invoice.reference = f"{prefix}-{number}" if prefix else str(number)
