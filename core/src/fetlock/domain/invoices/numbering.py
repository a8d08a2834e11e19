"""Invoice numbers: per site, without gaps, given at the first close and kept for ever (H-34)."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from fetlock.domain.invoices.models import Invoice, InvoiceCounter
from fetlock.platform.work import Work


def give_number(work: Work, invoice: Invoice) -> None:
    """Give `invoice` the next number of its site, unless it has one.

    The counter's row is locked until the transaction ends: a close that fails gives its number back.
    """
    if invoice.number is not None:
        return
    session = work.session
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    session.execute(insert(InvoiceCounter).values(site_id=work.site.id, last=0).on_conflict_do_nothing())
    counter = session.scalars(
        select(InvoiceCounter)
        .where(InvoiceCounter.site_id == work.site.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    counter.last += 1
    invoice.number = counter.last
    prefix = work.site.invoice_prefix
    invoice.reference = f"{prefix}-{counter.last}" if prefix else str(counter.last)
