"""The outbox for programs: what goes to outside services, and what a person decides about it."""

from collections.abc import Callable
from datetime import date
from typing import Annotated

from litestar import get, post
from litestar.params import QueryParameter

from fetlock.outbox import listing, resending
from fetlock.outbox.listing import Filter
from fetlock_hostapp.plugin import (
    Cursor,
    Desk,
    FromPath,
    JSONBody,
    Limit,
    StaffRequest,
    position,
    reading,
    writing,
)
from fetlock_hostapp.web.kernel.paging import BY_ID
from fetlock_hostapp.web.outbox.api_shapes import Drop, SendAgain
from fetlock_hostapp.web.outbox.api_values import (
    Chosen,
    Entries,
    Entry,
    EntryWithPast,
    SentAgain,
    State,
)

TAG = "Outbox"

InState = Annotated[State, QueryParameter(name="state")]  # `state` is a name that Litestar keeps to itself
Plain = Annotated[str, QueryParameter(max_length=60)]
Day = Annotated[date | None, QueryParameter(description="A day in the site's zone, included.")]


@get("/outbox", permission="plugins.outbox", sync_to_thread=True, tags=[TAG])
def outbox(
    request: StaffRequest,
    in_state: InState = "",
    plugin: Plain = "",
    topic: Plain = "",
    invoice: Annotated[int | None, QueryParameter(ge=1, le=2**63 - 1)] = None,
    first: Day = None,
    last: Day = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Entries:
    """The entries of this site, the newest first; those of no site too, for whom that is permitted."""
    wanted = Filter(state=in_state, plugin=plugin, topic=topic, invoice_id=invoice, first=first, last=last)
    (last_id,) = position(cursor, BY_ID) or (None,)
    with reading(request) as desk:
        reach = listing.reach_of(desk.work)
        counts = listing.counts(desk.session, reach, wanted)
        total = sum(counts[each] for each in wanted.states) if wanted.states else sum(counts.values())
        rows = listing.after(desk.session, reach, wanted, last_id, limit + 1)
        return Entries.of(request, rows, limit, Entry.of, lambda row: (row.id,), total=total, counts=counts)


@get("/outbox/{entry_id:int}", permission="plugins.outbox", sync_to_thread=True, tags=[TAG])
def outbox_entry(request: StaffRequest, entry_id: FromPath[int]) -> EntryWithPast:
    """One entry with its attempts, what is sent, and what came back."""
    with reading(request) as desk:
        return _entry(desk, entry_id)


@post(
    "/outbox/{entry_id:int}/send-again",
    permission="plugins.resend",
    sync_to_thread=True,
    status_code=200,
    tags=[TAG],
)
def outbox_send_again(
    request: StaffRequest, entry_id: FromPath[int], data: JSONBody[SendAgain]
) -> EntryWithPast:
    """Send one entry again now. 409 where there is nothing to send, or where somebody must look first."""
    return _settled(request, entry_id, lambda desk: resending.retry(desk.work, entry_id, sure=data.sure))


@post(
    "/outbox/{entry_id:int}/drop",
    permission="plugins.resend",
    sync_to_thread=True,
    status_code=200,
    tags=[TAG],
)
def outbox_drop(request: StaffRequest, entry_id: FromPath[int], data: JSONBody[Drop]) -> EntryWithPast:
    """Never send this entry; the reason is kept."""
    return _settled(request, entry_id, lambda desk: resending.drop(desk.work, entry_id, reason=data.reason))


@post("/outbox/send-failed", permission="plugins.resend", sync_to_thread=True, status_code=200, tags=[TAG])
def outbox_send_failed(request: StaffRequest, data: JSONBody[Chosen]) -> SentAgain:
    """Send again all that failed or was given up, of a filter; never what is in doubt or in conflict."""
    return writing(request, lambda desk: SentAgain.of(resending.retry_failed(desk.work, data.wanted())))


@post("/outbox/resume", permission="plugins.resend", sync_to_thread=True, status_code=200, tags=[TAG])
def outbox_resume(request: StaffRequest, data: JSONBody[Chosen]) -> SentAgain:
    """Send what was held and whose plugin is on by now, of a filter."""
    return writing(request, lambda desk: SentAgain.of(resending.resume_held(desk.work, data.wanted())))


def _settled(request: StaffRequest, entry_id: int, command: Callable[[Desk], object]) -> EntryWithPast:
    def work(desk: Desk) -> EntryWithPast:
        command(desk)
        return _entry(desk, entry_id)

    return writing(request, work)


def _entry(desk: Desk, entry_id: int) -> EntryWithPast:
    return EntryWithPast.of(listing.get(desk.session, listing.reach_of(desk.work), entry_id))


HANDLERS = [outbox, outbox_entry, outbox_send_again, outbox_drop, outbox_send_failed, outbox_resume]
