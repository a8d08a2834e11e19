"""The items of a patient as pages and the API show them: one query, with line, price and invoice."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session, aliased

from fetlock.database.keyset import beyond
from fetlock.domain.catalogue.models import Product
from fetlock.domain.invoices.models import Invoice, InvoiceLine, InvoiceState
from fetlock.domain.sites.models import Site
from fetlock.domain.staff.models import Staff
from fetlock.domain.treatment.models import TreatmentItem
from fetlock.errors import NotFound

Position = tuple[date, int]
"""Where an item stands in the list of a patient: its day, and its id."""

MOST = 200
"""So many items at most are listed at once; `before` goes further back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """An item of treatment. Amounts are those of its line, in the site's currency; None where it has none.

    `state` is "open" (on an open invoice), "locked" (closed), or "not_charged".
    """

    id: int
    patient_id: int
    site_id: int
    site_name: str
    product_id: int
    product_code: str
    product_name: str
    unit: str
    unit_decimals: int
    quantity: Decimal
    service_date: date
    provider_id: int | None
    provider_name: str
    billable: bool
    note: str
    created_at: datetime
    created_by_name: str
    state: str
    line_id: int | None
    invoice_id: int | None
    invoice_title: str
    invoice_revision: int | None
    list_amount: Decimal | None
    savings: Decimal | None
    discount: Decimal | None
    net: Decimal | None
    gross: Decimal | None
    covered_quantity: Decimal | None


_Provider = aliased(Staff)
_Creator = aliased(Staff)


def of_patient(session: Session, patient_id: int, *, before: date | None = None) -> list[ItemView]:
    """What is ordered or done for a patient at any site, the newest day first, at most `MOST`."""
    statement = (
        _items()
        .where(TreatmentItem.patient_id == patient_id, TreatmentItem.removed_at.is_(None))
        .order_by(TreatmentItem.service_date.desc(), TreatmentItem.id.desc())
        .limit(MOST)
    )
    if before is not None:
        statement = statement.where(TreatmentItem.service_date < before)
    return [_view(row) for row in session.execute(statement)]


def after(session: Session, patient_id: int, last: Position | None, limit: int) -> list[ItemView]:
    """So many items of a patient after that place in the list, the newest day first; one query."""
    order = (TreatmentItem.service_date, TreatmentItem.id)
    statement = (
        _items()
        .where(TreatmentItem.patient_id == patient_id, TreatmentItem.removed_at.is_(None))
        .order_by(*(column.desc() for column in order))
        .limit(limit)
    )
    if last is not None:
        statement = statement.where(beyond(order, last, descending=True))
    return [_view(row) for row in session.execute(statement)]


def get(session: Session, site_id: int, item_id: int) -> ItemView:
    """One item of this site. Raises `NotFound`, also for one that was removed."""
    row = session.execute(
        _items().where(
            TreatmentItem.id == item_id, TreatmentItem.site_id == site_id, TreatmentItem.removed_at.is_(None)
        )
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such item of treatment here.")
    return _view(row)


def patient_of(session: Session, site_id: int, item_id: int) -> int:
    """Whose item of this site it is, removed or not. Raises `NotFound`."""
    found = session.scalar(
        select(TreatmentItem.patient_id).where(TreatmentItem.id == item_id, TreatmentItem.site_id == site_id)
    )
    if found is None:
        raise NotFound("There is no such item of treatment here.")
    return found


def _items() -> Select[*tuple[Any, ...]]:
    return (
        select(TreatmentItem, Product, Site.name, _Provider, _Creator, InvoiceLine, Invoice)
        .join(Product, Product.id == TreatmentItem.product_id)
        .join(Site, Site.id == TreatmentItem.site_id)
        .outerjoin(_Provider, _Provider.id == TreatmentItem.provider_id)
        .outerjoin(_Creator, _Creator.id == TreatmentItem.created_by)
        .outerjoin(InvoiceLine, InvoiceLine.id == TreatmentItem.invoice_line_id)
        .outerjoin(Invoice, Invoice.id == InvoiceLine.invoice_id)
    )


def _view(row: Row[*tuple[Any, ...]]) -> ItemView:
    item, product, site_name, provider, creator, line, invoice = row
    charged = (
        item.billable
        and line is not None
        and line.removed_at is None
        and invoice.state != InvoiceState.VOID.value
    )
    shown = line if charged else None
    return ItemView(
        id=item.id,
        patient_id=item.patient_id,
        site_id=item.site_id,
        site_name=site_name,
        product_id=product.id,
        product_code=product.code,
        product_name=product.name,
        unit=product.unit,
        unit_decimals=product.unit_decimals,
        quantity=item.quantity,
        service_date=item.service_date,
        provider_id=item.provider_id,
        provider_name=provider.full_name if provider else "",
        billable=item.billable,
        note=item.note,
        created_at=item.created_at,
        created_by_name=creator.full_name if creator else "",
        state=("open" if invoice.is_open else "locked") if charged else "not_charged",
        line_id=shown.id if shown else None,
        invoice_id=invoice.id if charged else None,
        invoice_title=invoice.title if charged else "",
        invoice_revision=invoice.revision if charged else None,
        list_amount=shown.list_amount if shown else None,
        savings=shown.savings if shown else None,
        discount=shown.discount if shown else None,
        net=shown.net if shown else None,
        gross=shown.gross if shown else None,
        covered_quantity=shown.covered_quantity if shown else None,
    )
