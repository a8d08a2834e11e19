"""One message to a client: read it, send it again, or decide that it never goes."""

from collections.abc import Callable

from litestar import get, post

from fetlock.domain.messages import service
from fetlock.errors import FetlockError
from fetlock_hostapp.plugin import (
    Desk,
    Form,
    FormData,
    FromPath,
    FromQuery,
    Html,
    StaffRequest,
    reading,
    status_of,
    writing,
)
from fetlock_hostapp.web.messages.showing import message_context


@get("/messages/{message_id:int}", permission="messages.view", sync_to_thread=True)
def message_page(request: StaffRequest, message_id: FromPath[int], ask: FromQuery[str] = "") -> Html:
    """The message with what happened to it; `ask=send` or `ask=drop` opens that question."""
    with reading(request) as desk:
        return desk.page("messages/message.html", **message_context(desk, message_id, asking=ask))


@post("/messages/{message_id:int}/send-again", permission="messages.resend", sync_to_thread=True)
def send_again(request: StaffRequest, message_id: FromPath[int], data: FormData) -> Html:
    """Send it now; what may have arrived only with `sure`, which says that somebody has asked."""

    def work(desk: Desk) -> Html:
        service.send_again(desk.work, message_id, sure=data.flag("sure"))
        return desk.redirect(f"messages/{message_id}", ok="It is sent now.")

    return writing(request, work, again=_again(message_id, "send", data))


@post("/messages/{message_id:int}/drop", permission="messages.resend", sync_to_thread=True)
def drop(request: StaffRequest, message_id: FromPath[int], data: FormData) -> Html:
    """Never send it, with a reason that is kept."""

    def work(desk: Desk) -> Html:
        service.drop(desk.work, message_id, reason=data.text("reason"))
        return desk.redirect(f"messages/{message_id}", ok="It is dropped and never sent. It stays readable.")

    return writing(request, work, again=_again(message_id, "drop", data))


def _again(message_id: int, asking: str, data: Form) -> Callable[[Desk, FetlockError], Html]:
    def again(desk: Desk, error: FetlockError) -> Html:
        context = message_context(desk, message_id, asking=asking, typed=data, error=error)
        return desk.page("messages/message.html", status=status_of(error), **context)

    return again


HANDLERS = [message_page, send_again, drop]
