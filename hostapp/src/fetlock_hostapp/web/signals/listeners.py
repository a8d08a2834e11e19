"""Who listens: each stream with what it has yet to be told, and how many one person may hold."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from fetlock.signals.reading import Signal

Told = tuple[int | None, str, str]
"""Site (None: every one), topic, subject."""

EVERYTHING: Final[Told] = (None, "*", "")
"""Told instead of what is too much to tell, or no longer known: look at everything."""
MOST_OF_ONE: Final = 8
"""How many streams a person may hold at once: one a browser, more where several are in use."""
_MOST_WAITING: Final = 200


@dataclass(slots=True, eq=False)
class Listener:
    """One stream. `sites`: ids of those that its person works at. Used on the event loop alone.

    `farewell`: why the stream is to end, empty while it goes on.
    """

    sign_in_id: int
    person_id: int
    sites: frozenset[int]
    awake: asyncio.Event = field(default_factory=asyncio.Event)
    last: int = 0
    farewell: str = ""
    _waiting: dict[Told, None] = field(default_factory=dict)

    def tell(self, signals: Iterable[Signal]) -> None:
        """Keep what is for this listener until the stream takes it; a repeated signal is told once."""
        for signal in signals:
            if signal.site_id is None or signal.site_id in self.sites:
                self._waiting[signal.site_id, signal.topic, signal.subject] = None
                self.last = max(self.last, signal.id)
                self.awake.set()
        if len(self._waiting) > _MOST_WAITING:
            self.tell_everything(self.last)

    def tell_everything(self, last: int) -> None:
        """Have the browser look at everything that it shows."""
        self._waiting = {EVERYTHING: None}
        self.last = max(self.last, last)
        self.awake.set()

    def take(self) -> list[Told]:
        """What waits; nothing does then."""
        taken = list(self._waiting)
        self._waiting.clear()
        self.awake.clear()
        return taken

    def end(self, why: str) -> None:
        """End the stream, telling the browser why."""
        self.farewell = self.farewell or why
        self.awake.set()


class Listeners:
    """The streams of one process."""

    def __init__(self) -> None:
        self._all: dict[Listener, None] = {}

    def __len__(self) -> int:
        return len(self._all)

    def add(self, listener: Listener) -> None:
        """Add one; the oldest of a person who holds too many ends."""
        self._all[listener] = None
        theirs = [each for each in self._all if each.person_id == listener.person_id and not each.farewell]
        for oldest in theirs[:-MOST_OF_ONE]:
            oldest.end("many")

    def remove(self, listener: Listener) -> None:
        """The stream has ended."""
        self._all.pop(listener, None)

    def tell(self, signals: Iterable[Signal]) -> None:
        """Tell each what is for it."""
        found = list(signals)
        for listener in self._all:
            listener.tell(found)

    def sign_ins(self) -> list[int]:
        """The sign-ins behind the streams."""
        return [listener.sign_in_id for listener in self._all]

    def keep(self, sites: dict[int, frozenset[int]]) -> None:
        """Go on with the sign-ins that still hold, at the sites given for them; end all others."""
        for listener in self._all:
            if listener.sign_in_id in sites:
                listener.sites = sites[listener.sign_in_id]
            else:
                listener.end("signed-out")

    def end_all(self, why: str) -> None:
        """End every stream."""
        for listener in self._all:
            listener.end(why)
