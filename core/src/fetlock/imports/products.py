"""Importing products: one row a product, known by its code; a price comes along where there is one (H-20)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from fetlock.domain.catalogue.draft import KIND_WORDS, ProductDraft, faults_of, price_fault
from fetlock.domain.catalogue.models import Product, ProductKind, TaxRate
from fetlock.imports import cells, product_prices
from fetlock.imports.steps import (
    Action,
    Parsed,
    RowFault,
    Settings,
    Step,
    changed_meanwhile,
    looked_up,
)

_EMPTY: Final[Mapping[str, Any]] = {
    "name": "",
    "kind": ProductKind.SERVICE.value,
    "unit": "each",
    "unit_decimals": 0,
    "tax_rate_id": None,
    "excluded_from_percentage_discount": False,
    "active": True,
}
_KINDS: Final = {
    **{kind.value: kind for kind in ProductKind},
    **{word.lower(): kind for kind, word in KIND_WORDS.items()},
    "services": ProductKind.SERVICE, "exam": ProductKind.SERVICE, "consultation": ProductKind.SERVICE,
    "product": ProductKind.INVENTORY, "item": ProductKind.INVENTORY, "drug": ProductKind.INVENTORY,
    "medication": ProductKind.INVENTORY, "food": ProductKind.INVENTORY, "retail": ProductKind.INVENTORY,
    "stock": ProductKind.INVENTORY, "laboratory": ProductKind.LAB, "diagnostic": ProductKind.LAB,
    "surgery": ProductKind.PROCEDURE, "imaging": ProductKind.PROCEDURE, "fees": ProductKind.FEE,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product as its row gives it: only what the row holds. `tax` is as written."""

    code: str
    values: Mapping[str, Any]
    tax: str = ""
    price: Decimal | None = None


@dataclass(slots=True)
class _Write:
    code: str
    values: dict[str, Any]
    price: Decimal | None
    held_id: int | None = None
    held_revision: int = 0
    record_changed: bool = True


