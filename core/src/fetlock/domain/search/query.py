"""What somebody typed into the search box, taken apart: the beginnings of words that must be met."""

from dataclasses import dataclass
from typing import Final

from fetlock.domain.clients import phones
from fetlock.domain.search.folding import fold, looks_like_number, words
from fetlock.domain.search.terms import BACKWARDS

_MOST_WORDS: Final = 6
_LAST_DIGITS: Final = 4
"""From so many digits on, a number is also looked for by its end."""


@dataclass(frozen=True, slots=True)
class Query:
    """`wanted`: for each word typed, the beginnings of which one must be met. `whole`: all of it, folded."""

    text: str
    whole: str
    wanted: tuple[tuple[str, ...], ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to look for."""
        return not self.wanted

    @property
    def driver(self) -> tuple[str, ...]:
        """The word likely to have the fewest hits: the longest."""
        return max(self.wanted, key=lambda prefixes: len(prefixes[0]))


def understand(text: str, region: str) -> Query:
    """Take apart what was typed at a site in `region` (US): a number, an e-mail address, or words."""
    text = " ".join(text.split())
    whole = fold(text)
    if looks_like_number(text):
        return Query(text, whole, (_number(text, region),))
    if "@" in text.lstrip("@") and " " not in text:
        return Query(text, whole, ((whole,),))
    return Query(text, whole, tuple((word,) for word in words(text)[:_MOST_WORDS]))


def _number(text: str, region: str) -> tuple[str, ...]:
    digits = phones.digits_of(text)
    found = [digits]
    complete = phones.parse(text, region)
    if complete is not None:
        found += phones.searched_forms(complete)
    if len(digits) >= _LAST_DIGITS:
        found.append(BACKWARDS + digits[::-1])
    code = fold("".join(text.split()))
    if not code.isdecimal():
        found.append(code)
    return tuple(dict.fromkeys(found))
