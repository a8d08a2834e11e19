"""Prices of returning lines: they mirror what was sold, and all parts of it sum to the whole."""

from dataclasses import dataclass
from decimal import Decimal

from fetlock.contracts.pricing import Phase
from fetlock.pricing.rounding import share
from fetlock.pricing.values import CORE, ZERO, Covered, PricedLine, Step


@dataclass(frozen=True, slots=True)
class SoldCoverage:
    """A coverage row of the line that is returned, in its order (current term first)."""

    entitlement_id: int
    quantity: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class SoldLine:
    """The line that is returned, as it was priced. All figures are above zero."""

    quantity: Decimal
    unit_price: Decimal
    list_amount: Decimal
    savings: Decimal
    discount: Decimal
    amount: Decimal
    net: Decimal
    tax_percent: Decimal
    tax: Decimal
    gross: Decimal
    coverage: tuple[SoldCoverage, ...]

    @property
    def covered_quantity(self) -> Decimal:
        """How much of it was covered."""
        return sum((part.quantity for part in self.coverage), ZERO)

    @property
    def charged_quantity(self) -> Decimal:
        """How much of it was paid for."""
        return self.quantity - self.covered_quantity


@dataclass(frozen=True, slots=True)
class _Portion:
    """What the first so many returned units amount to."""

    charged_list: Decimal
    discount: Decimal
    amount: Decimal
    tax: Decimal
    gross: Decimal
    coverage: tuple[SoldCoverage, ...]


def price_return(key: int, sold: SoldLine, already: Decimal, quantity: Decimal, title: str) -> PricedLine:
    """Price a return of `quantity` (above zero) of `sold`, of which `already` came back before.

    The charged quantity comes back first, then the latest coverage. `title` names the returned line.
    Raises `ValueError` where more would come back than was sold.
    """
    if quantity <= ZERO or already + quantity > sold.quantity:
        raise ValueError("More is returned than was sold.")
    before, after = _portion(sold, already), _portion(sold, already + quantity)
    coverage = tuple(
        Covered(now.entitlement_id, then.quantity - now.quantity, then.amount - now.amount, title)
        for then, now in zip(before.coverage, after.coverage, strict=True)
        if now.quantity != then.quantity
    )
    covered_quantity = sum((part.quantity for part in coverage), ZERO)
    savings = sum((part.amount for part in coverage), ZERO)
    charged_list = before.charged_list - after.charged_list
    amount = before.amount - after.amount
    gross = before.gross - after.gross
    tax = before.tax - after.tax
    steps = [
        Step(Phase.BASE_PRICE, CORE, "", "return", title, ZERO, charged_list + savings, quantity=-quantity)
    ]
    if savings:
        steps.append(
            Step(
                Phase.ENTITLEMENT,
                CORE,
                "",
                "return_covered",
                "Was covered: comes back to the plan",
                charged_list + savings,
                charged_list,
                quantity=covered_quantity,
            )
        )
    if charged_list != amount:
        steps.append(
            Step(
                Phase.DISCOUNT, CORE, "", "return_discount", "Discount as it was given", charged_list, amount
            )
        )
    if gross != amount:
        steps.append(Step(Phase.TAX, CORE, "", "return_tax", "Tax as it was charged", amount, gross))
    return PricedLine(
        key=key,
        quantity=-quantity,
        unit_price=sold.unit_price,
        list_amount=charged_list + savings,
        covered_quantity=covered_quantity,
        savings=savings,
        discount=before.discount - after.discount,
        amount=amount,
        net=gross - tax,
        tax_percent=sold.tax_percent,
        tax=tax,
        gross=gross,
        coverage=coverage,
        steps=tuple(steps),
    )


def _portion(sold: SoldLine, units: Decimal) -> _Portion:
    charged = min(units, sold.charged_quantity)
    whole = sold.charged_quantity or sold.quantity
    part = charged if sold.charged_quantity else units
    left = units - charged
    coverage = []
    for row in reversed(sold.coverage):
        taken = min(left, row.quantity)
        left -= taken
        coverage.append(SoldCoverage(row.entitlement_id, taken, share(row.amount, taken, row.quantity)))
    # Each figure is a share of the one it is part of, so that none moves backwards by a cent when more
    # units come back: of the list amount what was charged, of that the tax within it.
    charged_list = share(sold.list_amount - sold.savings, part, whole)
    amount = share(sold.amount, charged_list, sold.list_amount - sold.savings)
    tax_within = share(sold.amount - sold.net, amount, sold.amount)
    # on top of the amount: all tax where prices exclude it, only that of taxed coverage otherwise
    tax_on_top = share(sold.gross - sold.amount, part, whole)
    return _Portion(
        charged_list,
        charged_list - amount,
        amount,
        tax_within + tax_on_top,
        amount + tax_on_top,
        tuple(coverage),
    )