@dataclass(slots=True)
class Products:
    """Imports products."""

    settings: Settings
    _seen: dict[str, tuple[int, ProductRow]] = field(default_factory=dict)

    def read(self, row: Mapping[str, str]) -> tuple[ProductRow, Sequence[str]]:
        """The product of a row."""
        code = cells.line(row.get("code", ""), "Code")
        values: dict[str, Any] = {}
        for name, label in (("name", "Name"), ("unit", "Unit")):
            if text := cells.line(row.get(name, ""), label):
                values[name] = text
        if kind := cells.line(row.get("kind", ""), "Kind"):
            if kind.lower() not in _KINDS:
                known = ", ".join(each.value for each in ProductKind)
                raise RowFault(f"Kind: “{kind}” is not known. Write one of: {known}.")
            values["kind"] = _KINDS[kind.lower()].value
        decimals = cells.number(row.get("unit_decimals", ""), "Decimals of the unit")
        if decimals is not None:
            if decimals != decimals.to_integral_value():
                raise RowFault("Decimals of the unit: write a number from 0 to 4.")
            values["unit_decimals"] = int(decimals)
        for name, column, label in (
            ("excluded_from_percentage_discount", "excluded", "Excluded from percentage discount"),
            ("active", "active", "Active"),
        ):
            answer = cells.flag(row.get(column, ""), label)
            if answer is not None:
                values[name] = answer
        rest = {key: value for key, value in values.items() if key != "name"}
        faults = faults_of(ProductDraft(code=code, name=values.get("name", "-"), **rest))
        if faults:
            raise RowFault(" ".join(faults.values()))
        price = cells.number(row.get("price", ""), "Price")
        if price is not None and (fault := price_fault(price)):
            raise RowFault(f"{fault} This one is {price}.")
        return ProductRow(code, values, cells.line(row.get("tax", ""), "Tax rate"), price), ()

    def plan(self, session: Session, rows: Sequence[Parsed[ProductRow]]) -> list[Step]:
        """Create what is new, change what differs; of two rows with one code the first counts."""
        held = {
            row.code.upper(): row
            for row in looked_up(
                {row.value.code.upper() for row in rows},
                lambda some: session.execute(
                    select(Product.__table__).where(func.upper(Product.code).in_(some))
                ),
            )
        }
        rates = {rate.name.casefold(): rate for rate in session.scalars(select(TaxRate).order_by(TaxRate.id))}
        prices = product_prices.load(session, [row.id for row in held.values()])
        return [self._step(row, held.get(row.value.code.upper()), rates, prices) for row in rows]

    def _step(
        self,
        row: Parsed[ProductRow],
        held: Any,
        rates: Mapping[str, TaxRate],
        prices: Mapping[tuple[int, int | None], Decimal],
    ) -> Step:
        value = row.value
        first, said = self._seen.setdefault(value.code.upper(), (row.number, value))
        if first != row.number:
            if said == value:
                return Step(row.number, Action.UNCHANGED, warnings=[f"Says the same as row {first}."])
            reason = f"The code {value.code} stands in row {first} already, with other values."
            return Step(row.number, Action.REJECT, reason)
        given = dict(value.values)
        if value.tax:
            rate = _rate(value.tax, rates)
            if rate is None:
                reason = f"There is no tax rate “{value.tax}”. Make it first, under Products, Tax rates."
                return Step(row.number, Action.REJECT, reason)
            given["tax_rate_id"] = rate.id or None
        if held is None:
            if "name" not in given:
                return Step(row.number, Action.REJECT, "The name is missing.")
            write = _Write(value.code, dict(_EMPTY) | given, value.price)
            return Step(row.number, Action.CREATE, payload=write)
        before = {name: getattr(held, name) for name in _EMPTY}
        same_record = all(before[name] == given[name] for name in given)
        present = prices.get((held.id, self.settings.price_site_id))
        same_price = value.price is None or value.price == present
        write = _Write(held.code, before | given, value.price, held.id, held.revision, not same_record)
        action = Action.UNCHANGED if same_record and same_price else Action.UPDATE
        return Step(row.number, action, payload=write)

    def write(self, session: Session, steps: Sequence[Step]) -> None:
        """Write a portion: new products in one statement, changed ones in another, then prices."""
        new = [step.payload for step in steps if step.action is Action.CREATE]
        if new:
            statement = insert(Product).returning(Product.id, sort_by_parameter_order=True)
            ids = session.scalars(statement, [each.values | {"code": each.code} for each in new])
            for key, each in zip(ids, new, strict=True):
                each.held_id = key
        changed = [step for step in steps if step.action is Action.UPDATE]
        revisions = {step.payload.held_id: step.payload.held_revision for step in changed}
        late = changed_meanwhile(session, Product, revisions) if revisions else set()
        for step in changed:
            if step.payload.held_id in late:
                step.action, step.reason = (
                    Action.REJECT,
                    "Somebody changed this product just now. Import again.",
                )
        kept = [step.payload for step in changed if step.action is Action.UPDATE]
        records = [
            each.values | {"id": each.held_id, "revision": each.held_revision + 1}
            for each in kept
            if each.record_changed
        ]
        if records:
            session.execute(update(Product), records)
        amounts = {
            (each.held_id, self.settings.price_site_id): each.price
            for each in (*new, *kept)
            if each.price is not None
        }
        product_prices.store(session, amounts)


_NO_TAX: Final = TaxRate(id=0, name="none", percent=Decimal(0))


def _rate(text: str, rates: Mapping[str, TaxRate]) -> TaxRate | None:
    """The rate of that name, or the first of that percentage; "none" and 0 are no rate."""
    named = rates.get(text.casefold())
    if named is not None:
        return named
    if text.casefold() in ("none", "no", "n", "exempt", "no tax", "-"):
        return _NO_TAX
    try:
        percent = cells.number(text, "Tax rate")
    except cells.CellFault:
        return None
    found = next((rate for rate in rates.values() if rate.percent == percent), None)
    return found or (_NO_TAX if percent == 0 else None)
