"""Service date and provider of a closed line: changed with permission, kept in history, never sent.

What the plan's owner was told when the invoice closed stays as it was told (CP-72, CP-73). To tell it
anew, the item is returned and entered again on a new invoice (CP-74).
"""

from datetime import date

from sqlalchemy import select

from fetlock.domain.audit import service as audit
from fetlock.domain.invoices import opening
from fetlock.domain.invoices.lines import KEEP, Changed, Keep, stamp
from fetlock.domain.invoices.models import InvoiceLine, InvoiceState, LineCoverage
from fetlock.domain.invoices.telling import changes
from fetlock.domain.staff.models import Staff
from fetlock.domain.treatment import following
from fetlock.errors import Conflict, Invalid, NotFound
from fetlock.work import Work


def change_facts(
    work: Work,
    line_id: int,
    *,
    service_date: date | None = None,
    provider_id: int | Keep | None = KEEP,
    reason: str = "",
) -> Changed:
    """Change when a line of a closed invoice was done, and by whom; no amount and nothing else changes.

    Raises `Conflict` on an open invoice, whose lines are changed as lines. For a line that a plan covers,
    the answer tells that the plan was not told, and what to do about it.
    """
    work.require("invoices.edit_closed")
    invoice_id = work.session.scalar(select(InvoiceLine.invoice_id).where(InvoiceLine.id == line_id))
    if invoice_id is None:
        raise NotFound("There is no such line.")
    invoice = opening.lock(work, invoice_id)
    line = work.session.get_one(InvoiceLine, line_id, populate_existing=True)
    if invoice.state != InvoiceState.CLOSED or line.removed_at is not None:
        raise Conflict(
            f"{invoice.title} is {invoice.state}: only lines of a closed invoice are corrected so."
        )
    if provider_id is not KEEP and provider_id is not None and work.session.get(Staff, provider_id) is None:
        raise Invalid({"provider": "There is no such person."})
    day = service_date or line.service_date
    provider = line.provider_id if provider_id is KEEP else provider_id
    if (day, provider) == (line.service_date, line.provider_id):
        return Changed(invoice, [line.id])
    invoice.revision += 1
    text = changes(line, line.quantity, day, provider, line.preferred_entitlement_id)
    opening.note(work, invoice, "facts_changed", f"Line {line.position}: {text}", reason=reason)
    audit.record(
        work.session,
        "invoice.facts_changed",
        staff_id=work.actor.staff_id,
        site_id=work.site.id,
        subject=f"invoice:{invoice.id}",
        reason=reason,
        detail={
            "line_id": line.id,
            "service_date": [line.service_date.isoformat(), day.isoformat()],
            "provider_id": [line.provider_id, provider],
        },
    )
    line.service_date, line.provider_id = day, provider
    stamp(work, line, invoice)
    following.line_changed(work.session, line)
    work.session.flush()
    return Changed(invoice, [line.id], _advice(work, line))


def _advice(work: Work, line: InvoiceLine) -> list[str]:
    """What to do where the plan's owner knows the old date or provider (CP-74)."""
    covered = work.session.scalar(
        select(LineCoverage.line_id).where(LineCoverage.line_id == line.id).limit(1)
    )
    if covered is None:
        return []
    text = (
        f"Line {line.position} was posted to its plan with the old date and provider, and a change is not "
        "sent. To tell the plan, return the line and enter it again on a new invoice."
    )
    return [text]
