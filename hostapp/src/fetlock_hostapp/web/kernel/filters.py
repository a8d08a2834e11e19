"""Jinja filters for numbers and times, in the locale and zone of the site that is shown.

The site stands in a context variable while a template is drawn: macros that are imported don't see the
template's own context.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_currency, format_decimal


@dataclass(frozen=True, slots=True)
class Manner:
    """How a site writes: its locale, zone and currency."""

    locale: Locale
    zone: ZoneInfo
    currency: str


@lru_cache(maxsize=64)
def manner_of(locale: str, time_zone: str, currency: str) -> Manner:
    """The manner of a site; English of the United States where babel doesn't know its locale."""
    try:
        known = Locale.parse(locale)
    except (UnknownLocaleError, ValueError):
        known = Locale.parse("en_US")
    return Manner(known, ZoneInfo(time_zone), currency)


_PLAIN: Final = manner_of("en_US", "UTC", "USD")
_manner: ContextVar[Manner] = ContextVar("manner", default=_PLAIN)


@contextmanager
def in_the_manner_of(manner: Manner | None) -> Iterator[None]:
    """Within the block, filters write as this site does."""
    token = _manner.set(manner or _PLAIN)
    try:
        yield
    finally:
        _manner.reset(token)


def money(amount: Decimal | None, symbol: bool = False) -> str:
    """1,234.50; with `symbol` $1,234.50. Nothing for None."""
    if amount is None:
        return ""
    manner = _manner.get()
    if symbol:
        return _minus(format_currency(amount, manner.currency, locale=manner.locale))
    return _minus(format_decimal(amount, "#,##0.00", locale=manner.locale))


def qty(amount: Decimal | int | None) -> str:
    """A quantity without trailing zeros: 1.5, 3."""
    if amount is None:
        return ""
    return _minus(format_decimal(amount, "#,##0.####", locale=_manner.get().locale))


def percent(amount: Decimal | int | None) -> str:
    """6.35 %, where 6.35 is what stands in the database."""
    return "" if amount is None else f"{qty(amount)} %"


def day(value: date | datetime | None) -> str:
    """Nov 19, 2026. A moment is shown as the day it is at the site."""
    if value is None:
        return ""
    return str(format_date(_local(value), format="medium", locale=_manner.get().locale))


def time(value: datetime | None) -> str:
    """3:12 PM, or 15:12 where people write it so."""
    if value is None:
        return ""
    manner = _manner.get()
    return str(format_time(value, format="short", tzinfo=manner.zone, locale=manner.locale))


def datetime_local(value: datetime | None) -> str:
    """Nov 19, 2026, 3:12 PM, in the site's zone."""
    if value is None:
        return ""
    manner = _manner.get()
    shown = format_datetime(value, format="medium", tzinfo=manner.zone, locale=manner.locale)
    whole = format_datetime(value, format="short", tzinfo=manner.zone, locale=manner.locale)
    seconds = format_time(value, format="medium", tzinfo=manner.zone, locale=manner.locale)
    short = format_time(value, format="short", tzinfo=manner.zone, locale=manner.locale)
    return str(shown.replace(seconds, short)) if seconds in shown else str(whole)


def moment(value: datetime | None) -> str:
    """Nov 19, 2026, 3:12:40 PM, in the site's zone: where seconds tell things apart."""
    if value is None:
        return ""
    manner = _manner.get()
    return str(format_datetime(value, format="medium", tzinfo=manner.zone, locale=manner.locale))


FILTERS: Final[dict[str, Callable[..., Any]]] = {
    "money": money,
    "qty": qty,
    "percent": percent,
    "date": day,
    "time": time,
    "datetime_local": datetime_local,
    "moment": moment,
}


def _local(value: date | datetime) -> date:
    return value.astimezone(_manner.get().zone).date() if isinstance(value, datetime) else value


def _minus(text: str) -> str:
    """A true minus is as wide as a digit."""
    return text.replace("-", "−")
