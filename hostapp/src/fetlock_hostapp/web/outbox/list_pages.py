"""The list of the outbox: filters in the address, counts by state, many sent again at once, CSV."""

import json

from litestar import get, post
from litestar.response import Response

from fetlock import clock
from fetlock.errors import FetlockError
from fetlock.outbox import listing, resending
from fetlock.outbox.listing import Filter, Row
from fetlock.outbox.resending import Resent
from fetlock_hostapp.plugin import (
    Desk,
    Form,
    FormData,
    FromPath,
    FromQuery,
    Html,
    StaffRequest,
    note_export,
    reading,
    writing,
)
from fetlock_hostapp.web.kernel.csv_files import Cell, csv_file
from fetlock_hostapp.web.outbox.filtering import address, filter_of
from fetlock_hostapp.web.outbox.showing import list_context

CSV_HEAD = (
    "entry",
    "state",
    "subject",
    "plugin",
    "kind",
    "invoice",
    "attempts",
    "stored",
    "next attempt",
    "finished",
    "key",
    "reference",
    "problem",
)


@get("/outbox", permission="plugins.outbox", sync_to_thread=True)
def outbox_list(request: StaffRequest, page: FromQuery[int] = 1) -> Html:
    """What goes to outside services from here, the newest first, under the filter in the address."""
    with reading(request) as desk:
        return desk.page("outbox/list.html", **list_context(desk, _asked(request), page))


@get("/outbox.csv", permission="plugins.outbox", sync_to_thread=True)
def outbox_csv(request: StaffRequest) -> Response[str]:
    """The same list whole, as CSV."""
    note_export(request, "outbox")
    with reading(request) as desk:
        rows = listing.every(desk.session, listing.reach_of(desk.work), _asked(request))
        name = f"outbox-{desk.site.slug}-{clock.today(desk.site.time_zone).isoformat()}"
        return csv_file(name, CSV_HEAD, (_cells(row) for row in rows))


@post("/outbox/send-failed", permission="plugins.resend", sync_to_thread=True)
def send_failed(request: StaffRequest, data: FormData) -> Html:
    """Send again all that failed of a filter; never what is in doubt or in conflict."""
    wanted = filter_of(data)

    def work(desk: Desk) -> Html:
        resent = resending.retry_failed(desk.work, wanted)
        return _to_list(desk, wanted, resent, "Nothing of this filter has failed any more.")

    return writing(request, work)


@post("/outbox/resume", permission="plugins.resend", sync_to_thread=True)
def resume(request: StaffRequest, data: FormData) -> Html:
    """Send what was held and whose plugin is on by now."""
    wanted = filter_of(data)

    def work(desk: Desk) -> Html:
        resent = resending.resume_held(desk.work, wanted)
        return _to_list(desk, wanted, resent, "Nothing of this filter is held any more.")

    return writing(request, work)


@post("/outbox/{entry_id:int}/retry", permission="plugins.resend", sync_to_thread=True)
def retry_in_list(request: StaffRequest, entry_id: FromPath[int], page: FromQuery[int] = 1) -> Html:
    """Send one entry again now, from its row; the list under its filter is the answer.

    What may have arrived is refused here: its own page asks for a look at the receiver first.
    """
    wanted = _asked(request)
    told: list[tuple[str, str]] = []

    def work(desk: Desk) -> None:
        told.clear()
        row = resending.retry(desk.work, entry_id)
        told.append(("ok", f"{row.subject or 'The entry'} is sent again now."))

    def again(_desk: Desk, error: FetlockError) -> None:
        told.append(("bad", error.message))

    writing(request, work, again)
    with reading(request) as desk:
        if not desk.is_htmx:
            kind, text = told[-1]
            return desk.redirect_to(
                address(desk, wanted, page=page if page > 1 else ""),
                ok=text if kind == "ok" else "",
                warn=text if kind == "bad" else "",
            )
        shown = list_context(desk, wanted, page)
        answer = desk.fragment("outbox/_answer.html", told=told, **shown)
    answer.headers["HX-Trigger"] = json.dumps({"fetlock:say": " ".join(text for _, text in told)})
    return answer


def _asked(request: StaffRequest) -> Filter:
    return filter_of(Form(request.query_params.dict()))


def _to_list(desk: Desk, wanted: Filter, resent: Resent, nothing: str) -> Html:
    ok = ""
    if resent.count:
        ok = (
            "1 entry is sent again now."
            if resent.count == 1
            else f"{resent.count} entries are sent again now."
        )
    warn = " ".join(resent.left)
    if warn and resent.count:
        warn += " What belongs to it stays as it is."
    return desk.redirect_to(address(desk, wanted), ok=ok, warn=warn or ("" if ok else nothing))


def _cells(row: Row) -> list[Cell]:
    waits = row.state in ("pending", "failed")
    return [
        row.id,
        row.state,
        row.subject,
        row.plugin,
        row.topic,
        row.invoice_title,
        row.attempts,
        row.created_at,
        row.next_attempt_at if waits else None,
        row.finished_at,
        str(row.key),
        row.reference,
        row.problem,
    ]


HANDLERS = [outbox_list, outbox_csv, send_failed, resume, retry_in_list]
