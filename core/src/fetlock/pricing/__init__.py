"""The fold: plugins propose, these pure functions compute. No database, no clock, no web.

`fold` prices a whole invoice in fixed phases: base price, plan entitlement, discount, tax, rounding.
"""

from fetlock.pricing.fold import fold
from fetlock.pricing.returns import SoldCoverage, SoldLine, price_return
from fetlock.pricing.values import Availability, Covered, PricedInvoice, PricedLine, Proposal, Step, TaxSum

__all__ = [
    "Availability",
    "Covered",
    "PricedInvoice",
    "PricedLine",
    "Proposal",
    "SoldCoverage",
    "SoldLine",
    "Step",
    "TaxSum",
    "fold",
    "price_return",
]
