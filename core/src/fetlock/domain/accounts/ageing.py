"""How long debts have stood: what is open of each, by the days since it came to the account (H-38)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

ZERO: Final = Decimal(0)
LIMITS: Final = (30, 60, 90)
"""The last day of each part but the one that has no end."""
LABELS: Final = ("0–30 days", "31–60 days", "61–90 days", "over 90 days")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ageing:
    """Open debts by age, the youngest first; `parts` are as long as `LABELS`."""

    parts: tuple[Decimal, ...]

    @property
    def due(self) -> Decimal:
        """All that is open."""
        return sum(self.parts, ZERO)

    @property
    def overdue(self) -> Decimal:
        """What is older than the first part."""
        return sum(self.parts[1:], ZERO)

    @property
    def rows(self) -> tuple[tuple[str, Decimal], ...]:
        """Each part with its label."""
        return tuple(zip(LABELS, self.parts, strict=True))


def ageing(debts: Iterable[tuple[datetime, Decimal]], zone: str, today: date) -> Ageing:
    """Sum open debts, (moment it came to the account, what is open), by their age in days at the site."""
    parts = [ZERO] * len(LABELS)
    place = ZoneInfo(zone)
    for at, amount in debts:
        days = (today - at.astimezone(place).date()).days
        parts[sum(days > limit for limit in LIMITS)] += amount
    return Ageing(parts=tuple(parts))
