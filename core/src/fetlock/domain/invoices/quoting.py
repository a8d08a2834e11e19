"""Reading an invoice as pricing sees it: its lines with their products and prices, its patients."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final, cast

from sqlalchemy import BindParameter, Row, Select, Table, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session, aliased

from fetlock import clock
from fetlock.contracts.facts import PatientFacts
from fetlock.contracts.pricing import EntitlementFacts, Quote, QuoteLine
from fetlock.database.running import run
from fetlock.database.types import Key
from fetlock.domain.catalogue.models import Product, ProductPrice, TaxRate
from fetlock.domain.clients.models import Client
from fetlock.domain.entitlements.models import Entitlement, EntitlementEntry
from fetlock.domain.invoices.models import InvoiceLine
from fetlock.domain.patients.models import Patient, PatientWeight
from fetlock.platform.reading import SessionReading
from fetlock.work import Work

ZERO = Decimal(0)

_EVERYWHERE = aliased(ProductPrice)
_HERE = aliased(ProductPrice)


def with_prices(
    statement: Select[*tuple[Any, ...]], site_id: int | BindParameter[int]
) -> Select[*tuple[Any, ...]]:
    """Join a product's tax rate, organisation price and price at the site to a SELECT from product."""
    return (
        statement.outerjoin(TaxRate, TaxRate.id == Product.tax_rate_id)
        .outerjoin(_EVERYWHERE, and_(_EVERYWHERE.product_id == Product.id, _EVERYWHERE.site_id.is_(None)))
        .outerjoin(_HERE, and_(_HERE.product_id == Product.id, _HERE.site_id == site_id))
    )


PRICE_COLUMNS = (
    Product.code.label("product_code"),
    Product.name.label("product_name"),
    Product.kind.label("product_kind"),
    Product.excluded_from_percentage_discount.label("excluded"),
    func.coalesce(TaxRate.percent, ZERO, type_=TaxRate.percent.type).label("current_tax_percent"),
    _EVERYWHERE.amount.label("organisation_price"),
    _HERE.amount.label("site_price"),
)

_LINE = InvoiceLine.__table__.c

# Statements that every pricing runs are built once: building them costs more than running them.
_LINES: Final = (
    with_prices(
        select(InvoiceLine.__table__, *PRICE_COLUMNS).join(Product, Product.id == _LINE.product_id),
        bindparam("site_id", type_=Key),
    )
    .where(_LINE.invoice_id == bindparam("invoice_id"), _LINE.removed_at.is_(None))
    .order_by(_LINE.position)
)


_PRODUCTS: Final = with_prices(
    select(Product.id, Product.unit, Product.unit_decimals, Product.active, *PRICE_COLUMNS),
    bindparam("site_id", type_=Key),
).where(Product.id.in_(bindparam("product_ids", expanding=True)))


def products(session: Session, product_ids: Collection[int], site_id: int) -> dict[int, Row[Any]]:
    """Products by id with all that a quote says of them, and the decimals and state of each."""
    rows = run(session, _PRODUCTS, {"product_ids": list(product_ids), "site_id": site_id})
    return {row.id: row for row in rows}


def product_line(
    row: Row[Any],
    *,
    key: int,
    patient_id: int,
    quantity: Decimal,
    day: date,
    preferred_entitlement_id: int | None = None,
) -> QuoteLine:
    """A row of `products` as a line that is not stored yet."""
    return _line(row, key, patient_id, row.id, quantity, day, preferred_entitlement_id)


def invoice_lines(session: Session, invoice_id: int, site_id: int) -> Sequence[Row[Any]]:
    """The lines of an invoice that stand, with their product's facts and present prices, in order."""
    return run(session, _LINES, {"invoice_id": invoice_id, "site_id": site_id})


def quote_line(row: Row[Any]) -> QuoteLine:
    """A row of `invoice_lines` as plugins see it."""
    wanted = row.preferred_entitlement_id
    return _line(row, row.id, row.patient_id, row.product_id, row.quantity, row.service_date, wanted)


def _line(
    row: Row[Any],
    key: int,
    patient_id: int,
    product_id: int,
    quantity: Decimal,
    day: date,
    preferred_entitlement_id: int | None,
) -> QuoteLine:
    """`row` has PRICE_COLUMNS, and the product's unit."""
    return QuoteLine(
        key=key,
        patient_id=patient_id,
        product_id=product_id,
        product_code=row.product_code,
        product_name=row.product_name,
        product_kind=row.product_kind,
        quantity=quantity,
        unit=row.unit,
        organisation_price=row.organisation_price,
        site_price=row.site_price,
        tax_percent=row.current_tax_percent,
        excluded_from_percentage_discount=row.excluded,
        service_date=day,
        preferred_entitlement_id=preferred_entitlement_id,
    )


