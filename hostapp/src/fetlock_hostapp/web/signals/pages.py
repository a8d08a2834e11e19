"""The stream of live signals at `/live`: server-sent events on the event loop, no thread held (UI-3)."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Final

from litestar import Litestar, get
from litestar.response import ServerSentEvent, ServerSentEventMessage

from fetlock.errors import NotPermitted
from fetlock_hostapp.plugin import EVERYONE, StaffRequest
from fetlock_hostapp.web.signals.hub import Hub
from fetlock_hostapp.web.signals.listeners import Listener

STREAM: Final = "text/event-stream"
_STATE: Final = "live_hub"
_RETRY_MS: Final = 2000
_QUIET_SECONDS: Final = 15.0
"""After so long without a signal a comment is sent, so that a dead connection is found out."""


def hub_of(app: Litestar) -> Hub:
    """The hub of this application, made when it is first needed."""
    hub: Hub | None = app.state.get(_STATE)
    if hub is None:
        hub = Hub(app.state.kernel.runtime.database)
        setattr(app.state, _STATE, hub)
    return hub


@get("/live", permission=EVERYONE, unattended=True)
async def live(request: StaffRequest) -> ServerSentEvent:
    """What changes at any site of this person, as it does: `[[site, topic, subject], ...]` an event.

    `after`, or the header Last-Event-ID: the last signal that the page knows of. Who asks for no event
    stream gets its beginning, which says where signals stand, and no more.
    """
    context = request.context
    if context.person is None or context.sign_in_id is None:
        raise NotPermitted("sign-in")
    hub = hub_of(request.app)
    listener = Listener(
        sign_in_id=context.sign_in_id,
        person_id=context.person.id,
        sites=frozenset(site.id for site in context.sites),
    )
    known = str(request.headers.get("last-event-id") or request.query_params.get("after") or "")
    after = int(known) if known.isdecimal() and len(known) < 19 else None
    goes_on = STREAM in request.headers.get("accept", "") and request.scope.get("fetlock_asked") != "HEAD"
    return ServerSentEvent(
        _stream(hub, listener, after, goes_on=goes_on),
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _stream(
    hub: Hub, listener: Listener, after: int | None, *, goes_on: bool
) -> AsyncIterator[ServerSentEventMessage]:
    try:
        await hub.join(listener, after)
        yield ServerSentEventMessage(
            event="hello", id=listener.last if after is None else None, retry=_RETRY_MS, data=""
        )
        while goes_on and not listener.farewell:
            told = listener.take()
            if told:
                yield ServerSentEventMessage(event="signal", id=listener.last, data=json.dumps(told))
            try:
                await asyncio.wait_for(listener.awake.wait(), _QUIET_SECONDS)
            except TimeoutError:
                yield ServerSentEventMessage(comment="still here", data=None)
        if listener.farewell:
            yield ServerSentEventMessage(event="bye", data=listener.farewell)
    finally:
        hub.leave(listener)


ROOT_HANDLERS = [live]
