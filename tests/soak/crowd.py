"""Direct clients of the database: short-lived forked processes, many of which are killed at work."""

import time
from random import Random

from tests.soak import kill_points
from tests.soak.direct import LOST_THE_DATABASE
from tests.soak.history import History
from tests.soak.smithy import Process, Smithy

_COMMANDS = 10
_LONGEST_SECONDS = 60.0


class Crowd:
    """So many clients at once; one that ends makes room for the next."""

    def __init__(self, smithy: Smithy, history: History, seed: str, places: int) -> None:
        self._smithy = smithy
        self._history = history
        self._seed = seed
        self._random = Random(f"{seed}:crowd")
        self._places = places
        self._count = 0
        self._running: dict[Process, tuple[float, float]] = {}

    def tend(self) -> None:
        """Kill whose time has come, note who has ended, start new ones."""
        for process, (begun, dies) in list(self._running.items()):
            ended = self._smithy.ended(process)
            now = time.monotonic()
            if ended is None and now > dies:
                ended = self._smithy.kill(process)
            if ended is None and now - begun > _LONGEST_SECONDS:
                self._history.fault(f"a direct client hangs: {self._smithy.last_words('direct')}")
                ended = self._smithy.kill(process)
            if ended is not None:
                self._note_end(process, ended)
                del self._running[process]
        while len(self._running) < self._places:
            self._start()

    def finish(self) -> None:
        """Let all of them come to their end."""
        deadline = time.monotonic() + _LONGEST_SECONDS
        while self._running and time.monotonic() < deadline:
            for process in list(self._running):
                ended = self._smithy.ended(process)
                if ended is not None:
                    self._note_end(process, ended)
                    del self._running[process]
            time.sleep(0.02)
        if self._running:
            self._history.fault("direct clients hang at the end")

    def _start(self) -> None:
        self._count += 1
        point, dies = "", float("inf")
        chance = self._random.random()
        if chance < 0.6:
            point = kill_points.drawn(self._random, sends=False, longest=_COMMANDS)
        elif chance < 0.85:
            dies = time.monotonic() + self._random.uniform(0.02, 0.8)
        process = self._smithy.direct("direct", f"{self._seed}:{self._count}", _COMMANDS, kill_point=point)
        self._running[process] = (time.monotonic(), dies)

    def _note_end(self, process: Process, ended: int) -> None:
        if ended == -9:
            self._history.note(f"kill direct client, {process.kill_point.partition(':')[0] or 'at random'}")
        elif ended == LOST_THE_DATABASE:
            self._history.note("direct client lost the database")
        elif ended == 0:
            self._history.note("direct client done")
        else:
            words = self._smithy.last_words("direct")
            self._history.fault(f"a direct client ended with {ended}:\n{words}")