def _patients() -> Select[*tuple[Any, ...]]:
    weights = PatientWeight.__table__
    latest = (
        select(weights.c.kilograms)
        .where(weights.c.patient_id == Patient.id)
        .order_by(weights.c.measured_at.desc(), weights.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(
            Patient.__table__,
            Client.account_number,
            Client.first_name,
            Client.last_name,
            latest.label("kg"),
        )
        .join(Client, Client.id == Patient.client_id)
        .where(Patient.id.in_(bindparam("patient_ids", expanding=True)))
    )


_PATIENTS: Final = _patients()


def patient_facts(session: Session, patient_ids: Collection[int]) -> dict[int, PatientFacts]:
    """Facts of these patients, their latest weight included, by id, in one query."""
    rows = run(session, _PATIENTS, {"patient_ids": list(patient_ids)})
    return {
        row.id: PatientFacts(
            patient_id=row.id,
            code=row.code,
            name=row.name or "(no name)",
            species=row.species,
            breed=row.breed,
            sex=row.sex,
            birth_date=row.birth_date,
            deceased_on=row.deceased_on,
            client_id=row.client_id,
            client_code=row.account_number,
            client_name=" ".join(part for part in (row.first_name, row.last_name) if part) or "(no name)",
            weight_kg=row.kg,
        )
        for row in rows
    }


_ENTITLEMENT: Final = cast("Table", Entitlement.__table__)
_USED: Final = (
    select(func.coalesce(func.sum(EntitlementEntry.effect), ZERO, type_=EntitlementEntry.effect.type))
    .where(EntitlementEntry.entitlement_id == _ENTITLEMENT.c.id)
    .scalar_subquery()
)
_OF_PATIENTS: Final = and_(
    _ENTITLEMENT.c.patient_id.in_(bindparam("patient_ids", expanding=True)),
    _ENTITLEMENT.c.valid_to >= bindparam("day"),
)
_ALSO: Final = _ENTITLEMENT.c.id.in_(bindparam("also", expanding=True))
_ENTITLEMENTS: Final = select(_ENTITLEMENT, _USED.label("used")).order_by(_ENTITLEMENT.c.id)
_LOCK: Final = select(_ENTITLEMENT.c.id).order_by(_ENTITLEMENT.c.id).with_for_update()
_READ: Final = {
    False: (_ENTITLEMENTS.where(_OF_PATIENTS), _LOCK.where(_OF_PATIENTS)),
    True: (_ENTITLEMENTS.where(or_(_OF_PATIENTS, _ALSO)), _LOCK.where(or_(_OF_PATIENTS, _ALSO))),
}
"""Reading and locking, by whether further entitlements are wanted."""


def entitlement_facts(
    session: Session,
    patient_ids: Collection[int],
    plugins: Collection[str],
    day: date,
    *,
    also: Collection[int] = (),
    lock: bool = False,
) -> tuple[EntitlementFacts, ...]:
    """Entitlements of these patients that have not run out by `day`, of plugins that are on, by id.

    `also`: ids of some that are wanted whatever their plugin and term. `lock`: until the transaction ends,
    in the order of their ids; what is available is then exact. On SQLite the one writing transaction is the
    lock.
    """
    if not plugins and not also:
        return ()
    wanted: dict[str, Any] = {"patient_ids": list(patient_ids), "day": day}
    if also:
        wanted["also"] = sorted(also)
    reading, locking = _READ[bool(also)]
    if lock and session.get_bind().dialect.name != "sqlite":
        run(session, locking, wanted)  # summed after it: what others used while this one waited counts too
    return tuple(
        EntitlementFacts(
            entitlement_id=row.id,
            plugin=row.plugin,
            source_key=row.source_key,
            patient_id=row.patient_id,
            label=row.label,
            included=row.included,
            available=row.included - row.used,
            usable_from=row.usable_from,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            chain=row.chain,
            term=row.term,
            usable=row.state == "active" and row.usable_from <= day <= row.valid_to,
        )
        for row in run(session, reading, wanted)
        if row.plugin in plugins or row.id in also
    )


def build_quote(
    work: Work,
    invoice_id: int | None,
    lines: tuple[QuoteLine, ...],
    includes_tax: bool,
    *,
    patients: Mapping[int, PatientFacts] | None = None,
    entitlements: tuple[EntitlementFacts, ...] | None = None,
) -> Quote:
    """The whole invoice as the propose hook sees it: two queries, whatever the number of lines.

    `patients`, `entitlements`: what was read already.
    """
    patient_ids = sorted({line.patient_id for line in lines})
    day = clock.today(work.site.time_zone)
    known = patients or {}
    missing = set(patient_ids) - known.keys()
    if entitlements is None:
        entitlements = entitlement_facts(work.session, patient_ids, work.enabled, day) if patient_ids else ()
    return Quote(
        invoice_id=invoice_id,
        site=work.site_facts,
        prices_include_tax=includes_tax,
        discounts_stack=work.site.discounts_stack,
        day=day,
        lines=lines,
        patients={**known, **(patient_facts(work.session, missing) if missing else {})},
        entitlements=entitlements,
        reading=SessionReading(work.session),
    )
