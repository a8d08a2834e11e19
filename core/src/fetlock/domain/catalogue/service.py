"""Products: found, created and changed, with their prices (H-20)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fetlock.domain.audit import service as audit
from fetlock.domain.catalogue.draft import ProductDraft, faults_of
from fetlock.domain.catalogue.models import Product, ProductPrice, TaxRate
from fetlock.domain.sites.models import Site
from fetlock.errors import Invalid, NotFound, StaleEdit
from fetlock.work import Work

_LABELS: Final = {
    "code": "code",
    "name": "name",
    "kind": "kind",
    "unit": "unit",
    "unit_decimals": "decimals of the unit",
    "tax_rate_id": "tax rate",
    "excluded_from_percentage_discount": "excluded from percentage discount",
    "active": "active",
}


def get(session: Session, product_id: int) -> Product:
    """A product. Raises `NotFound`."""
    product = session.get(Product, product_id)
    if product is None:
        raise NotFound("There is no such product.")
    return product


def by_code(session: Session, code: str) -> Product | None:
    """The product with this code; case does not matter."""
    return session.scalar(select(Product).where(func.upper(Product.code) == code.strip().upper()))


def prices_of(session: Session, product_id: int) -> dict[int | None, Decimal]:
    """The prices of a product by site id; that of the organisation under None."""
    rows = session.execute(
        select(ProductPrice.site_id, ProductPrice.amount).where(ProductPrice.product_id == product_id)
    )
    return {row.site_id: row.amount for row in rows}


def draft_of(session: Session, product: Product) -> ProductDraft:
    """The product as it stands, as a draft: what a form begins with."""
    return ProductDraft(
        **{name: getattr(product, name) for name in _LABELS}, prices={**prices_of(session, product.id)}
    )


def create(work: Work, draft: ProductDraft) -> Product:
    """Create a product with its prices. Raises `Invalid` by field."""
    work.require("catalogue.edit")
    draft = draft.trimmed()
    faults = _faults(work.session, draft)
    if faults:
        raise Invalid(faults)
    product = Product()
    _fill(product, draft)
    try:
        with work.session.begin_nested():
            work.session.add(product)
    except IntegrityError:
        raise Invalid({"code": _taken(draft.code)}) from None
    set_prices(work, product.id, draft.prices)
    _record(work, "product.create", product)
    return product


def update(work: Work, product_id: int, draft: ProductDraft, *, seen_revision: int) -> Product:
    """Change a product and the prices named in the draft. Raises `StaleEdit`, or `Invalid` by field."""
    work.require("catalogue.edit")
    product = work.session.scalar(
        select(Product)
        .where(Product.id == product_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if product is None:
        raise NotFound("There is no such product.")
    draft = draft.trimmed()
    changes = _changes(work.session, product, draft)
    if product.revision != seen_revision and changes:
        raise StaleEdit("this product", product.revision, changes)
    faults = _faults(work.session, draft, but_product_id=product.id)
    if faults:
        raise Invalid(faults)
    if not changes:
        return product
    try:
        with work.session.begin_nested():
            _fill(product, draft)
            product.revision += 1
    except IntegrityError:
        raise Invalid({"code": _taken(draft.code)}) from None
    set_prices(work, product.id, draft.prices)
    _record(work, "product.update", product, {"fields": [label for label, _, _ in changes]})
    return product


def set_prices(work: Work, product_id: int, prices: Mapping[int | None, Decimal | None]) -> None:
    """Set or (None) take away prices, by site id or (None) for the organisation."""
    rows = work.session.scalars(select(ProductPrice).where(ProductPrice.product_id == product_id))
    present = {row.site_id: row for row in rows}
    for site_id, amount in prices.items():
        row = present.get(site_id)
        if amount is None:
            if row is not None:
                work.session.delete(row)
        elif row is None:
            work.session.add(ProductPrice(product_id=product_id, site_id=site_id, amount=amount))
        elif row.amount != amount:
            row.amount = amount
    work.session.flush()


def _fill(product: Product, draft: ProductDraft) -> None:
    for name in _LABELS:
        setattr(product, name, getattr(draft, name))


def _faults(session: Session, draft: ProductDraft, *, but_product_id: int | None = None) -> dict[str, str]:
    faults = faults_of(draft)
    if "code" not in faults:
        other = by_code(session, draft.code)
        if other is not None and other.id != but_product_id:
            faults["code"] = _taken(draft.code)
    if draft.tax_rate_id is not None and session.get(TaxRate, draft.tax_rate_id) is None:
        faults["tax_rate_id"] = "Choose a tax rate."
    sites = {site_id for site_id in draft.prices if site_id is not None}
    if sites - set(session.scalars(select(Site.id).where(Site.id.in_(sites)))):
        faults[""] = "There is no such site."
    return faults


def _changes(session: Session, product: Product, draft: ProductDraft) -> list[tuple[str, str, str]]:
    found = [
        (label, _words(getattr(product, name)), _words(getattr(draft, name)))
        for name, label in _LABELS.items()
        if getattr(product, name) != getattr(draft, name)
    ]
    prices = prices_of(session, product.id)
    names: Sequence[Any] = session.execute(select(Site.id, Site.name)).all()
    labels: dict[int | None, str] = {None: "price"} | {row.id: f"price at {row.name}" for row in names}
    found += [
        (labels.get(site_id, "price"), _words(prices.get(site_id)), _words(amount))
        for site_id, amount in draft.prices.items()
        if prices.get(site_id) != amount
    ]
    return found


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)


def _taken(code: str) -> str:
    return f"Another product has the code {code}."


def _record(work: Work, action: str, product: Product, detail: Mapping[str, Any] | None = None) -> None:
    audit.record(
        work.session,
        action,
        staff_id=work.actor.staff_id,
        site_id=work.site.id,
        subject=f"product:{product.id}",
        detail=detail,
    )
