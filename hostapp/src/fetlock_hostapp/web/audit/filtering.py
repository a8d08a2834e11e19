"""The filter of the audit log as the address says it."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from fetlock.domain.audit.listing import Filter
from fetlock_hostapp.plugin import Desk, Form


def filter_of(fields: Mapping[str, Any]) -> Filter:
    """The filter that the fields of an address ask for; what nobody can mean is left out."""
    sent = Form(fields)
    return Filter(
        staff_id=whole(sent.text("person")),
        action=sent.text("action")[:60],
        subject=sent.text("subject").strip()[:120],
        first=_day(sent.text("first")),
        last=_day(sent.text("last")),
    )


def fields_of(wanted: Filter) -> dict[str, str]:
    """The filter as fields, those that are set."""
    found = {
        "person": "" if wanted.staff_id is None else str(wanted.staff_id),
        "action": wanted.action,
        "subject": wanted.subject,
        "first": wanted.first.isoformat() if wanted.first else "",
        "last": wanted.last.isoformat() if wanted.last else "",
    }
    return {name: value for name, value in found.items() if value}


def address(desk: Desk, wanted: Filter, path: str, **more: Any) -> str:
    """The address of a list with this filter; `more` are further fields."""
    query = fields_of(wanted) | {name: str(value) for name, value in more.items() if value}
    return desk.url(path) + (f"?{urlencode(query)}" if query else "")


def whole(text: str) -> int | None:
    """A number in the address; None where it is none that a row can have."""
    return int(text) if text.isdecimal() and len(text) < 19 else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
