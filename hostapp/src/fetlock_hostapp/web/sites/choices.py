"""What the form of a site offers: countries, zones, and ways to write numbers and dates."""

from functools import cache

from babel import Locale
from babel.localedata import locale_identifiers

from fetlock.domain.sites.service import time_zones

_ENGLISH = Locale.parse("en")


@cache
def zones() -> list[tuple[str, list[tuple[str, str]]]]:
    """Time zones by continent."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for zone in sorted(time_zones()):
        continent, _, place = zone.partition("/")
        groups.setdefault(continent, []).append((zone, (place or zone).replace("_", " ")))
    return list(groups.items())


@cache
def locales() -> list[tuple[str, str]]:
    """Languages of a territory, by their English names: en_US is "English (United States)"."""
    found = []
    for identifier in locale_identifiers():
        parts = identifier.split("_")
        if len(parts) == 2 and len(parts[1]) == 2:
            name = Locale.parse(identifier).get_display_name("en")
            if name:
                found.append((identifier, name))
    return sorted(found, key=lambda pair: pair[1])


@cache
def countries() -> list[tuple[str, str]]:
    """Countries by their English names, with the code that addresses are stored with."""
    names = _ENGLISH.territories
    found = [
        (code, name) for code, name in names.items() if len(code) == 2 and code.isalpha() and code != "ZZ"
    ]
    return sorted(found, key=lambda pair: pair[1])
