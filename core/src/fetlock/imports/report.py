"""What came of an import: the counts, the rows that were rejected, and what should be looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Noted:
    """A row by its number (the header is row 1), and what is to be said of it."""

    row: int
    text: str


@dataclass(slots=True, kw_only=True)
class Report:
    """The counts of one run; `created + updated + unchanged + rejected` are `rows` (H-15)."""

    kind: str
    dry_run: bool = False
    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    errors: list[Noted] = field(default_factory=list)
    warnings: list[Noted] = field(default_factory=list)
    mapping: Mapping[str, str] = field(default_factory=dict)
    ignored_columns: Sequence[str] = ()

    @property
    def rejected(self) -> int:
        """How many rows were rejected."""
        return len(self.errors)

    def as_json(self) -> dict[str, Any]:
        """The report as the command line, the API and stored runs give it."""
        return {
            "kind": self.kind,
            "dry_run": self.dry_run,
            "rows": self.rows,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "rejected": self.rejected,
            "errors": [{"row": each.row, "reason": each.text} for each in self.errors],
            "warnings": [{"row": each.row, "text": each.text} for each in self.warnings],
            "mapping": dict(self.mapping),
            "ignored_columns": list(self.ignored_columns),
        }
