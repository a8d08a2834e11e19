"""How much a plugin may answer at once (PL-5). What is larger counts as a failure of the plugin.

Far above what any page can show or any receiver would send: a limit that is met means a fault, and keeps
its cost to the plugin's own card, line or row.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`items` in the answered sequence; `values` within, in all; `characters` of all texts together.

    `text`: characters of the longest single text.
    """

    items: int
    values: int
    text: int
    characters: int


SHOWN: Final = Limits(items=500, values=20_000, text=20_000, characters=500_000)
"""Of what pages show, of vetoes, and of what is registered at start."""

PROPOSED: Final = Limits(items=10_000, values=200_000, text=500, characters=5_000_000)
"""Of adjustments to one invoice; their texts have limits of their own, those of the price trace."""

FETCHED: Final = Limits(items=10_000, values=200_000, text=1_000_000, characters=5_000_000)
"""Of what an outside service answered: a delivery, an ask, a receipt."""

DEEPEST: Final = 20
"""Levels of lists and objects within each other, in data that is kept as JSON."""

LONGEST: Final[Mapping[str, int]] = {
    "Question.question": 60,
    "Question.subject": 120,
    "Job.key": 60,
    "Topic.name": 60,
    "Permission.key": 120,
}
"""Characters of texts that are keys in the database."""
