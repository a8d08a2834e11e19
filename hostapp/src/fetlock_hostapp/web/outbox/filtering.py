"""The filter of the outbox as the address says it, and what one may choose from."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from fetlock.outbox.listing import Filter
from fetlock_hostapp.plugin import Desk, Form
from fetlock_hostapp.web.outbox.words import CHIPS, topic_labels

FIELDS = ("state", "plugin", "topic", "invoice", "first", "last")


def filter_of(fields: Mapping[str, Any]) -> Filter:
    """The filter that the fields of an address or form ask for; what nobody can mean is left out."""
    sent = Form(fields)
    state = sent.text("state")
    invoice = sent.text("invoice")
    return Filter(
        state=state if state in dict(CHIPS) else "",
        plugin=sent.text("plugin")[:60],
        topic=sent.text("topic")[:60],
        invoice_id=int(invoice) if invoice.isdecimal() and len(invoice) < 19 else None,
        first=_day(sent.text("first")),
        last=_day(sent.text("last")),
    )


def fields_of(wanted: Filter) -> dict[str, str]:
    """The filter as fields, those that are set."""
    found = {
        "state": wanted.state,
        "plugin": wanted.plugin,
        "topic": wanted.topic,
        "invoice": "" if wanted.invoice_id is None else str(wanted.invoice_id),
        "first": wanted.first.isoformat() if wanted.first else "",
        "last": wanted.last.isoformat() if wanted.last else "",
    }
    return {name: value for name, value in found.items() if value}


def address(desk: Desk, wanted: Filter, path: str = "outbox", **more: Any) -> str:
    """The address of a list with this filter; `more` are further fields."""
    query = fields_of(wanted) | {name: str(value) for name, value in more.items() if value}
    return desk.url(path) + (f"?{urlencode(query)}" if query else "")


def chips(desk: Desk, wanted: Filter, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """The filters by state with their counts; states that nothing is in are left out, but the main ones."""
    found = []
    for state, label in CHIPS:
        one = replace(wanted, state=state)
        count = sum(counts[s] for s in one.states) if one.states else sum(counts.values())
        if count or state in ("", wanted.state, "failed", "sent"):
            found.append(
                {
                    "label": label,
                    "href": address(desk, one),
                    "count": count,
                    "current": state == wanted.state,
                }
            )
    return found


def choices(desk: Desk, wanted: Filter) -> dict[str, list[Any]]:
    """Plugins and kinds to filter by: those that are installed, ever switched here, or asked for."""
    labels = topic_labels(desk.hooks.registry.topics)
    known = {plugin for plugin, _ in labels} | set(desk.site.plugins) | ({wanted.plugin} - {""})
    plugins = sorted(((name, plugin_label(desk, name)) for name in known), key=lambda pair: pair[1].lower())
    kinds = [
        (label, [(topic, text) for (plugin, topic), text in labels.items() if plugin == name])
        for name, label in plugins
        if not wanted.plugin or name == wanted.plugin
    ]
    return {"plugins": plugins, "kinds": [(label, inner) for label, inner in kinds if inner]}


def plugin_label(desk: Desk, name: str) -> str:
    """The plugin's name for people; its own name where it isn't installed."""
    known = desk.hooks.registry.plugins.get(name)
    return known.manifest.label if known else name


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
