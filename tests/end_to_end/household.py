"""The demo as `make run` starts it: web, worker and simulators, each a process of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

READY = re.compile(r"Fetlock is ready at (http://127\.0\.0\.1:\d+)")
SIMULATOR = re.compile(r"(http://127\.0\.0\.1:\d+)")
PASSWORD = re.compile(r"Everybody's password: (\S+)")
START_SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class Household:
    """A running demo: where its pages and the plan vendor answer, and the sign-ins' password."""

    home: Path
    address: str
    vendor: str
    password: str
    process: subprocess.Popen[str]


@contextmanager
def demo(home: Path) -> Iterator[Household]:
    """Start `fetlock demo` in `home`, wait until it is ready, and end it by SIGTERM."""
    output = home / "demo.out"
    home.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {"FETLOCK_HOME": str(home), "PORT": str(_free_port()), "NO_COLOR": "1"}
    environment.pop("FETLOCK_DATABASE_URL", None)
    with output.open("w") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "fetlock_hostapp", "demo"],
            stdout=sink,
            stderr=subprocess.STDOUT,
            env=environment,
            text=True,
        )
    try:
        said = _await_ready(process, output)
        [log] = (home / "log").glob("sandbox-careplans*")
        yield Household(
            home,
            _found(READY, said),
            _found(SIMULATOR, log.read_text(encoding="utf-8")),
            _found(PASSWORD, said),
            process,
        )
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def _await_ready(process: subprocess.Popen[str], output: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        said = output.read_text(encoding="utf-8")
        if PASSWORD.search(said):
            return said
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise AssertionError(f"the demo did not start: {output.read_text(encoding='utf-8')}")


def _found(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    assert match, f"{pattern.pattern} is not in: {text}"
    return match[1]


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
