"""The processes of a soak: web servers, workers, the vendor's simulator; each killed and started again."""

import socket
import threading
import time
from pathlib import Path
from random import Random

import httpx

from fetlock_hostapp.simulators import free_port
from tests.soak import kill_points
from tests.soak.history import History
from tests.soak.smithy import Process, Smithy

WEB, WORKER, SIMULATOR = "web", "worker", "simulator"
LEASE_SECONDS = 2
_START_SECONDS = 60.0
_AWAY = "The database did not answer as expected"
_WHILE_STARTING = 0.08
"""How often a chance kill may hit a process that has only just been started."""
_SUICIDAL = 0.6
"""How often a new process gets a point at which it kills itself."""


class Household:
    """Two web servers, two workers, one simulator, under fixed names and ports."""

    def __init__(self, smithy: Smithy, home: Path, history: History, random: Random) -> None:
        self._smithy = smithy
        self._home = home
        self._history = history
        self._random = random
        self._guard = threading.RLock()
        self._running: dict[str, Process] = {}
        self.ports = {name: free_port() for name in ("web-1", "web-2", "simulator-1")}
        self.dying = True

    @property
    def addresses(self) -> list[str]:
        """Where the web servers answer."""
        return [f"http://127.0.0.1:{self.ports[name]}" for name in ("web-1", "web-2")]

    @property
    def vendor_address(self) -> str:
        """Where the simulator answers."""
        return f"http://127.0.0.1:{self.ports['simulator-1']}"

    def start(self, name: str) -> None:
        """Start the process of this name."""
        kind = name.partition("-")[0]
        match kind:
            case "web":
                arguments = ["serve", "--port", str(self.ports[name])]
            case "worker":
                arguments = ["worker", f"--lease={LEASE_SECONDS}", "--first-retry=0.2"]
            case _:
                database = self._home / "simulator.sqlite3"
                port = str(self.ports[name])
                arguments = ["sandbox", "careplans", "--port", port, "--database", str(database)]
        point = ""
        if self.dying and kind != SIMULATOR and self._random.random() < _SUICIDAL:
            longest = 30 if kind == WORKER else 40
            point = kill_points.drawn(self._random, sends=kind == WORKER, longest=longest)
        with self._guard:
            self._running[name] = self._smithy.program(name, *arguments, kill_point=point)

    def kill(self, name: str) -> None:
        """SIGKILL, and start it again."""
        with self._guard:
            process = self._running[name]
            ended = self._smithy.kill(process)
            self._note_end(name, process, ended, "at random")
            self.start(name)

    def kill_any(self, kind: str) -> None:
        """Kill one of a kind, mostly one that is at work already."""
        with self._guard:
            names = [name for name in self._running if name.startswith(kind)]
            if self._random.random() > _WHILE_STARTING:
                names = [name for name in names if self._is_up(name)]
            if names:
                self.kill(self._random.choice(names))

    def _is_up(self, name: str) -> bool:
        if name in self.ports:
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.ports[name])) == 0
        return f":{self._running[name].pid}:" in self._smithy.last_words(name, lines=3)

    def renew(self) -> None:
        """In place of all that run, processes that have no point at which they kill themselves."""
        with self._guard:
            self.dying = False
            for name in list(self._running):
                self.kill(name)

    def look_after(self) -> None:
        """Start again whatever killed itself."""
        with self._guard:
            for name, process in list(self._running.items()):
                ended = self._smithy.ended(process)
                if ended is not None:
                    self._note_end(name, process, ended, process.kill_point.partition(":")[0] or "by itself")
                    self.start(name)

    def end_in_order(self) -> None:
        """SIGTERM to all: each must end in order."""
        with self._guard:
            for name, process in self._running.items():
                ended = self._smithy.kill(process, 15)
                if ended not in (0, -15):
                    self._history.fault(f"{name} ended with {ended}:\n{self._smithy.last_words(name)}")
            self._running.clear()

    def await_ready(self) -> None:
        """Wait until all answer, the workers by their sign of life."""
        deadline = time.monotonic() + _START_SECONDS
        wanted = [f"{address}/health/ready?ignore=worker" for address in self.addresses]
        with httpx.Client(trust_env=False, timeout=5) as http:
            for address in [f"{self.vendor_address}/sandbox/state", *wanted]:
                while not _answers(http, address):
                    self.look_after()
                    if time.monotonic() > deadline:
                        raise RuntimeError(f"{address} does not answer: {self._smithy.last_words('web-1')}")
                    time.sleep(0.05)

    def _note_end(self, name: str, process: Process, ended: int, where: str) -> None:
        kind = name.partition("-")[0]
        if ended == -9:
            self._history.note(f"kill {kind}, {where}", f"{name} ({process.pid}) {process.kill_point}")
            return
        words = self._smithy.last_words(name)
        if ended == 1 and _AWAY in words.splitlines()[-1]:
            self._history.note(f"{kind} did not start, the database was away")
        else:
            self._history.fault(f"{name} ended by itself with {ended}:\n{words}")


def _answers(http: httpx.Client, address: str) -> bool:
    try:
        return http.get(address).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
