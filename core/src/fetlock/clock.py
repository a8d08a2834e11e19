"""The one clock: aware UTC times, and the only thing that tests may replace."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def _system_time() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system_time


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _source()


def today(zone: str) -> date:
    """The calendar day it is now in the IANA time zone `zone` (a site's zone)."""
    return now().astimezone(ZoneInfo(zone)).date()


def start_of(day: date, zone: str) -> datetime:
    """The moment at which `day` begins in the IANA time zone `zone`; beyond 1900 and 9000, those years."""
    # days that nobody means, typed by mistake, lie outside what can be put into UTC
    sane = min(max(day, date(1900, 1, 1)), date(9000, 1, 1))
    return datetime.combine(sane, time.min, ZoneInfo(zone))


def day_after(day: date) -> date:
    """The next day; the last one that there is has none, and answers itself."""
    return day + timedelta(days=1) if day < date.max else day


def day_before(day: date) -> date:
    """The day before; the first one that there is has none, and answers itself."""
    return day - timedelta(days=1) if day > date.min else day


@contextmanager
def set_to(source: Callable[[], datetime] | datetime) -> Iterator[None]:
    """Within the block, `now()` answers with `source`: a fixed aware time or a callable that gives one."""
    global _source
    if isinstance(source, datetime):
        fixed = source.astimezone(UTC)
        replacement: Callable[[], datetime] = lambda: fixed  # noqa: E731
    else:
        replacement = source
    before, _source = _source, replacement
    try:
        yield
    finally:
        _source = before
