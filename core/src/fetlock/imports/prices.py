"""Importing prices: one row a product at a site, or everywhere (H-20)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fetlock.domain.catalogue.draft import price_fault
from fetlock.domain.catalogue.models import Product
from fetlock.domain.sites.models import Site
from fetlock.imports import cells, product_prices
from fetlock.imports.steps import Action, Parsed, RowFault, Settings, Step, looked_up


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A price as its row gives it. `site` is a site's short or full name; empty: as the import says."""

    code: str
    amount: Decimal
    site: str = ""


@dataclass(slots=True)
class _Write:
    product_id: int
    site_id: int | None
    amount: Decimal


@dataclass(slots=True)
class Prices:
    """Imports prices."""

    settings: Settings
    _seen: dict[tuple[int, int | None], tuple[int, Decimal]] = field(default_factory=dict)

    def read(self, row: Mapping[str, str]) -> tuple[PriceRow, Sequence[str]]:
        """The price of a row; never below zero, never finer than a cent."""
        code = cells.line(row.get("code", ""), "Product code")
        if not code:
            raise RowFault("The product code is missing.")
        amount = cells.number(row.get("price", ""), "Price")
        if amount is None:
            raise RowFault("The price is missing.")
        if fault := price_fault(amount):
            raise RowFault(f"{fault} This one is {amount}.")
        return PriceRow(code, amount, cells.line(row.get("site", ""), "Site")), ()

    def plan(self, session: Session, rows: Sequence[Parsed[PriceRow]]) -> list[Step]:
        """Set what is new or differs; of two rows for one product and site the first counts."""
        products = {
            row.code.upper(): row.id
            for row in looked_up(
                {row.value.code.upper() for row in rows},
                lambda some: session.execute(
                    select(Product.id, Product.code).where(func.upper(Product.code).in_(some))
                ),
            )
        }
        sites: dict[str, int] = {}
        for site in session.execute(select(Site.id, Site.slug, Site.name)):
            sites |= {site.slug.casefold(): site.id, site.name.casefold(): site.id}
        present = product_prices.load(session, products.values())
        return [self._step(row, products, sites, present) for row in rows]

    def _step(
        self,
        row: Parsed[PriceRow],
        products: Mapping[str, int],
        sites: Mapping[str, int],
        present: product_prices.Amounts,
    ) -> Step:
        value = row.value
        product_id = products.get(value.code.upper())
        if product_id is None:
            return Step(row.number, Action.REJECT, f"There is no product with the code “{value.code}”.")
        site_id = self.settings.price_site_id
        if value.site:
            site_id = sites.get(value.site.casefold())
            if site_id is None:
                return Step(row.number, Action.REJECT, f"There is no site “{value.site}”.")
        key = (product_id, site_id)
        first, amount = self._seen.setdefault(key, (row.number, value.amount))
        if first != row.number:
            if amount == value.amount:
                return Step(row.number, Action.UNCHANGED, warnings=[f"Says the same as row {first}."])
            reason = f"A price of {value.code} stands in row {first} already: {amount}."
            return Step(row.number, Action.REJECT, reason)
        write = _Write(product_id, site_id, value.amount)
        if key not in present:
            return Step(row.number, Action.CREATE, payload=write)
        action = Action.UNCHANGED if present[key] == value.amount else Action.UPDATE
        return Step(row.number, action, payload=write)

    def write(self, session: Session, steps: Sequence[Step]) -> None:
        """Write a portion of steps."""
        amounts = {
            (step.payload.product_id, step.payload.site_id): step.payload.amount
            for step in steps
            if step.action in (Action.CREATE, Action.UPDATE)
        }
        product_prices.store(session, amounts)
