"""Phone numbers: read in whatever form they are typed, kept in E.164 form (H-10)."""

from dataclasses import dataclass
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberFormat

KINDS: Final = {"mobile": "mobile", "home": "home", "work": "work", "other": "other"}
"""The kinds of phone, each with the word that people read."""

LONGEST: Final = 40


@dataclass(frozen=True, slots=True)
class TypedPhone:
    """A phone as somebody typed it: its kind, and the number in any form."""

    kind: str
    entered: str


def parse(entered: str, region: str) -> str | None:
    """The E.164 form ("+18605550142") of a number typed in `region` (US), or None if it is not complete."""
    try:
        number = phonenumbers.parse(entered, region or None)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def digits_of(text: str) -> str:
    """Its decimal digits alone, whatever script they are typed in."""
    return "".join(str(int(sign)) for sign in text if sign.isdecimal())


def searched_forms(stored: str) -> tuple[str, ...]:
    """The digit strings with which a search for this number may begin: international, then national.

    Not of E.164 form: its digits alone.
    """
    digits = digits_of(stored)
    if not stored.startswith("+"):
        return (digits,) if digits else ()
    number = phonenumbers.parse(stored, None)
    return tuple(dict.fromkeys((digits, phonenumbers.national_significant_number(number))))


def shown(stored: str, entered: str, region: str) -> str:
    """How the number reads at a site in `region`: nationally there, internationally elsewhere."""
    if not stored.startswith("+"):
        return entered
    number = phonenumbers.parse(stored, None)
    at_home = phonenumbers.region_code_for_country_code(number.country_code or 0) == region
    code = phonenumbers.country_code_for_region(region) if region else 0
    if at_home or number.country_code == code:
        return phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
