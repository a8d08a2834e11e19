"""What the pages of the outbox are drawn from: the list under a filter, and one entry with its past."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from fetlock import clock
from fetlock.domain.audit import reading as audit
from fetlock.domain.audit.reading import Deed
from fetlock.errors import FetlockError
from fetlock.outbox import heartbeat, listing, resending
from fetlock.outbox.listing import Attempt, Filter, Parcel, Row
from fetlock.outbox.models import OutboxState
from fetlock.platform.gate import Gate, gate, words_of
from fetlock_hostapp.plugin import Desk, Form
from fetlock_hostapp.web.outbox import words
from fetlock_hostapp.web.outbox.filtering import address, chips, choices, fields_of, plugin_label

_SOON: Final = timedelta(minutes=1)
_LONG: Final = timedelta(minutes=2)
_MOST_PAGES: Final = 1_000_000


def list_context(desk: Desk, wanted: Filter, number: int) -> dict[str, Any]:
    """Everything that the list needs: three queries."""
    reach = listing.reach_of(desk.work)
    counts = listing.counts(desk.session, reach, wanted)
    total = sum(counts[state] for state in wanted.states) if wanted.states else sum(counts.values())
    pages = max(-(-total // listing.PAGE), 1)
    number = min(max(number, 1), pages, _MOST_PAGES)
    rows = listing.page(desk.session, reach, wanted, number) if total else []
    alive = heartbeat.alive(desk.session)
    asked = wanted.states or tuple(counts)
    again = [state for state in resending.SENT_AGAIN_TOGETHER if state in asked]
    return {
        "words": words,
        "wanted": wanted,
        "fields": fields_of(wanted),
        "chips": chips(desk, wanted, counts),
        "rows": rows,
        "total": total,
        "number": number,
        "pages": pages,
        "here": address(desk, wanted, page=number if number > 1 else ""),
        "pager_href": _and_page(address(desk, wanted)),
        "everything_href": desk.url("outbox"),
        "csv_href": address(desk, wanted, "outbox.csv"),
        "json_href": address(desk, wanted).replace("/s/", "/api/v1/s/", 1),
        "labels": words.topic_labels(desk.hooks.registry.topics),
        "plugin_labels": {row.plugin: plugin_label(desk, row.plugin) for row in rows},
        "failed_count": sum(counts[state] for state in again),
        "held_count": counts[OutboxState.HELD] if OutboxState.HELD in asked else 0,
        "unfiltered": not fields_of(replace(wanted, state="")),
        "alive": alive,
        "polls": alive and any(changes_soon(row) for row in rows),
        "may_resend": desk.may("plugins.resend"),
        **choices(desk, wanted),
    }


def entry_context(
    desk: Desk,
    entry_id: int,
    *,
    asking: str = "",
    typed: Form | None = None,
    error: FetlockError | None = None,
) -> dict[str, Any]:
    """Everything that the page of one entry needs. `asking`: the dialog that is open, "send" or "drop"."""
    parcel = listing.get(desk.session, listing.reach_of(desk.work), entry_id)
    row = parcel.row
    open_state = gate(desk.session, desk.hooks.registry, row.plugin, row.site_id)
    label = plugin_label(desk, row.plugin)
    deeds = audit.about(desk.session, f"outbox:{row.id}", tuple(words.DEEDS))
    alive = heartbeat.alive(desk.session)
    must_look = resending.may_have_arrived(row.state, row.receiver, row.attempts)
    unsettled = row.state not in (OutboxState.SENT, OutboxState.SENDING)
    may_act = unsettled and desk.may("plugins.resend")
    may_send = may_act and open_state is Gate.ON
    may_drop = may_act and row.state != OutboxState.DROPPED
    dialogs = {"send": may_send and must_look, "drop": may_drop}
    return {
        "words": words,
        "parcel": parcel,
        "row": row,
        "label": label,
        "kind": words.topic_labels(desk.hooks.registry.topics).get((row.plugin, row.topic), row.topic),
        "past": past(parcel, deeds),
        "alive": alive,
        "polls": alive and changes_soon(row),
        "may_send": may_send,
        "may_drop": may_drop,
        "shut": words_of(open_state, label) if unsettled else "",
        "must_look": must_look,
        "asking": asking if dialogs.get(asking) else "",
        "typed": typed or Form(),
        "errors": error,
    }


def changes_soon(row: Row) -> bool:
    """Whether the page may look again by itself for what becomes of the entry."""
    now = clock.now()
    if row.state == OutboxState.SENDING:
        return True
    if row.state not in (OutboxState.PENDING, OutboxState.FAILED):
        return False
    return now - _LONG < row.next_attempt_at < now + _SOON


def past(parcel: Parcel, deeds: Sequence[Deed]) -> list[dict[str, Any]]:
    """Attempts, what people did, and how it began, the newest first, as the rail shows them."""
    happened = [(attempt.started_at, _attempt(attempt)) for attempt in parcel.attempts]
    happened += [(deed.at, _deed(deed)) for deed in deeds]
    happened.sort(key=lambda entry: entry[0], reverse=True)
    began = {"at": parcel.row.created_at, "kind": "open", "icon": None, "title": "Stored"}
    return [{"at": at, **entry} for at, entry in happened] + [began | {"text": "", "by": ""}]


def _attempt(attempt: Attempt) -> dict[str, Any]:
    kind, word = words.OUTCOMES.get(attempt.outcome, ("off", attempt.outcome))
    took = ""
    if attempt.ended_at is not None and attempt.outcome != "lost":
        took = f"{(attempt.ended_at - attempt.started_at).total_seconds():.1f} s"
    said = "" if attempt.outcome == "lost" else attempt.message
    return {"kind": kind, "icon": None, "title": f"Try {attempt.number}: {word}", "text": said, "by": took}


def _deed(deed: Deed) -> dict[str, Any]:
    icon, word = words.DEEDS[deed.action]
    return {"kind": "off", "icon": icon, "title": word, "text": deed.reason, "by": deed.staff_name}


def _and_page(href: str) -> str:
    return f"{href}{'&' if '?' in href else '?'}page="
