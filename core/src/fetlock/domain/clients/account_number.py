"""What an account number may be, and the number it stands for (H-10)."""

import re
from typing import Final

LONGEST: Final = 40
_POSSIBLE = re.compile(r"[^\W_](?:[\w./-]|[ ](?=\S))*")


def fault(account_number: str) -> str | None:
    """Why this cannot be an account number, or None."""
    if not account_number:
        return "Enter an account number."
    if len(account_number) > LONGEST:
        return f"An account number has at most {LONGEST} characters."
    if not _POSSIBLE.fullmatch(account_number):
        return "An account number is made of letters and digits, with - . / between them."
    return None


def value_of(account_number: str) -> int | None:
    """The number that an account number of ASCII digits alone stands for; it must fit 18 digits."""
    if account_number.isascii() and account_number.isdigit() and len(account_number) <= 18:
        return int(account_number)
    return None
