"""What a person must be told after a command: what others changed, and what a plan no longer covers."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from fetlock.contracts.pricing import Outcome, Phase
from fetlock.domain.invoices.models import Invoice, InvoiceHistory, InvoiceLine
from fetlock.domain.invoices.repricing import Repriced
from fetlock.pricing import PricedLine
from fetlock.work import Work


def since(work: Work, invoice: Invoice, seen_revision: int) -> list[InvoiceHistory]:
    """What others changed after `seen_revision` and before this command's own change."""
    if seen_revision >= invoice.revision - 1:
        return []
    return list(
        work.session.scalars(
            select(InvoiceHistory)
            .where(
                InvoiceHistory.invoice_id == invoice.id,
                InvoiceHistory.revision > seen_revision,
                InvoiceHistory.revision < invoice.revision,
            )
            .order_by(InvoiceHistory.id)
        )
    )


def tell(priced: Repriced, touched: Collection[int]) -> list[str]:
    """What must be said at once: units that the plan had no longer left for the touched lines (H-36, CPX-1),
    and other lines that cost otherwise now, because lines share a plan's units.
    """
    found = [
        text for line_id in touched if line_id in priced.lines for text in _capped(priced.lines[line_id])
    ]
    for line_id, line in priced.lines.items():
        if line_id in touched:
            continue
        title, before = priced.before[line_id]
        if line.amount != before:
            found.append(f"{title}, costs {line.amount:.2f} now; it was {before:.2f}.")
    return found


def _capped(line: PricedLine) -> list[str]:
    capped = [
        step for step in line.steps if step.phase is Phase.ENTITLEMENT and step.outcome is Outcome.CAPPED
    ]
    if not capped or line.covered_quantity >= line.quantity:
        return []
    uncovered = line.quantity - line.covered_quantity
    covered = f"{line.covered_quantity.normalize():f} of {line.quantity.normalize():f} covered"
    rest = f"none left for the other {uncovered.normalize():f}, which cost {line.amount:.2f}"
    return [f"{capped[0].label}: {covered}, {rest}."]


def changes(
    line: InvoiceLine, quantity: Decimal, day: date, provider_id: int | None, preferred_id: int | None
) -> str:
    """What is about to change on a line, for its history: "quantity 1 → 3, service date"."""
    found = []
    if quantity != line.quantity:
        found.append(f"quantity {line.quantity.normalize():f} → {quantity.normalize():f}")
    if day != line.service_date:
        found.append(f"service date {line.service_date.isoformat()} → {day.isoformat()}")
    if provider_id != line.provider_id:
        found.append("provider")
    if preferred_id != line.preferred_entitlement_id:
        found.append("plan chosen by hand" if preferred_id else "plan chosen by the rules again")
    return ", ".join(found) or "saved as it was"
