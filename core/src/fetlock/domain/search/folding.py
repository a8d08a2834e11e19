"""Folding text for the search: case, accents and punctuation do not matter, emoji do."""

import unicodedata
from typing import Final

from fetlock.domain.clients.phones import digits_of

_INSIDE: Final = "'’‘ʼ`´"
"""Marks within a name that many leave out: O'Shaughnessy is found as oshaughnessy too."""


_INVISIBLE: Final = "\u200d\ufe0e\ufe0f"
"""Joiners and variants of emoji, which keyboards set or leave out."""


def fold(text: str) -> str:
    """Lower case, without accents: "Zoë" and "ZOE" both become "zoe"."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in apart if not unicodedata.combining(sign) and sign not in _INVISIBLE)


def words(text: str) -> list[str]:
    """The folded words of a text, in order, each once: letters, digits and symbols, parted by the rest."""
    folded = fold(text)
    parted = "".join(sign if _belongs(sign) else " " for sign in folded)
    return list(dict.fromkeys(parted.split()))


def indexed_words(text: str) -> list[str]:
    """As `words`, with names that hold an apostrophe also in one piece."""
    joined = fold(text)
    for mark in _INSIDE:
        joined = joined.replace(mark, "")
    return list(dict.fromkeys([*words(text), *words(joined)]))


def looks_like_number(text: str) -> bool:
    """Whether somebody is typing a phone number or a microchip: digits, and what stands between them."""
    return len(digits_of(text)) >= 3 and all(sign.isdecimal() or sign in " +-./()\u00a0" for sign in text)


def _belongs(sign: str) -> bool:
    kind = unicodedata.category(sign)[0]
    return kind in "LNM" or (kind == "S" and sign not in "`´^¨")
