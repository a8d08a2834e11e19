"""No plugin may hold more than a quarter of the threads: the rest of the page must stay quick.

A seat is taken for every request that is a plugin's own or works for one plugin, and for every call of a
plugin from a page of the host that asks several. A request waits a moment for one, on the event loop and so
without a thread; what finds none is answered as busy.
"""

import asyncio
import threading
import time
from collections import Counter
from contextvars import ContextVar
from typing import Final

from fetlock.errors import FetlockError

PATIENCE_SECONDS: Final = 1.5
"""How long a request waits: two people who open a page at once share the seats without noticing."""
_LOOK_SECONDS: Final = 0.03

_here: Final[ContextVar[str]] = ContextVar("fetlock_seat", default="")
"""The plugin that the present request has a seat for already."""


class SeatsTaken(FetlockError):
    """Too many requests of this plugin are under way."""

    code = "plugin_busy"
    status = 503

    def __init__(self, plugin: str = "") -> None:
        super().__init__(
            "This part is busy just now. Try again in a moment; the rest of the page is complete."
        )
        self.plugin = plugin


class Seats:
    """Counts what each plugin has under way in this process, on the event loop and in its threads."""

    def __init__(self, threads: int) -> None:
        self.limit = max(1, threads // 4)
        self._taken: Counter[str] = Counter()
        self._lock = threading.Lock()

    async def take(self, plugin: str) -> None:
        """Take a seat for a request ("" is the host, without a limit). Raises `SeatsTaken`."""
        if not plugin:
            return
        until = time.monotonic() + PATIENCE_SECONDS
        while not self._one_more(plugin):
            if time.monotonic() >= until:
                raise SeatsTaken(plugin)
            await asyncio.sleep(_LOOK_SECONDS)
        _here.set(plugin)

    def leave(self, plugin: str) -> None:
        """The request is over."""
        if plugin:
            _here.set("")
            self._one_less(plugin)

    def sit(self, plugin: str) -> bool:
        """Take a seat for one call of a hook; the request's own seat serves for it too."""
        return _here.get() == plugin or self._one_more(plugin)

    def rise(self, plugin: str) -> None:
        """The call is over."""
        if _here.get() != plugin:
            self._one_less(plugin)

    def taken(self, plugin: str) -> int:
        """How many seats the plugin has now."""
        return self._taken[plugin]

    def _one_more(self, plugin: str) -> bool:
        with self._lock:
            if self._taken[plugin] >= self.limit:
                return False
            self._taken[plugin] += 1
            return True

    def _one_less(self, plugin: str) -> None:
        with self._lock:
            self._taken[plugin] -= 1
