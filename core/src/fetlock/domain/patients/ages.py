"""Ages: read as people say them, and said as people read them (H-11)."""

import calendar
import re
from datetime import date, timedelta
from typing import Final

OLDEST_YEARS: Final = 150
_PART = re.compile(r"(\d{1,3})\s*(y(?:rs?|ears?)?|m(?:os?|ths?|onths?)?|w(?:ks?|eeks?)?|d(?:ays?)?)(?![a-z])")
_YEAR, _MONTH, _WEEK, _DAY = "y", "m", "w", "d"


def birth_of(age: str, today: date) -> date | None:
    """The day on which an animal of that age was born ("7 y 4 m", "3 months", "10w"), or None.

    Only an estimate: an age says no day.
    """
    text = age.lower().replace(",", " ").replace(" and ", " ").strip()
    parts = list(_PART.finditer(text))
    if not parts or _PART.sub("", text).strip():
        return None
    amounts = dict.fromkeys((_YEAR, _MONTH, _WEEK, _DAY), 0)
    for part in parts:
        amounts[part[2][0]] += int(part[1])
    if amounts[_YEAR] > OLDEST_YEARS:
        return None
    born = months_before(today, amounts[_YEAR] * 12 + amounts[_MONTH])
    return born - timedelta(weeks=amounts[_WEEK], days=amounts[_DAY])


def months_before(day: date, months: int) -> date:
    """The same day some months before, or the last day of a shorter month."""
    years, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(years, month + 1, min(day.day, calendar.monthrange(years, month + 1)[1]))


def age_words(born: date, on: date) -> str:
    """The age on a day: years and months, under a year months, under ten weeks weeks, then days."""
    days = (on - born).days
    if days < 0:
        return "not yet born"
    if days < 14:
        return f"{days} d"
    if days < 70:
        return f"{days // 7} w"
    months = (on.year - born.year) * 12 + on.month - born.month - (on.day < born.day)
    years, rest = divmod(months, 12)
    if not years:
        return f"{rest} m"
    return f"{years} y {rest} m" if rest else f"{years} y"
