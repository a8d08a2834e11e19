"""Returning lines: what is returned of which line, priced as it was sold."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from fetlock.domain.invoices.models import Invoice, InvoiceLine, InvoiceState, LineCoverage
from fetlock.pricing import PricedLine, SoldCoverage, SoldLine, price_return
from fetlock.work import Work

ZERO = Decimal(0)


def price_returns(work: Work, rows: Sequence[Row[Any]]) -> list[PricedLine]:
    """Price the returning lines among an invoice's rows; each mirrors its share of the sold line."""
    if not rows:
        return []
    sold = sold_lines(work.session, [row.returns_line_id for row in rows])
    priced = []
    for row in sorted(rows, key=lambda row: int(row.id)):
        original, title = sold[row.returns_line_id]
        already = returned_before(work.session, row.returns_line_id, before_line=row.id)
        priced.append(price_return(row.id, original, already, -row.quantity, title))
    return priced


def sold_lines(session: Session, line_ids: Sequence[int]) -> dict[int, tuple[SoldLine, str]]:
    """Lines as they were sold, with their coverage and a title ("Return of NG-12, line 3"), by id."""
    coverage: dict[int, list[SoldCoverage]] = {line_id: [] for line_id in line_ids}
    for part in session.scalars(
        select(LineCoverage).where(LineCoverage.line_id.in_(line_ids)).order_by(LineCoverage.position)
    ):
        coverage[part.line_id].append(SoldCoverage(part.entitlement_id, part.quantity, part.amount))
    rows = session.execute(
        select(InvoiceLine, Invoice)
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(InvoiceLine.id.in_(line_ids))
    )
    return {
        line.id: (
            SoldLine(
                quantity=line.quantity,
                unit_price=line.unit_price,
                list_amount=line.list_amount,
                savings=line.savings,
                discount=line.discount,
                amount=line.amount,
                net=line.net,
                tax_percent=line.tax_percent,
                tax=line.tax,
                gross=line.gross,
                coverage=tuple(coverage[line.id]),
            ),
            f"Return of {invoice.title}, line {line.position}",
        )
        for line, invoice in rows
    }


def returned_before(session: Session, line_id: int, *, before_line: int | None = None) -> Decimal:
    """How much of a line came back already, above zero; only by lines older than `before_line`."""
    statement = (
        select(func.sum(InvoiceLine.quantity))
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(
            InvoiceLine.returns_line_id == line_id,
            InvoiceLine.removed_at.is_(None),
            Invoice.state != InvoiceState.VOID,
        )
    )
    if before_line is not None:
        statement = statement.where(InvoiceLine.id < before_line)
    return -(session.scalar(statement) or ZERO)
