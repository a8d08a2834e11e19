"""Reading the lines of an invoice, each with what covers it, its price trace and what came back of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from fetlock.domain.catalogue.models import Product
from fetlock.domain.entitlements import ledger
from fetlock.domain.entitlements.models import Entitlement, EntitlementEntry
from fetlock.domain.entitlements.movements import Held
from fetlock.domain.invoices.models import Invoice, InvoiceLine, InvoiceState, LineCoverage, PriceStep
from fetlock.domain.invoices.view_values import CoverageView, DeliveryView, LineView, StepView
from fetlock.domain.patients.models import Patient
from fetlock.domain.staff.models import Staff

ZERO = Decimal(0)
_NOTHING = Held()


def name_of(person: Staff | None) -> str:
    """The full name, "" for nobody."""
    return "" if person is None else person.full_name


def lines_of(session: Session, invoice_id: int, deliveries: Sequence[DeliveryView]) -> tuple[LineView, ...]:
    """The lines of an invoice that stand, in order; `deliveries` are those of the same invoice."""
    return _lines(
        session, invoice_id, _coverage(session, invoice_id, deliveries), _steps(session, invoice_id)
    )


def _lines(
    session: Session,
    invoice_id: int,
    coverage: Mapping[int, Sequence[CoverageView]],
    steps: Mapping[int, Sequence[StepView]],
) -> tuple[LineView, ...]:
    provider, editor = aliased(Staff), aliased(Staff)
    sold, origin = aliased(InvoiceLine), aliased(Invoice)
    returned = _returned(session, invoice_id)
    rows = session.execute(
        select(InvoiceLine, Product, Patient, provider, editor, sold, origin)
        .join(Product, Product.id == InvoiceLine.product_id)
        .join(Patient, Patient.id == InvoiceLine.patient_id)
        .outerjoin(provider, provider.id == InvoiceLine.provider_id)
        .outerjoin(editor, editor.id == InvoiceLine.changed_by)
        .outerjoin(sold, sold.id == InvoiceLine.returns_line_id)
        .outerjoin(origin, origin.id == sold.invoice_id)
        .where(InvoiceLine.invoice_id == invoice_id, InvoiceLine.removed_at.is_(None))
        .order_by(InvoiceLine.position)
    )
    return tuple(
        LineView(
            id=line.id,
            position=line.position,
            patient_id=line.patient_id,
            patient_code=patient.code,
            patient_name=patient.display_name,
            product_id=line.product_id,
            product_code=product.code,
            product_kind=product.kind,
            description=line.description,
            quantity=line.quantity,
            unit=line.unit,
            unit_decimals=product.unit_decimals,
            unit_price=line.unit_price,
            list_amount=line.list_amount,
            covered_quantity=line.covered_quantity,
            savings=line.savings,
            discount=line.discount,
            amount=line.amount,
            net=line.net,
            tax_percent=line.tax_percent,
            tax=line.tax,
            gross=line.gross,
            excluded_from_percentage_discount=product.excluded_from_percentage_discount,
            provider_id=line.provider_id,
            provider_name=name_of(doctor),
            service_date=line.service_date,
            source=line.source,
            preferred_entitlement_id=line.preferred_entitlement_id,
            returns_line_id=line.returns_line_id,
            returns_invoice_id=None if line.returns_line_id is None else sold_on.id,
            returns_text=""
            if line.returns_line_id is None
            else f"{sold_on.title}, line {sold_line.position}",
            returned=returned.get(line.id, ZERO),
            revision=line.revision,
            changed_at=line.changed_at,
            changed_by_name=name_of(person),
            coverage=tuple(coverage.get(line.id, ())),
            steps=tuple(steps.get(line.id, ())),
        )
        for line, product, patient, doctor, person, sold_line, sold_on in rows
    )


def _coverage(
    session: Session, invoice_id: int, deliveries: Sequence[DeliveryView]
) -> dict[int, list[CoverageView]]:
    covering = (
        select(LineCoverage.entitlement_id)
        .join(InvoiceLine, InvoiceLine.id == LineCoverage.line_id)
        .where(InvoiceLine.invoice_id == invoice_id)
    )
    used = (
        select(EntitlementEntry.entitlement_id, func.sum(EntitlementEntry.effect).label("used"))
        .where(EntitlementEntry.entitlement_id.in_(covering))
        .group_by(EntitlementEntry.entitlement_id)
        .subquery()
    )
    rows = session.execute(
        select(LineCoverage, Entitlement, func.coalesce(used.c.used, ZERO, type_=used.c.used.type))
        .join(InvoiceLine, InvoiceLine.id == LineCoverage.line_id)
        .join(Entitlement, Entitlement.id == LineCoverage.entitlement_id)
        .outerjoin(used, used.c.entitlement_id == Entitlement.id)
        .where(InvoiceLine.invoice_id == invoice_id, InvoiceLine.removed_at.is_(None))
        .order_by(LineCoverage.line_id, LineCoverage.position)
    ).all()
    held = ledger.held_by_invoice(session, invoice_id) if rows else {}
    found: dict[int, list[CoverageView]] = defaultdict(list)
    for part, entitlement, used_units in rows:
        holding = held.get((part.line_id, part.entitlement_id), _NOTHING)
        view = CoverageView(
            entitlement_id=entitlement.id,
            plugin=entitlement.plugin,
            label=entitlement.label,
            term=entitlement.term,
            quantity=part.quantity,
            amount=part.amount,
            explanation=part.explanation,
            left=entitlement.included - used_units,
            included=entitlement.included,
            reserved=holding.reserved,
            committed=holding.committed,
            deliveries=tuple(
                d for d in deliveries if (d.line_id, d.entitlement_id) == (part.line_id, entitlement.id)
            ),
        )
        found[part.line_id].append(view)
    return found


def _steps(session: Session, invoice_id: int) -> dict[int, list[StepView]]:
    rows = session.scalars(
        select(PriceStep)
        .join(InvoiceLine, InvoiceLine.id == PriceStep.line_id)
        .where(InvoiceLine.invoice_id == invoice_id, InvoiceLine.removed_at.is_(None))
        .order_by(PriceStep.line_id, PriceStep.position)
    )
    found: dict[int, list[StepView]] = defaultdict(list)
    for row in rows:
        view = StepView(
            phase=row.phase,
            plugin=row.plugin,
            plugin_version=row.plugin_version,
            reason_code=row.reason_code,
            label=row.label,
            quantity=row.quantity,
            before=row.before,
            after=row.after,
            outcome=row.outcome,
            source=row.source,
        )
        found[row.line_id].append(view)
    return found


def _returned(session: Session, invoice_id: int) -> dict[int, Decimal]:
    """How much of each line came back already, above zero."""
    sold = select(InvoiceLine.id).where(InvoiceLine.invoice_id == invoice_id)
    rows = session.execute(
        select(InvoiceLine.returns_line_id, func.sum(InvoiceLine.quantity))
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(
            InvoiceLine.returns_line_id.in_(sold),
            InvoiceLine.removed_at.is_(None),
            Invoice.state != InvoiceState.VOID,
        )
        .group_by(InvoiceLine.returns_line_id)
    )
    return {line_id: -quantity for line_id, quantity in rows if line_id is not None}
