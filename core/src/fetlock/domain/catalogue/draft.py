"""A product as typed or read from a file, before it is stored: what must hold, field by field."""

import re
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from fetlock.domain.catalogue.models import ProductKind

KIND_WORDS: Final = {
    ProductKind.SERVICE: "Service",
    ProductKind.PROCEDURE: "Procedure",
    ProductKind.LAB: "Lab",
    ProductKind.INVENTORY: "Inventory",
    ProductKind.FEE: "Fee",
}
"""Each kind with the word that people read, in the order in which a form offers them."""

DEAREST: Final = Decimal("9999999.99")
MOST_DECIMALS: Final = 4
_CODE = re.compile(r"[^\W_](?:[\w./+&#%-]|[ ](?=\S))*")
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductDraft:
    """What a product shall be. `prices`: of a site id, or (None) of the organisation; None takes it away."""

    code: str
    name: str
    kind: str = ProductKind.SERVICE.value
    unit: str = "each"
    unit_decimals: int = 0
    tax_rate_id: int | None = None
    excluded_from_percentage_discount: bool = False
    active: bool = True
    prices: dict[int | None, Decimal | None] = field(default_factory=dict)

    def trimmed(self) -> "ProductDraft":
        """Without blanks around texts."""
        return replace(self, code=self.code.strip(), name=self.name.strip(), unit=self.unit.strip())


def faults_of(draft: ProductDraft) -> dict[str, str]:
    """The faults of a trimmed draft by field; a price's field is "price" or "price_<site id>"."""
    faults = {}
    if not draft.code:
        faults["code"] = "Enter a code."
    elif len(draft.code) > 40 or not _CODE.fullmatch(draft.code):
        faults["code"] = "A code has at most 40 letters, digits and signs such as - . /"
    if not draft.name:
        faults["name"] = "Enter a name."
    elif len(draft.name) > 200:
        faults["name"] = "Name: at most 200 characters."
    if draft.kind not in {kind.value for kind in ProductKind}:
        faults["kind"] = "Choose a kind."
    if not draft.unit or len(draft.unit) > 20:
        faults["unit"] = "Enter the unit in which it is counted, at most 20 characters."
    if not 0 <= draft.unit_decimals <= MOST_DECIMALS:
        faults["unit_decimals"] = f"Enter a number from 0 to {MOST_DECIMALS}."
    for site_id, amount in draft.prices.items():
        if amount is not None and (fault := price_fault(amount)):
            faults["price" if site_id is None else f"price_{site_id}"] = fault
    return faults


def price_fault(amount: Decimal) -> str | None:
    """Why this cannot be the price of one unit, or None."""
    if not amount.is_finite():
        return "Enter an amount, such as 45.00."
    if amount < 0:
        return "A price is not below 0.00."
    if amount != amount.quantize(_CENT):
        return "A price has at most two decimals."
    if amount > DEAREST:
        return f"A price is at most {DEAREST:,.2f}."
    return None
