"""A running simulator for tests: in a thread of this process, or in a process that can be killed."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fetlock.clock import now
from fetlock_careplans_covetrus.sandbox.server import bind, build_server
from fetlock_careplans_covetrus.sandbox.simulator import Clock, Simulator
from fetlock_careplans_covetrus.sandbox.store import Store

_START_SECONDS = 30


@contextmanager
def in_thread(*, database: str | Path | None = None, demo: bool = True, clock: Clock = now) -> Iterator[str]:
    """A simulator on a free port of 127.0.0.1, for the length of the block; gives its base address."""
    simulator = Simulator(Store(database), clock)
    simulator.start(demo=demo)
    server = build_server(simulator)
    listener, address = bind("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="plan-vendor-simulator")
    thread.start()
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not server.started:
            if not thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("The plan vendor's simulator did not start.")
            time.sleep(0.01)
        yield address
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
        simulator.store.close()


@dataclass
class SimulatorProcess:
    """A simulator in a process of its own: ``address``, and the process to end."""

    address: str
    process: subprocess.Popen[str]

    def kill(self) -> None:
        """End it at once, as by kill -9."""
        self.process.kill()
        self.process.wait()


@contextmanager
def in_process(
    *, database: str | Path | None = None, port: int = 0, demo: bool = True
) -> Iterator[SimulatorProcess]:
    """A simulator in a process of its own for the length of the block; it may be killed within."""
    command = [sys.executable, "-m", "fetlock_careplans_covetrus.sandbox", "--port", str(port)]
    command += [] if database is None else ["--database", str(database)]
    command += [] if demo else ["--no-demo"]
    process = subprocess.Popen(  # noqa: S603  # our own module
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if "http" not in line:
            raise RuntimeError("The plan vendor's simulator did not start.")
        yield SimulatorProcess(line.rsplit(" ", 1)[1].strip(), process)
    finally:
        process.terminate()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
