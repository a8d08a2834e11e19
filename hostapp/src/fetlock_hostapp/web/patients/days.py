"""Days and times as the record writes them: each day has a head, each entry its time, at the site's zone."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Generic, TypeVar

from babel.dates import format_date

from fetlock import clock
from fetlock.domain.sites.models import Site
from fetlock_hostapp.web.kernel.filters import manner_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Day(Generic[T]):
    """A day of the record: "Today" or the date, the weekday or date behind it, and what happened."""

    title: str
    note: str
    entries: tuple[T, ...]


def days_of(site: Site, moments: list[tuple[datetime, T]]) -> list[Day[T]]:
    """The entries by day, in the order given; the days are those of the site."""
    manner = manner_of(site.locale, site.time_zone, site.currency)
    today = clock.today(site.time_zone)
    local = [(moment.astimezone(manner.zone).date(), entry) for moment, entry in moments]
    found = []
    for day, group in groupby(local, key=lambda pair: pair[0]):
        entries = tuple(entry for _, entry in group)
        long = format_date(day, "EEE, MMM d, y" if day.year != today.year else "EEE, MMM d", manner.locale)
        if day == today:
            found.append(Day("Today", long, entries))
        elif day == today - timedelta(days=1):
            found.append(Day("Yesterday", long, entries))
        else:
            title = format_date(day, "MMM d" if day.year == today.year else "MMM d, y", manner.locale)
            found.append(Day(title, f"{format_date(day, 'EEE', manner.locale)}{_ago(today, day)}", entries))
    return found


def _ago(today: date, day: date) -> str:
    days = (today - day).days
    if 2 <= days < 7:
        return f", {days} days ago"
    if 7 <= days < 14:
        return ", a week ago"
    return ""
