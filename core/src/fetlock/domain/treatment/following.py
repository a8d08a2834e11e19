"""Items of treatment follow their invoice line, whoever changes it (H-27). Called by the line commands."""

from collections.abc import Sequence

from sqlalchemy import update
from sqlalchemy.orm import Session

from fetlock.domain.invoices.models import InvoiceLine
from fetlock.domain.treatment.models import TreatmentItem


def line_changed(session: Session, line: InvoiceLine) -> None:
    """Give the item of this line the line's quantity, provider and service date."""
    session.execute(
        update(TreatmentItem)
        .where(TreatmentItem.invoice_line_id == line.id, TreatmentItem.removed_at.is_(None))
        .values(quantity=line.quantity, provider_id=line.provider_id, service_date=line.service_date)
    )


def line_removed(session: Session, line_id: int) -> None:
    """The item stays in the record as not charged: taking a charge off does not undo what was done."""
    _set_billable(session, [line_id], billable=False)


def line_restored(session: Session, line_id: int) -> None:
    """The item is charged again by the line that was taken off; it comes back if it went with it."""
    session.execute(
        update(TreatmentItem)
        .where(TreatmentItem.invoice_line_id == line_id)
        .values(billable=True, removed_at=None)
    )


def invoice_voided(session: Session, line_ids: Sequence[int]) -> None:
    """The lines of a void invoice count for nothing: their items are not charged."""
    _set_billable(session, line_ids, billable=False)


def _set_billable(session: Session, line_ids: Sequence[int], *, billable: bool) -> None:
    session.execute(
        update(TreatmentItem)
        .where(TreatmentItem.invoice_line_id.in_(line_ids), TreatmentItem.removed_at.is_(None))
        .values(billable=billable)
    )
