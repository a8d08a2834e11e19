"""The messages of a site: listed under filters, and what is asked about those that wait (H-42)."""

from litestar import get, post
from litestar.response import Response

from fetlock import clock
from fetlock.domain.messages import leaving, listing, service
from fetlock.domain.messages.listing import Filter, Row
from fetlock.errors import Invalid
from fetlock_hostapp.plugin import (
    Desk,
    Form,
    FormData,
    FromQuery,
    Html,
    StaffRequest,
    note_export,
    reading,
    writing,
)
from fetlock_hostapp.web.kernel.csv_files import Cell, csv_file
from fetlock_hostapp.web.messages import words
from fetlock_hostapp.web.messages.showing import filter_of, list_context

CSV_HEAD = (
    "message",
    "state",
    "channel",
    "to",
    "account",
    "client",
    "subject",
    "purpose",
    "written",
    "sent",
    "tries",
    "problem",
)


@get("/messages", permission="messages.view", sync_to_thread=True)
def message_list(request: StaffRequest, page: FromQuery[int] = 1) -> Html:
    """The site's messages to clients, the newest first, under the filter in the address."""
    with reading(request) as desk:
        return desk.page("messages/list.html", **list_context(desk, _asked(request), page))


@get("/messages.csv", permission="messages.view", sync_to_thread=True)
def messages_csv(request: StaffRequest) -> Response[str]:
    """The same list whole, as CSV."""
    note_export(request, "messages")
    with reading(request) as desk:
        rows = listing.every(desk.session, desk.site.id, _asked(request))
        name = f"messages-{desk.site.slug}-{clock.today(desk.site.time_zone).isoformat()}"
        return csv_file(name, CSV_HEAD, (_cells(row) for row in rows))


@post("/messages/send-waiting", permission="messages.resend", sync_to_thread=True)
def send_waiting(request: StaffRequest, data: FormData) -> Html:
    """Yes: what waited for a server goes out."""

    def work(desk: Desk) -> Html:
        channel = _channel(data)
        count = service.send_waiting(desk.work, channel)
        return _back(desk, count, channel, "sent now.", "Nothing waits any more.")

    return writing(request, work)


@post("/messages/leave-waiting", permission="messages.resend", sync_to_thread=True)
def leave_waiting(request: StaffRequest, data: FormData) -> Html:
    """No: what waits stays as it is, and nobody is asked again about it."""

    def work(desk: Desk) -> Html:
        channel = _channel(data)
        count = leaving.leave_waiting(desk.work, channel)
        return _back(desk, count, channel, "left as before.", "Nothing waits any more.")

    return writing(request, work)


@post("/messages/send-failed", permission="messages.resend", sync_to_thread=True)
def send_failed(request: StaffRequest, data: FormData) -> Html:
    """Send again what failed; never what is in doubt."""

    def work(desk: Desk) -> Html:
        channel = _channel(data)
        count = service.send_failed(desk.work, channel)
        return _back(desk, count, channel, "sent again now.", "Nothing has failed any more.")

    return writing(request, work)


def _channel(data: Form) -> str:
    channel = data.text("channel")
    if channel not in words.CHANNELS:
        raise Invalid({"channel": "Choose e-mail or text message."})
    return channel


def _asked(request: StaffRequest) -> Filter:
    return filter_of(request.query_params.dict())


def _back(desk: Desk, count: int, channel: str, done: str, nothing: str) -> Html:
    if not count:
        return desk.redirect("messages", warn=nothing)
    return desk.redirect(
        "messages", ok=f"{words.many(count, channel)} {'is' if count == 1 else 'are'} {done}"
    )


def _cells(row: Row) -> list[Cell]:
    return [
        row.id,
        row.state,
        row.channel,
        row.recipient,
        row.client_code,
        row.client_name,
        row.subject,
        row.purpose,
        row.created_at,
        row.sent_at,
        row.attempts,
        row.problem,
    ]


HANDLERS = [message_list, messages_csv, send_waiting, leave_waiting, send_failed]
