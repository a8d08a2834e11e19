"""What a form sent: text by name, with readers that say beside the field what is wrong with it."""

import re
from collections.abc import Iterator, Mapping
from datetime import date as Day  # noqa: N812 - `date` is a method here
from decimal import Decimal
from typing import Annotated, Any, Final, TypeVar

from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body

from fetlock.errors import Invalid

CSRF_FIELD: Final = "_csrf_token"
_NUMBER = re.compile(r"([+\-−]?)([0-9]{0,12})(?:\.([0-9]{0,12}))?")

T = TypeVar("T")


class Form(Mapping[str, "str | list[str]"]):
    """The fields of a sent form, without its CSRF token; `files` holds uploads by name."""

    def __init__(self, fields: Mapping[str, Any] | None = None) -> None:
        self._fields: dict[str, str | list[str]] = {}
        self.files: dict[str, UploadFile] = {}
        for name, value in (fields or {}).items():
            if isinstance(value, UploadFile):
                self.files[name] = value
            elif name != CSRF_FIELD:
                self._fields[name] = [_clean(v) for v in value] if isinstance(value, list) else _clean(value)

    def __getitem__(self, name: str) -> str | list[str]:
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def text(self, name: str, default: str = "") -> str:
        """The field as text without blanks around it; the last one where it was sent several times."""
        return self.raw(name, default).strip()

    def raw(self, name: str, default: str = "") -> str:
        """The field exactly as typed (passwords)."""
        value = self._fields.get(name, default)
        return value[-1] if isinstance(value, list) else value

    def all(self, name: str) -> list[str]:
        """Every value of a field that may be sent several times; none where it was left out."""
        value = self._fields.get(name, [])
        return value if isinstance(value, list) else [value]

    def flag(self, name: str) -> bool:
        """Whether a checkbox or switch was on."""
        return self.text(name) not in ("", "0", "off", "false")

    def decimal(self, name: str, label: str) -> Decimal:
        """The field as an exact number, 1.5 or 1,5. Raises `Invalid` beside the field."""
        number = self.optional_decimal(name, label)
        if number is None:
            raise Invalid({name: f"Enter {label[:1].lower()}{label[1:]}."})
        return number

    def optional_decimal(self, name: str, label: str) -> Decimal | None:
        """As `decimal`; None where nothing was typed."""
        typed = self.text(name).replace(" ", "").replace("\u00a0", "").replace("\u202f", "")
        if not typed:
            return None
        match = _NUMBER.fullmatch(_with_point(typed))
        if match is None or not (match[2] or match[3]):
            raise Invalid({name: f"{label} must be a number, such as 1.5."})
        sign = "-" if match[1] in ("-", "−") else ""
        return Decimal(
            f"{sign}{match[2] or '0'}.{match[3] or '0'}" if match[3] else f"{sign}{match[2] or '0'}"
        )

    def integer(self, name: str, label: str) -> int:
        """The field as a whole number. Raises `Invalid` beside the field."""
        number = self.optional_integer(name, label)
        if number is None:
            raise Invalid({name: f"Enter {label[:1].lower()}{label[1:]}."})
        return number

    def optional_integer(self, name: str, label: str) -> int | None:
        """As `integer`; None where nothing was typed."""
        typed = self.text(name)
        if not typed:
            return None
        if not re.fullmatch(r"[+-]?[0-9]{1,18}", typed):
            raise Invalid({name: f"{label} must be a whole number."})
        return int(typed)

    def date(self, name: str, label: str) -> Day:
        """The field as a day, as browsers send it (2026-11-19). Raises `Invalid` beside the field."""
        day = self.optional_date(name, label)
        if day is None:
            raise Invalid({name: f"Enter {label[:1].lower()}{label[1:]}."})
        return day

    def optional_date(self, name: str, label: str) -> Day | None:
        """As `date`; None where nothing was typed."""
        typed = self.text(name)
        if not typed:
            return None
        try:
            return Day.fromisoformat(typed)
        except ValueError:
            raise Invalid({name: f"{label} must be a day, such as 2026-11-19."}) from None


FormData = Annotated[Form, Body(media_type=RequestEncodingType.URL_ENCODED)]
"""What a handler declares: `data: FormData`. Both kinds of form arrive as it, with and without files."""


def decode_form(_target: type[Form], sent: Any) -> Form:
    """Litestar's way to make a `Form` of what it parsed."""
    return Form(sent if isinstance(sent, Mapping) else {})


def _clean(value: Any) -> str:
    # PostgreSQL stores no NUL, and nobody types one
    return str(value).replace("\x00", "")


def _with_point(typed: str) -> str:
    """The last of point and comma parts the decimals; where both stand, the other one groups thousands."""
    if "," in typed and "." in typed:
        group = "." if typed.rfind(",") > typed.rfind(".") else ","
        typed = typed.replace(group, "")
    return typed.replace(",", ".")
