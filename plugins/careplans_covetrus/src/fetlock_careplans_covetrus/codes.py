"""The codes of plan items beside the practice's own products: what can be charged, at what price."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import and_, func, select
from sqlalchemy.orm import aliased

from fetlock.contracts import Reading, SiteFacts
from fetlock.tables import Product, ProductPrice
from fetlock_careplans_covetrus.models import CarePlanCode


@dataclass(frozen=True, slots=True)
class CodeShown:
    """A code of an item. `product_id` None: the catalogue has no such product (CP-18).

    `price`: of one unit at the site, in its currency; None where the product has none.
    """

    item_id: int
    code: str
    position: int
    name: str
    dropped_at: datetime | None
    product_id: int | None
    active: bool
    price: Decimal | None

    @property
    def chargeable(self) -> bool:
        """Whether this practice can charge it."""
        return self.product_id is not None and self.active


def codes_of(reading: Reading, site: SiteFacts, item_ids: Sequence[int]) -> dict[int, list[CodeShown]]:
    """The codes of these items, each item's own first, in one query."""
    here, everywhere = aliased(ProductPrice), aliased(ProductPrice)
    rows = reading.rows(
        select(
            CarePlanCode,
            Product.id.label("product_id"),
            Product.name.label("product_name"),
            Product.active,
            func.coalesce(here.amount, everywhere.amount, type_=here.amount.type).label("price"),
        )
        .outerjoin(Product, Product.code == CarePlanCode.code)
        .outerjoin(here, and_(here.product_id == Product.id, here.site_id == site.site_id))
        .outerjoin(everywhere, and_(everywhere.product_id == Product.id, everywhere.site_id.is_(None)))
        .where(CarePlanCode.item_id.in_(item_ids))
        .order_by(CarePlanCode.item_id, CarePlanCode.position, CarePlanCode.code)
    )
    found: dict[int, list[CodeShown]] = defaultdict(list)
    for row in rows:
        code: CarePlanCode = row.CarePlanCode
        found[code.item_id].append(
            CodeShown(
                item_id=code.item_id,
                code=code.code,
                position=code.position,
                name=row.product_name or code.name,
                dropped_at=code.dropped_at,
                product_id=row.product_id,
                active=bool(row.active),
                price=row.price,
            )
        )
    return dict(found)
