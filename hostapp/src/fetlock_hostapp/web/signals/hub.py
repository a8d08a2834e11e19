"""The hub of one web process: looks at the signals once a second for all its streams, while there are any."""

import asyncio
import logging
import time
from typing import Final
from weakref import WeakSet

from litestar.concurrency import sync_to_thread
from sqlalchemy.exc import SQLAlchemyError

from fetlock.database import Database
from fetlock.domain.access import presence
from fetlock.platform.incidents import record_incident
from fetlock.signals import reading
from fetlock.signals.reading import MOST, Signal
from fetlock_hostapp.web.signals.listeners import Listener, Listeners

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 1.0
CHECK_SECONDS: Final = 3.0
"""How often it is checked that those who listen are still signed in."""
_LINGER_SECONDS: Final = 60.0
"""How long it goes on without streams: between two pages of one person there is none."""
_OVERLAP_SECONDS: Final = 5.0
"""PostgreSQL numbers signals when they are stored, not when they are committed: one may appear behind others
that were seen already, so the last seconds are read again."""

_hubs: "WeakSet[Hub]" = WeakSet()


class Hub:
    """Feeds the streams of one application. All but the looks themselves runs on the event loop."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners = Listeners()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._looking: asyncio.Task[None] | None = None
        self._known = asyncio.Event()
        self._seen: dict[int, float] = {}
        self._floor = 0
        self._latest = 0
        self._looked_at = float("-inf")
        _hubs.add(self)

    @property
    def latest(self) -> int | None:
        """The newest signal that streams were told of, None where nobody has looked just now."""
        return self._latest if time.monotonic() - self._looked_at < 3 * LOOK_SECONDS else None

    @property
    def streams(self) -> int:
        """How many streams there are."""
        return len(self._listeners)

    async def join(self, listener: Listener, after: int | None) -> None:
        """Take a stream in. It is told what came after the signal `after`; None: what comes from now on."""
        await self._start()
        self._listeners.add(listener)
        listener.last = max(after or 0, 0)
        if after is None:
            listener.last = self._latest
            return
        missed = await sync_to_thread(self._missed, after)
        if missed is None:
            listener.tell_everything(self._latest)
        else:
            listener.tell(missed)

    def leave(self, listener: Listener) -> None:
        """A stream has ended."""
        self._listeners.remove(listener)

    def end_streams(self, why: str) -> None:
        """End all streams, from whatever thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._listeners.end_all, why)

    async def _start(self) -> None:
        """See to it that somebody looks, on this loop, and wait until it is known where signals stand."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop or self._looking is None or self._looking.done():
            self._loop = loop
            self._known = asyncio.Event()
            self._looking = loop.create_task(self._look_on(self._known), name="live signals")
        await self._known.wait()

    async def _look_on(self, known: asyncio.Event) -> None:
        self._seen.clear()
        try:
            self._floor = self._latest = await sync_to_thread(self._newest)
            self._looked_at = time.monotonic()
        finally:
            known.set()
        last_heard = last_checked = time.monotonic()
        while time.monotonic() - last_heard < _LINGER_SECONDS:
            await asyncio.sleep(LOOK_SECONDS)
            now = time.monotonic()
            if len(self._listeners):
                last_heard = now
            try:
                if len(self._listeners) and now - last_checked >= CHECK_SECONDS:
                    last_checked = now
                    here = await sync_to_thread(self._who_is_here, self._listeners.sign_ins())
                    self._listeners.keep(here)
                self._listeners.tell(self._fresh(await sync_to_thread(self._read)))
                self._looked_at = now
            except SQLAlchemyError as error:
                log.warning("live signals: the database did not answer: %s", type(error).__name__)
            except Exception as error:  # noqa: BLE001  # a fault of our own must not silence every page
                record_incident(plugin="host", hook="live signals", error=error)

    def _fresh(self, found: list[Signal]) -> list[Signal]:
        """Those not told yet; how far back the next look reads moves on."""
        now = time.monotonic()
        fresh = [signal for signal in found if signal.id not in self._seen]
        self._seen |= dict.fromkeys((signal.id for signal in fresh), now)
        if found:
            self._latest = max(self._latest, found[-1].id)
        old = [key for key, at in self._seen.items() if now - at > _OVERLAP_SECONDS]
        if len(found) >= MOST:  # so many that reading some twice would never come to an end
            old = [signal.id for signal in found]
        if old:
            self._floor = max(self._floor, *old)
            self._seen = {key: at for key, at in self._seen.items() if key > self._floor}
        return fresh

    def _newest(self) -> int:
        with self._database.reading() as session:
            return reading.latest(session)

    def _read(self) -> list[Signal]:
        with self._database.reading() as session:
            return reading.after(session, self._floor)

    def _missed(self, after: int) -> list[Signal] | None:
        """What came after a signal; None where that is not known any more."""
        with self._database.reading() as session:
            if not reading.oldest(session) - 1 <= after <= reading.latest(session):
                return None
            found = reading.after(session, after)
            return found if len(found) < MOST else None

    def _who_is_here(self, sign_in_ids: list[int]) -> dict[int, frozenset[int]]:
        with self._database.reading() as session:
            return presence.still_here(session, sign_in_ids)


def end_all_streams() -> None:
    """End every stream of this process: its server stops."""
    for hub in list(_hubs):
        hub.end_streams("stopping")
