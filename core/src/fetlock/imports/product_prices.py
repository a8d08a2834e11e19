"""Prices of many products at once: read and written in bulk (H-20)."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from fetlock.domain.catalogue.models import ProductPrice
from fetlock.imports.steps import looked_up

Amounts = Mapping[tuple[int, int | None], Decimal]
"""Prices by product id and site id; None is the organisation."""


def load(session: Session, product_ids: Iterable[int]) -> dict[tuple[int, int | None], Decimal]:
    """The prices that these products have."""
    return {
        (row.product_id, row.site_id): row.amount
        for row in looked_up(
            product_ids,
            lambda ids: session.execute(
                select(ProductPrice.product_id, ProductPrice.site_id, ProductPrice.amount).where(
                    ProductPrice.product_id.in_(ids)
                )
            ),
        )
    }


def store(session: Session, amounts: Amounts) -> None:
    """Write these prices, in place of those that are there."""
    present = {
        (row.product_id, row.site_id): row.id
        for row in looked_up(
            {product_id for product_id, _ in amounts},
            lambda ids: session.execute(
                select(ProductPrice.id, ProductPrice.product_id, ProductPrice.site_id)
                .where(ProductPrice.product_id.in_(ids))
                .with_for_update()
            ),
        )
    }
    new = [
        {"product_id": key[0], "site_id": key[1], "amount": amount}
        for key, amount in amounts.items()
        if key not in present
    ]
    changed = [{"id": present[key], "amount": amount} for key, amount in amounts.items() if key in present]
    if new:
        session.execute(insert(ProductPrice), new)
    if changed:
        session.execute(update(ProductPrice), changed)
