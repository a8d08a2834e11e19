"""How the outside was told of an invoice: its outbox rows with every attempt (CPX-4)."""

from collections import defaultdict
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from fetlock.domain.invoices.view_values import AttemptView, DeliveryView
from fetlock.outbox.models import OutboxAttempt, OutboxRow


def deliveries_of(session: Session, invoice_id: int) -> tuple[DeliveryView, ...]:
    """Every outbox row of an invoice, the oldest first, with its attempts."""
    rows = session.scalars(
        select(OutboxRow).where(OutboxRow.invoice_id == invoice_id).order_by(OutboxRow.id)
    ).all()
    attempts: dict[int, list[AttemptView]] = defaultdict(list)
    if any(row.attempts for row in rows):
        for attempt in session.scalars(
            select(OutboxAttempt)
            .where(OutboxAttempt.outbox_id.in_([row.id for row in rows]))
            .order_by(OutboxAttempt.outbox_id, OutboxAttempt.number)
        ):
            view = AttemptView(
                number=attempt.number,
                started_at=attempt.started_at,
                ended_at=attempt.ended_at,
                outcome=attempt.outcome,
                message=attempt.message,
            )
            attempts[attempt.outbox_id].append(view)
    return tuple(
        DeliveryView(
            id=row.id,
            key=str(row.key),
            plugin=row.plugin,
            subject=row.subject,
            state=row.state,
            quantity=Decimal(row.payload.get("quantity", 0)),
            attempts=row.attempts,
            next_attempt_at=row.next_attempt_at,
            problem=row.problem,
            reference=row.reference,
            created_at=row.created_at,
            finished_at=row.finished_at,
            line_id=row.invoice_line_id,
            entitlement_id=row.payload.get("entitlement_id"),
            tries=tuple(attempts[row.id]),
        )
        for row in rows
    )
