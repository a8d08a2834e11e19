"""What stands in a cell, as a value: text, yes or no, an amount, a day. Each says why it cannot be read."""

import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal
from typing import Final

YES: Final = frozenset({"1", "y", "yes", "true", "t", "x", "active", "on"})
NO: Final = frozenset({"0", "n", "no", "false", "f", "inactive", "off"})
_BLANKS: Final = " \t\r\n\u00a0\u200b\ufeff\u3000"
_AMOUNT = re.compile(r"[-−]?\d+(?:\.\d+)?")
_GROUPED = re.compile(r"[-−]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_COMMA = re.compile(r"[-−]?\d+,\d{1,2}")
_MONTH_FIRST: Final = frozenset({"US", ""})


class CellFault(Exception):
    """A cell that cannot be read; the text is the reason for rejecting its row."""


def line(text: str, label: str = "A cell") -> str:
    """One line of text as it stands, without blanks around it; "NA" and "None" are words like others."""
    return " ".join(paragraph(text, label).split("\n")).strip(_BLANKS)


def paragraph(text: str, label: str = "A cell") -> str:
    """Text that may hold several lines."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ").strip(_BLANKS)
    if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in plain if sign != "\n"):
        raise CellFault(f"{label} holds a control character.")
    return plain


def flag(text: str, label: str) -> bool | None:
    """Yes or no; None for an empty cell."""
    plain = text.strip(_BLANKS).lower()
    if not plain:
        return None
    if plain in YES or plain in NO:
        return plain in YES
    raise CellFault(f"{label}: “{text.strip()}” is neither yes nor no.")


def number(text: str, label: str) -> Decimal | None:
    """An exact number: 1,234.50, $30.00, 30,00 or 6.35 %; None for an empty cell."""
    plain = text.strip(_BLANKS).strip("$€£¥% \u00a0").replace("\u00a0", "").replace("\u202f", "")
    if not text.strip(_BLANKS):
        return None
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    elif _COMMA.fullmatch(plain):
        plain = plain.replace(",", ".")
    plain = plain.replace("−", "-").replace("-$", "-")
    if not _AMOUNT.fullmatch(plain) or len(plain) > 24:
        raise CellFault(f"{label}: “{text.strip()}” is not a number.")
    return Decimal(plain)


def day(text: str, label: str, country: str) -> date | None:
    """A day: 2019-07-03; 7/3/2019 in the United States, 3/7/2019 or 3.7.2019 elsewhere; None when empty."""
    plain = text.strip(_BLANKS)
    if not plain:
        return None
    head = re.split(r"[T ](?=\d{1,2}:)", plain)[0]
    month_first = country in _MONTH_FIRST
    forms = ["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d.%m.%Y", "%b %d, %Y", "%B %d, %Y", "%B %d %Y", "%d %b %Y"]
    forms += ["%d %B %Y", "%d-%b-%Y", "%m/%d/%Y" if month_first else "%d/%m/%Y"]
    forms.append("%m-%d-%Y" if month_first else "%d-%m-%Y")
    for form in forms:
        try:
            return datetime.strptime(head, form).date()  # noqa: DTZ007  # a day has no zone
        except ValueError:
            continue
    meant = "month/day/year" if month_first else "day/month/year"
    raise CellFault(f"{label}: “{plain}” is not a day. Write 2019-07-03, or {meant}.")
