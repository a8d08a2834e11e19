"""Rounding: half to even, per line, to the currency's minor unit (QA29)."""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

CENT: Final = Decimal("0.01")
HUNDRED: Final = Decimal(100)


def to_minor_unit(amount: Decimal) -> Decimal:
    """`amount` rounded half to even to two decimals."""
    return amount.quantize(CENT, ROUND_HALF_EVEN)


def share(amount: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """`amount * part / whole`, rounded; the whole of it gives `amount` itself."""
    return amount if part == whole else to_minor_unit(amount * part / whole)
