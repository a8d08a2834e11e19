"""What a web server runs: `uvicorn --factory fetlock_hostapp.asgi:application`."""

import logging
from typing import Any

from litestar import Litestar
from litestar.types import Message, Receive, Send

from fetlock.platform.installation import Installation
from fetlock_hostapp import logging_setup
from fetlock_hostapp.app import create_app
from fetlock_hostapp.starting import start_runtime
from fetlock_hostapp.web.metrics.observing import Observed


class Application:
    """The web application, which also answers HEAD wherever it answers GET.

    Monitors and link checkers ask with HEAD; Litestar knows only the methods that a handler names.
    """

    def __init__(self, app: Litestar) -> None:
        self.app = app
        self._observed = Observed(app)

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """One request, or the start and end of the process."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._observed(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        asked: Any = {**scope, "method": "GET", "fetlock_asked": "HEAD"}
        await self._observed(asked, receive, without_body)


def application() -> Application:
    """The application of the installation that the environment names (FETLOCK_HOME and the others)."""
    if not logging.getLogger().handlers:  # one of several processes, which were not started by the program
        logging_setup.set_up()
    return Application(create_app(start_runtime(Installation.from_environment())))
