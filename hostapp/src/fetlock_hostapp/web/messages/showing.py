"""What the pages of messages are drawn from: the list with its questions, and one message."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from fetlock import clock
from fetlock.domain.audit import reading as audit
from fetlock.domain.audit.reading import Deed
from fetlock.domain.messages import carriers, leaving, listing, service
from fetlock.domain.messages.leaving import Pile
from fetlock.domain.messages.listing import Filter, Row, Whole
from fetlock.errors import Conflict, FetlockError
from fetlock.outbox import heartbeat
from fetlock_hostapp.plugin import Desk, Form
from fetlock_hostapp.web.messages import words

SETTLED = ("sent", "sending", "queued")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelState:
    """How one channel stands here. `ready`: messages can go out; `clash`: why not, where two would send.

    `left`: who said that what waits is to be left.
    """

    channel: str
    ready: bool
    clash: str = ""
    waiting: Pile | None = None
    failed: Pile | None = None
    left: Deed | None = None


def filter_of(fields: Mapping[str, Any]) -> Filter:
    """The filter that the fields of an address ask for; what nobody can mean is left out."""
    sent = Form(fields)
    state, channel, client = sent.text("state"), sent.text("channel"), sent.text("client")
    return Filter(
        state=state if state in words.STATES else "",
        channel=channel if channel in words.CHANNELS else "",
        client_id=int(client) if client.isdecimal() and len(client) < 19 else None,
    )


def address(desk: Desk, wanted: Filter, path: str = "messages", **more: Any) -> str:
    """The address of a list with this filter; `more` are further fields."""
    query = {
        "state": wanted.state,
        "channel": wanted.channel,
        "client": "" if wanted.client_id is None else str(wanted.client_id),
        **{name: str(value) for name, value in more.items()},
    }
    given = {name: value for name, value in query.items() if value}
    return desk.url(path) + (f"?{urlencode(given)}" if given else "")


def list_context(desk: Desk, wanted: Filter, number: int) -> dict[str, Any]:
    """Everything that the list needs: five queries, six where what waits may be sent."""
    counts = listing.counts(desk.session, desk.site.id, wanted)
    total = counts[wanted.state] if wanted.state else sum(counts.values())
    pages = max(-(-total // listing.PAGE), 1)
    number = min(max(number, 1), pages)
    rows = listing.page(desk.session, desk.site.id, wanted, number) if total else []
    alive = heartbeat.alive(desk.session)
    without_page = address(desk, wanted)
    channels = channel_states(desk)
    return {
        "words": words,
        "wanted": wanted,
        "chips": _chips(desk, wanted, counts),
        "channel_chips": _channel_chips(desk, wanted),
        "rows": rows,
        "total": total,
        "number": number,
        "pages": pages,
        "here": address(desk, wanted, page=number if number > 1 else ""),
        "pager_href": f"{without_page}{'&' if '?' in without_page else '?'}page=",
        "csv_href": address(desk, wanted, "messages.csv"),
        "json_href": without_page.replace("/s/", "/api/v1/s/", 1),
        "channels": channels,
        "asks": any(each.ready and each.waiting and not each.left for each in channels),
        "changing": counts["queued"] + counts["sending"],
        "alive": alive,
        "polls": alive and any(changes_soon(row) for row in rows),
        "may_resend": desk.may("messages.resend"),
    }


def channel_states(desk: Desk) -> list[ChannelState]:
    """How e-mail and text messages stand at this site, with what waits for them."""
    found = leaving.undelivered(desk.session, desk.site.id)
    states = []
    for channel in words.CHANNELS:
        waits, ready, clash = found.waiting.get(channel), False, ""
        try:
            ready = is_ready(desk, channel)
        except Conflict as error:
            clash = error.message
        left = leaving.left(desk.session, desk.site.id, channel, waits) if ready and waits else None
        failed = found.failed.get(channel)
        states.append(
            ChannelState(channel=channel, ready=ready, clash=clash, waiting=waits, failed=failed, left=left)
        )
    return states


def is_ready(desk: Desk, channel: str) -> bool:
    """Whether messages of this channel go out from here. Raises `Conflict` where two plugins would send."""
    return carriers.is_set_up(desk.session, desk.hooks, desk.enabled, desk.site.id, channel)


def message_context(
    desk: Desk,
    message_id: int,
    *,
    asking: str = "",
    typed: Form | None = None,
    error: FetlockError | None = None,
) -> dict[str, Any]:
    """Everything that the page of one message needs. `asking`: the dialog that is open, "send" or "drop"."""
    whole = listing.get(desk.session, desk.site.id, message_id)
    row = whole.row
    deeds = audit.about(desk.session, f"message:{row.id}", tuple(words.DEEDS))
    must_ask = service.may_have_arrived(row.state, row.attempts)
    may_act = desk.may("messages.resend") and row.state not in SETTLED
    try:
        ready = not may_act or is_ready(desk, row.channel)
        why_not = "" if ready else "There is nothing to send it with yet."
    except Conflict as conflict:
        ready, why_not = False, conflict.message
    may_send = may_act and ready
    may_drop = may_act and row.state != "dropped"
    dialogs = {"send": may_send and must_ask, "drop": may_drop}
    alive = heartbeat.alive(desk.session)
    return {
        "words": words,
        "whole": whole,
        "row": row,
        "past": _past(whole, deeds),
        "alive": alive,
        "polls": alive and changes_soon(row),
        "may_send": may_send,
        "why_not": why_not,
        "may_drop": may_drop,
        "must_ask": must_ask,
        "asking": asking if dialogs.get(asking) else "",
        "typed": typed or Form(),
        "errors": error,
    }


def changes_soon(row: Row) -> bool:
    """Whether the page may look again by itself for what becomes of the message."""
    if row.state == "sending":
        return True
    due = row.next_attempt_at
    return row.state == "queued" and due is not None and (clock.now() - due).total_seconds() < 120


def _chips(desk: Desk, wanted: Filter, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "href": address(desk, replace(wanted, state=state)),
            "count": counts[state] if state else sum(counts.values()),
            "current": state == wanted.state,
        }
        for state, label in words.CHIPS
        if not state or counts[state] or state in (wanted.state, "waiting", "sent", "failed")
    ]


def _channel_chips(desk: Desk, wanted: Filter) -> list[dict[str, Any]]:
    choices = [("", "All channels"), *((key, word) for key, (_, word) in words.CHANNELS.items())]
    return [
        {
            "label": label,
            "href": address(desk, replace(wanted, channel=key)),
            "current": key == wanted.channel,
        }
        for key, label in choices
    ]


def _past(whole: Whole, deeds: list[Deed]) -> list[dict[str, Any]]:
    """What happened to the message, the newest first."""
    row = whole.row
    found: list[tuple[datetime, dict[str, Any]]] = [
        (deed.at, _entry("off", words.DEEDS[deed.action][1], deed.reason, deed.staff_name, deed.action))
        for deed in deeds
    ]
    if row.sent_at is not None:
        found.append((row.sent_at, _entry("ok", "Sent", f"to {row.recipient}", "")))
    found.sort(key=lambda happened: happened[0], reverse=True)
    author = whole.author or (f"the plugin {row.plugin}" if row.plugin else "")
    written = _entry("open", "Written", "", author)
    return [{"at": at, **entry} for at, entry in [*found, (row.created_at, written)]]


def _entry(kind: str, title: str, text: str, by: str, action: str = "") -> dict[str, Any]:
    icon = words.DEEDS[action][0] if action else None
    return {"kind": kind, "icon": icon, "title": title, "text": text, "by": by}
