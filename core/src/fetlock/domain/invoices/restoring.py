"""Undoing the removal of a line: the same line, with its id, comes back and is priced afresh."""

from sqlalchemy import select

from fetlock.domain.invoices import opening, repricing
from fetlock.domain.invoices.lines import Changed, stamp
from fetlock.domain.invoices.models import InvoiceLine
from fetlock.domain.invoices.telling import since, tell
from fetlock.domain.treatment import following
from fetlock.errors import Conflict, NotFound
from fetlock.work import Work


def restore_line(work: Work, line_id: int, *, seen_revision: int | None = None) -> Changed:
    """Put a removed line back on its invoice, with its item of treatment (H-27).

    Units of a plan that somebody used meanwhile are gone: the person is told. Raises `Conflict` where the
    invoice is closed.
    """
    work.require("invoices.edit")
    invoice_id = work.session.scalar(select(InvoiceLine.invoice_id).where(InvoiceLine.id == line_id))
    if invoice_id is None:
        raise NotFound("There is no such line.")
    invoice = opening.lock_open(work, invoice_id)
    line = work.session.get_one(InvoiceLine, line_id, populate_existing=True)
    if line.removed_at is None:
        raise Conflict(f"Line {line.position} is on the invoice already.")
    if line.returns_line_id is not None:  # what it returned may have been returned otherwise meanwhile
        raise Conflict("A return that was removed does not come back. Return the items again.")
    seen = invoice.revision if seen_revision is None else seen_revision
    invoice.revision += 1
    line.removed_at = None
    stamp(work, line, invoice)
    following.line_restored(work.session, line.id)
    opening.note(work, invoice, "line_restored", f"Line {line.position} put back: {line.description}")
    work.session.flush()
    priced = repricing.reprice(work, invoice)
    return Changed(invoice, [line.id], tell(priced, [line.id]), since(work, invoice, seen))
