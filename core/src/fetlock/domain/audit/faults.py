"""What a verification of the audit chain can find wrong, in words (H-5)."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

_KEPT: Final = 100


class FaultKind(StrEnum):
    """`CHANGED`, `REMOVED`, `INSERTED`: an entry. `CUT`: the end. `HEAD`: the head itself, now or once."""

    CHANGED = "changed"
    REMOVED = "removed"
    INSERTED = "inserted"
    CUT = "cut"
    HEAD = "head"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault. `number` is the place in the chain, `entry_id` the row of `audit_entry`, where known."""

    kind: FaultKind
    text: str
    number: int | None = None
    entry_id: int | None = None

    def as_json(self) -> dict[str, Any]:
        """For programs, and for keeping."""
        return {"kind": self.kind.value, "number": self.number, "entry": self.entry_id, "text": self.text}


@dataclass(slots=True)
class Faults:
    """The first faults, and how many there are."""

    first: list[Fault] = field(default_factory=list)
    count: int = 0

    def add(
        self,
        kind: FaultKind,
        text: str,
        *,
        number: int | None = None,
        entry_id: int | None = None,
        count: int = 1,
    ) -> None:
        """Note a fault, which stands for `count` entries."""
        self.count += count
        if len(self.first) < _KEPT:
            self.first.append(Fault(kind=kind, text=text, number=number, entry_id=entry_id))


def span(first: int, last: int) -> str:
    """Places in words: "Number 5", or "Numbers 5 to 8"."""
    return f"Number {first}" if first == last else f"Numbers {first} to {last}"


DOUBTS: Final = {
    "missing": "The head is missing",
    "unsigned": "The head is not signed",
    "unknown key": "The head is signed with a key that this installation does not have",
    "signature": "The head’s signature does not fit: it was changed outside of Fetlock",
}
"""Why a head can't be believed."""
