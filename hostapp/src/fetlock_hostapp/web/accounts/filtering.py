"""The filters of the list and of an account, between the address and what core takes."""

from datetime import date
from typing import Final
from urllib.parse import urlencode

from fetlock.domain.accounts import entry_views, listing
from fetlock.errors import NotFound
from fetlock_hostapp.plugin import Desk

KINDS: Final = {"clients": "client", "insurers": "insurer"}
"""What stands in the address to the kind of party."""


def kind_of(kinds: str) -> str:
    """The kind of party that an address names. Raises `NotFound`."""
    if kinds not in KINDS:
        raise NotFound("There are accounts of clients and of insurers.")
    return KINDS[kinds]


def list_filter(which: str, kind: str, q: str, sort: str, way: str) -> listing.Filter:
    """The filter of the list that an address asks for; what nobody can mean is left out."""
    order = listing.Sort(sort) if sort in set(listing.Sort) else listing.Sort.BALANCE
    return listing.Filter(
        which=listing.Which(which) if which in set(listing.Which) else listing.Which.BALANCE,
        kind=kind if kind in KINDS.values() else "",
        text=q.strip()[:200],
        sort=order,
        descending=(way == "down") if way in ("up", "down") else order is not listing.Sort.NAME,
    )


def list_query(wanted: listing.Filter) -> dict[str, str]:
    """The filter of the list as the address says it."""
    return {
        "which": wanted.which.value,
        "kind": wanted.kind,
        "q": wanted.text,
        "sort": wanted.sort.value,
        "way": "down" if wanted.descending else "up",
    }


def entry_filter(which: str, first: str, last: str) -> entry_views.Filter:
    """The filter of an account's entries that an address asks for."""
    return entry_views.Filter(
        which=entry_views.Which(which) if which in set(entry_views.Which) else entry_views.Which.ALL,
        first=day_of(first),
        last=day_of(last),
    )


def entry_query(wanted: entry_views.Filter) -> dict[str, str]:
    """The filter of an account's entries as the address says it."""
    return {
        "which": wanted.which.value,
        "first": wanted.first.isoformat() if wanted.first else "",
        "last": wanted.last.isoformat() if wanted.last else "",
    }


def day_of(text: str) -> date | None:
    """A day in an address, None where it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def address(desk: Desk, path: str, query: dict[str, str]) -> str:
    """A path below the site with what of a query is not empty."""
    given = {name: value for name, value in query.items() if value}
    return desk.url(path) + (f"?{urlencode(given)}" if given else "")


def pager_href(desk: Desk, path: str, query: dict[str, str]) -> str:
    """As `address`, ending with "page="."""
    return address(desk, path, query) + ("&" if any(query.values()) else "?") + "page="
