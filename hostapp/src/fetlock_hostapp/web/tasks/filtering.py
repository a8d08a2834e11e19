"""The filter of the list of tasks as the address says it, and the choices that lead to others."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from fetlock.domain.tasks.listing import EVERYBODY, GIVEN, ME, MINE_AND_ROLES, ROLES, STATES, WHOSE, Filter
from fetlock.domain.tasks.permissions import ALL
from fetlock_hostapp.plugin import Desk, Form

_WHOSE: Final = {
    MINE_AND_ROLES: "Mine and my roles’",
    ME: "Mine",
    ROLES: "My roles’",
    GIVEN: "Written by me",
    EVERYBODY: "Everybody’s",
}
_STATES: Final = {
    "open": "Open",
    "overdue": "Overdue",
    "snoozed": "Snoozed",
    "done": "Done",
    "dismissed": "Dismissed",
}


def filter_of(desk: Desk, fields: Mapping[str, Any]) -> Filter:
    """The filter that an address asks for; what nobody can mean, or may see, is left out."""
    sent = Form(fields)
    whose, state = sent.text("whose"), sent.text("state") or "open"
    if whose not in WHOSE or (whose == EVERYBODY and not desk.may(ALL)):
        whose = MINE_AND_ROLES
    return Filter(whose=whose, state=state if state in STATES else "open")


def address(desk: Desk, wanted: Filter, path: str = "tasks", page: int = 1) -> str:
    """The address of a list under this filter."""
    query = {
        "whose": wanted.whose,
        "state": wanted.state if wanted.state != "open" else "",
        "page": str(page) if page > 1 else "",
    }
    said = urlencode({name: value for name, value in query.items() if value})
    return desk.url(path) + (f"?{said}" if said else "")


def chips(
    desk: Desk, wanted: Filter, whose: Mapping[str, int], states: Mapping[str, int]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The filters by whose and by state, with their counts while the tasks are open."""
    counted = wanted.state in states
    first = [
        {
            "label": _WHOSE[key],
            "href": address(desk, Filter(whose=key, state=wanted.state)),
            "count": number if counted else None,
            "current": key == wanted.whose,
        }
        for key, number in whose.items()
    ]
    second = [
        {
            "label": label,
            "href": address(desk, Filter(whose=wanted.whose, state=key)),
            "count": states.get(key),
            "current": key == wanted.state,
        }
        for key, label in _STATES.items()
    ]
    return first, second
