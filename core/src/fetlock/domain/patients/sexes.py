"""Sex codes with the words that people read (H-11)."""

from typing import Final

UNKNOWN: Final = "?"
SEXES: Final = {
    "M": "Male",
    "MN": "Male, neutered",
    "F": "Female",
    "FS": "Female, spayed",
    UNKNOWN: "Sex unknown",
}
"""Each code with its words, in the order in which a form offers them."""

_ALSO: Final = {
    "M": ("male", "m", "intact male", "male intact", "mi", "im", "me", "stallion", "tom"),
    "MN": (
        "mn", "nm", "cm", "mc", "male neutered", "neutered male", "neutered", "castrated",
        "male castrated", "castrated male", "gelding",
    ),
    "F": ("female", "f", "intact female", "female intact", "fi", "if", "fe", "mare", "queen"),
    "FS": (
        "fs", "sf", "fn", "nf", "female spayed", "spayed female", "spayed", "female neutered",
        "neutered female",
    ),
    UNKNOWN: ("?", "", "u", "unknown", "unk", "x", "sex unknown", "not known"),
}  # fmt: skip
_CODES: Final = {word: code for code, words in _ALSO.items() for word in words}


def read(text: str) -> str | None:
    """The code for a code or for words ("Male, neutered", "SF", "spayed female"); None if not known."""
    plain = " ".join(text.lower().replace(",", " ").replace("(", " ").replace(")", " ").split())
    return _CODES.get(plain)


def words(code: str) -> str:
    """What a code means; an unknown code means itself."""
    return SEXES.get(code, code)
