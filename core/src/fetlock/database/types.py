"""Exact column types: money, quantities and percentages as scaled integers, times in UTC (H-35)."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator, TypeEngine

MONEY_PLACES: Final = 2
QUANTITY_PLACES: Final = 4

Json = JSON().with_variant(JSONB(), "postgresql")
Key = BigInteger().with_variant(Integer(), "sqlite")
"""Primary and foreign keys: 64 bit; SQLite numbers rows by itself only for INTEGER."""


class InexactNumber(ValueError):
    """A number has more decimals than its column keeps, or is no Decimal at all."""


class _Scaled(TypeDecorator[Decimal]):
    """A Decimal kept as an integer of its smallest unit. Rounding is a decision, never done here."""

    impl = BigInteger
    cache_ok = True
    places: int

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:
        places = self.places
        name = type(self).__name__
        scale = Decimal(10**places)

        def scaled(value: Any) -> int | None:
            if isinstance(value, Decimal):
                whole = value * scale
                result = int(whole)
                if whole != result:
                    raise InexactNumber(f"{value} has more than {places} decimals")
                return result
            if value is None:
                return None
            if isinstance(value, int) and not isinstance(value, bool):
                return int(value) * int(10**places)
            raise InexactNumber(f"{name} takes a Decimal, not {type(value).__name__}")

        return scaled

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        smallest = Decimal(1).scaleb(-self.places)

        def unscaled(value: Any) -> Decimal | None:
            return None if value is None else Decimal(value) * smallest

        return unscaled

    def coerce_compared_value(self, op: object, value: object) -> TypeEngine[Any]:
        return self


class Money(_Scaled):
    """An amount in the document's currency: BIGINT of minor units (1/100), Decimal in Python."""

    places = MONEY_PLACES
    cache_ok = True


class Quantity(_Scaled):
    """A quantity: BIGINT of 1/10,000, Decimal in Python."""

    places = QUANTITY_PLACES
    cache_ok = True


class Percent(_Scaled):
    """A percentage (6.35 is 6.35 %): BIGINT of 1/10,000, Decimal in Python."""

    places = QUANTITY_PLACES
    cache_ok = True


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """In UTC; SQLite keeps no zone, so there it is left off."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A time without zone cannot be stored.")
        in_utc = value.astimezone(UTC)
        return in_utc.replace(tzinfo=None) if dialect.name == "sqlite" else in_utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware, in UTC, whichever database it comes from."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
