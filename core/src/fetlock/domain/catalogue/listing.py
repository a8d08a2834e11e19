"""Lists of products with the price that holds at a site, and finding one while typing (H-20)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from fetlock.database.keyset import beyond
from fetlock.domain.catalogue.models import Product, ProductPrice, TaxRate

_EVERYWHERE = aliased(ProductPrice)
_HERE = aliased(ProductPrice)
_ORDERS = {
    "code": (Product.code,),
    "name": (Product.name, Product.code),
    "kind": (Product.kind, Product.code),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedProduct:
    """A product as a list at a site shows it. `price`: the site's, or else the organisation's, or None."""

    id: int
    code: str
    name: str
    kind: str
    unit: str
    unit_decimals: int
    tax_percent: Decimal | None
    excluded_from_percentage_discount: bool
    active: bool
    organisation_price: Decimal | None
    site_price: Decimal | None

    @property
    def price(self) -> Decimal | None:
        """What a unit costs at this site; no price at the site means the organisation's."""
        return self.site_price if self.site_price is not None else self.organisation_price


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of a list: its rows, and how many there are in all."""

    rows: tuple[ListedProduct, ...]
    total: int


def listed(
    session: Session,
    site_id: int,
    *,
    text: str = "",
    kind: str = "",
    active: bool | None = None,
    order: str = "code",
    descending: bool = False,
    offset: int = 0,
    limit: int = 50,
    last: tuple[str, ...] | None = None,
) -> Page:
    """A page of products; `text` is met by code or name, word by word, case apart.

    `last`: the values that the list is sorted by, of the row to go on after, instead of an `offset`.
    """
    conditions: list[ColumnElement[bool]] = [_meets(word) for word in text.split()]
    if kind:
        conditions.append(Product.kind == kind)
    if active is not None:
        conditions.append(Product.active == active)
    total = session.scalar(select(func.count()).select_from(Product).where(*conditions)) or 0
    columns = _ORDERS.get(order, _ORDERS["code"])
    if last is not None:
        conditions.append(beyond(columns, last, descending=descending))
    rows = session.execute(
        _products(site_id)
        .where(*conditions)
        .order_by(*(column.desc() if descending else column.asc() for column in columns))
        .offset(offset)
        .limit(limit)
    )
    return Page(rows=tuple(map(_listed, rows)), total=total)


def find(session: Session, site_id: int, text: str, *, limit: int = 10) -> Sequence[ListedProduct]:
    """Active products while somebody types: that code first, then codes that begin so, then the rest."""
    words = text.split()
    if not words:
        return ()
    typed = " ".join(words).upper()
    code = func.upper(Product.code)
    rank = case((code == typed, 0), (code.startswith(typed, autoescape=True), 1), else_=2)
    rows = session.execute(
        _products(site_id)
        .where(Product.active, *(_meets(word) for word in words))
        .order_by(rank, Product.name, Product.code)
        .limit(limit)
    )
    return tuple(map(_listed, rows))


def one(session: Session, site_id: int, product_id: int) -> ListedProduct | None:
    """One product as a list at the site shows it."""
    row = session.execute(_products(site_id).where(Product.id == product_id)).first()
    return None if row is None else _listed(row)


def _meets(word: str) -> ColumnElement[bool]:
    return or_(
        func.upper(Product.code).contains(word.upper(), autoescape=True),
        func.upper(Product.name).contains(word.upper(), autoescape=True),
        # upper() of SQLite knows ASCII alone
        Product.name.contains(word, autoescape=True),
    )


def _products(site_id: int) -> Select[Any]:
    return (
        select(
            Product.__table__,
            TaxRate.percent.label("tax_percent"),
            _EVERYWHERE.amount.label("organisation_price"),
            _HERE.amount.label("site_price"),
        )
        .outerjoin(TaxRate, TaxRate.id == Product.tax_rate_id)
        .outerjoin(_EVERYWHERE, and_(_EVERYWHERE.product_id == Product.id, _EVERYWHERE.site_id.is_(None)))
        .outerjoin(_HERE, and_(_HERE.product_id == Product.id, _HERE.site_id == site_id))
    )


def _listed(row: Row[Any]) -> ListedProduct:
    return ListedProduct(
        id=row.id,
        code=row.code,
        name=row.name,
        kind=row.kind,
        unit=row.unit,
        unit_decimals=row.unit_decimals,
        tax_percent=row.tax_percent,
        excluded_from_percentage_discount=row.excluded_from_percentage_discount,
        active=row.active,
        organisation_price=row.organisation_price,
        site_price=row.site_price,
    )
