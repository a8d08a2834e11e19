"""Messages to clients for programs: read them, write one, decide about those that did not go out."""

from collections.abc import Callable
from typing import Annotated

from litestar import get, post
from litestar.params import QueryParameter

from fetlock.domain.messages import leaving, listing, service
from fetlock.domain.messages.listing import Filter
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
from fetlock_hostapp.web.messages.api_values import (
    Channel,
    Counted,
    Message,
    Messages,
    MessageWithText,
    NewMessage,
    OfChannel,
    State,
)
from fetlock_hostapp.web.outbox.api_shapes import Drop, SendAgain

TAG = "Messages"

InState = Annotated[State, QueryParameter(name="state")]  # `state` is a name that Litestar keeps to itself


@get("/messages", permission="messages.view", sync_to_thread=True, tags=[TAG])
def messages(
    request: StaffRequest,
    in_state: InState = "",
    channel: Annotated[Channel | None, QueryParameter()] = None,
    client: Annotated[int | None, QueryParameter(ge=1, le=2**63 - 1)] = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Messages:
    """The messages of this site, the newest first."""
    wanted = Filter(state=in_state, channel=channel or "", client_id=client)
    (last_id,) = position(cursor, BY_ID) or (None,)
    with reading(request) as desk:
        counts = listing.counts(desk.session, desk.site.id, wanted)
        total = counts[wanted.state] if wanted.state else sum(counts.values())
        rows = listing.after(desk.session, desk.site.id, wanted, last_id, limit + 1)
        return Messages.of(
            request, rows, limit, Message.of, lambda row: (row.id,), total=total, counts=counts
        )


@get("/messages/{message_id:int}", permission="messages.view", sync_to_thread=True, tags=[TAG])
def message(request: StaffRequest, message_id: FromPath[int]) -> MessageWithText:
    """One message with its text."""
    with reading(request) as desk:
        return _whole(desk, message_id)


@post("/messages", permission="messages.send", sync_to_thread=True, tags=[TAG])
def write_message(request: StaffRequest, data: JSONBody[NewMessage]) -> MessageWithText:
    """Keep a message; it is sent, or waits. 409 where the client wants none, or has no address for it."""

    def work(desk: Desk) -> MessageWithText:
        kept = service.queue_message(
            desk.work,
            data.client_id,
            data.channel,
            data.subject,
            data.body,
            data.purpose,
            patient_id=data.patient_id,
            recipient=data.recipient,
            key=data.key,
        )
        return _whole(desk, kept.id)

    return writing(request, work)


@post(
    "/messages/{message_id:int}/send-again",
    permission="messages.resend",
    sync_to_thread=True,
    status_code=200,
    tags=[TAG],
)
def message_send_again(
    request: StaffRequest, message_id: FromPath[int], data: JSONBody[SendAgain]
) -> MessageWithText:
    """Send one message now. 409 where there is nothing to send it with, or where somebody must ask first."""
    return _settled(
        request, message_id, lambda desk: service.send_again(desk.work, message_id, sure=data.sure)
    )


@post(
    "/messages/{message_id:int}/drop",
    permission="messages.resend",
    sync_to_thread=True,
    status_code=200,
    tags=[TAG],
)
def message_drop(request: StaffRequest, message_id: FromPath[int], data: JSONBody[Drop]) -> MessageWithText:
    """Never send this message; it stays readable, and the reason is kept."""
    return _settled(request, message_id, lambda desk: service.drop(desk.work, message_id, reason=data.reason))


@post(
    "/messages/send-waiting", permission="messages.resend", sync_to_thread=True, status_code=200, tags=[TAG]
)
def messages_send_waiting(request: StaffRequest, data: JSONBody[OfChannel]) -> Counted:
    """Send what waited until something was set up to send it with."""
    return writing(request, lambda desk: Counted(count=service.send_waiting(desk.work, data.channel)))


@post(
    "/messages/leave-waiting", permission="messages.resend", sync_to_thread=True, status_code=200, tags=[TAG]
)
def messages_leave_waiting(request: StaffRequest, data: JSONBody[OfChannel]) -> Counted:
    """Leave what waits as it is: nobody is asked again about it."""
    return writing(request, lambda desk: Counted(count=leaving.leave_waiting(desk.work, data.channel)))


@post("/messages/send-failed", permission="messages.resend", sync_to_thread=True, status_code=200, tags=[TAG])
def messages_send_failed(request: StaffRequest, data: JSONBody[OfChannel]) -> Counted:
    """Send again what failed; never what is in doubt."""
    return writing(request, lambda desk: Counted(count=service.send_failed(desk.work, data.channel)))


def _settled(request: StaffRequest, message_id: int, command: Callable[[Desk], object]) -> MessageWithText:
    def work(desk: Desk) -> MessageWithText:
        command(desk)
        return _whole(desk, message_id)

    return writing(request, work)


def _whole(desk: Desk, message_id: int) -> MessageWithText:
    return MessageWithText.of(listing.get(desk.session, desk.site.id, message_id))


HANDLERS = [
    messages,
    message,
    write_message,
    message_send_again,
    message_drop,
    messages_send_waiting,
    messages_leave_waiting,
    messages_send_failed,
]
