"""Kilograms and pounds: exact in Decimal, shown in the unit in which somebody weighed (H-11)."""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from fetlock.errors import Invalid

UNITS: Final = ("kg", "lb")
POUND: Final = Decimal("0.45359237")
"""Kilograms in a pound, by definition."""

PLACES: Final = 3
"""Decimals of a weight as typed. Kilograms are kept with four, so that typed pounds come back exactly."""

HEAVIEST_KG: Final = Decimal(3000)
_KEPT = Decimal("0.0001")
_TYPED = Decimal("0.001")


def to_kilograms(value: Decimal, unit: str) -> Decimal:
    """A weight in `unit` as kilograms with four decimals. Raises `Invalid` for what cannot be a weight."""
    if unit not in UNITS:
        raise Invalid({"unit": "Choose kg or lb."})
    if not value.is_finite() or value <= 0:
        raise Invalid({"weight": "Enter a weight above 0."})
    if value != value.quantize(_TYPED):
        raise Invalid({"weight": f"Enter a weight with at most {PLACES} decimals."})
    kilograms = (value * POUND if unit == "lb" else value).quantize(_KEPT, ROUND_HALF_EVEN)
    if kilograms > HEAVIEST_KG or kilograms <= 0:
        raise Invalid({"weight": f"Enter a weight between 0.001 and {HEAVIEST_KG:,f} kg."})
    return kilograms


def in_unit(kilograms: Decimal, unit: str) -> Decimal:
    """Kept kilograms in `unit`, without trailing zeros: what was typed in that unit comes back as typed."""
    value = kilograms / POUND if unit == "lb" else kilograms
    return plain(value.quantize(_TYPED, ROUND_HALF_EVEN))


def shown(kilograms: Decimal, unit: str) -> str:
    """The weight with its unit, such as "18.4 kg"."""
    return f"{in_unit(kilograms, unit):f} {unit}"


def plain(value: Decimal) -> Decimal:
    """Without trailing zeros, and never in powers of ten."""
    short = value.normalize()
    return short.quantize(Decimal(1)) if short == short.to_integral_value() else short
