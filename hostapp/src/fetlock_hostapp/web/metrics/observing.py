"""A line of the log and a count for each request, by the pattern of its address, never the address (OP-4)."""

import logging
import time
from typing import Any, Final

from fetlock_hostapp.metrics import REQUESTS
from fetlock_hostapp.web.kernel.context import STATE_KEY, Context

log = logging.getLogger("fetlock.requests")

INCIDENT: Final = "fetlock_incident"
"""Where the answer to a fault leaves its incident, in the request's state."""
_NOWHERE: Final = "(no such page)"
_STREAM: Final = "/live"
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Observed:
    """An ASGI application whose requests are counted and logged."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request, or the start and end of the process."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500
        began = time.perf_counter()

        async def noting(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            _note(scope, status, time.perf_counter() - began)


def _note(scope: Any, status: int, seconds: float) -> None:
    route = scope.get("path_template") or _NOWHERE
    if route == _STREAM:
        return  # it lasts as long as its page is open: no time in which somebody was answered
    method = scope["method"] if scope["method"] in _METHODS else "other"
    REQUESTS.labels(route, method, str(status)).observe(seconds)
    if not log.isEnabledFor(logging.INFO):
        return
    state = scope.get("state") or {}
    context: Context | None = state.get(STATE_KEY)
    person = context.person if context is not None else None
    site = context.site if context is not None else None
    log.info(
        "%s %s %s",
        method,
        route,
        status,
        extra={
            "route": route,
            "method": method,
            "status": status,
            "ms": round(seconds * 1000, 1),
            "person_id": person.id if person is not None else None,
            "site": site.slug if site is not None else None,
            "incident": state.get(INCIDENT),
        },
    )
