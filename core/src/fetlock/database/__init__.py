"""The database: exact column types, one engine per process, one transaction per unit of work."""

from fetlock.database.base import Base, Identified
from fetlock.database.engine import Database
from fetlock.database.types import Json, Money, Percent, Quantity, UtcDateTime

__all__ = ["Base", "Database", "Identified", "Json", "Money", "Percent", "Quantity", "UtcDateTime"]
