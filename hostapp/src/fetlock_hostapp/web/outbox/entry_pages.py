"""One entry of the outbox: its attempts, and what a person does about it."""

from collections.abc import Callable

from litestar import get, post

from fetlock.errors import FetlockError
from fetlock.outbox import resending
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
from fetlock_hostapp.web.outbox.showing import entry_context


@get("/outbox/{entry_id:int}", permission="plugins.outbox", sync_to_thread=True)
def entry_page(request: StaffRequest, entry_id: FromPath[int], ask: FromQuery[str] = "") -> Html:
    """The entry with its past; `ask=send` or `ask=drop` opens that question."""
    with reading(request) as desk:
        return desk.page("outbox/entry.html", **entry_context(desk, entry_id, asking=ask))


@post("/outbox/{entry_id:int}/send-again", permission="plugins.resend", sync_to_thread=True)
def send_again(request: StaffRequest, entry_id: FromPath[int], data: FormData) -> Html:
    """Send it again now; what may have arrived only with `sure`, which says that somebody has looked."""

    def work(desk: Desk) -> Html:
        resending.retry(desk.work, entry_id, sure=data.flag("sure"))
        return desk.redirect(f"outbox/{entry_id}", ok="It is sent again now.")

    return writing(request, work, again=_again(entry_id, "send", data))


@post("/outbox/{entry_id:int}/drop", permission="plugins.resend", sync_to_thread=True)
def drop(request: StaffRequest, entry_id: FromPath[int], data: FormData) -> Html:
    """Never send it, with a reason that is kept."""

    def work(desk: Desk) -> Html:
        resending.drop(desk.work, entry_id, reason=data.text("reason"))
        return desk.redirect(f"outbox/{entry_id}", ok="It is dropped and never sent.")

    return writing(request, work, again=_again(entry_id, "drop", data))


def _again(entry_id: int, asking: str, data: Form) -> Callable[[Desk, FetlockError], Html]:
    def again(desk: Desk, error: FetlockError) -> Html:
        context = entry_context(desk, entry_id, asking=asking, typed=data, error=error)
        return desk.page("outbox/entry.html", status=status_of(error), **context)

    return again


HANDLERS = [entry_page, send_again, drop]
