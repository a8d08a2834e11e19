"""The forge as the harness sees it: it starts, kills and looks after processes."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Process:
    """A forked process; `kill_point` is where it kills itself, "" where it does not."""

    pid: int
    name: str
    kill_point: str


class Smithy:
    """Orders to a running forge, from any thread."""

    def __init__(self, forge: subprocess.Popen[str], logs: Path) -> None:
        self._forge = forge
        self._logs = logs
        self._guard = threading.Lock()

    def program(self, name: str, *arguments: str, kill_point: str = "") -> Process:
        """Start the `fetlock` program with these arguments."""
        return self._start(name, {"do": "program", "arguments": arguments}, kill_point)

    def direct(self, name: str, seed: str, commands: int, *, kill_point: str = "") -> Process:
        """Start a direct client that does so many commands."""
        return self._start(name, {"do": "direct", "seed": seed, "commands": commands}, kill_point)

    def kill(self, process: Process, number: int = signal.SIGKILL) -> int:
        """Kill it and wait for its end; answers how it ended: an exit code, or minus the signal."""
        ended: int = self._order({"do": "kill", "pid": process.pid, "signal": number})
        return ended

    def ended(self, process: Process) -> int | None:
        """How it ended; None while it runs."""
        found: int | None = self._order({"do": "ended", "pid": process.pid})
        return found

    def last_words(self, name: str, lines: int = 30) -> str:
        """The end of what processes of this name wrote."""
        log = self._logs / f"{name}.log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""

    def _start(self, name: str, order: dict[str, Any], kill_point: str) -> Process:
        order |= {"log": str(self._logs / f"{name}.log"), "kill_point": kill_point}
        return Process(self._order(order), name, kill_point)

    def _order(self, order: Mapping[str, Any]) -> Any:
        with self._guard:
            assert self._forge.stdin is not None
            assert self._forge.stdout is not None
            self._forge.stdin.write(json.dumps(order) + "\n")
            self._forge.stdin.flush()
            answer = self._forge.stdout.readline()
            if not answer:
                raise RuntimeError("the forge has ended")
            return json.loads(answer)


@contextmanager
def smithy(environment: Mapping[str, str], logs: Path) -> Iterator[Smithy]:
    """A forge in this environment for the length of the block; its end ends all that it forked."""
    logs.mkdir(parents=True, exist_ok=True)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("FETLOCK_")}
    with (logs / "forge.log").open("ab") as errors:
        forge = subprocess.Popen(
            [sys.executable, "-m", "tests.soak.forge"],
            cwd=ROOT,
            env={**inherited, **environment, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        yield Smithy(forge, logs)
    finally:
        forge.kill()
        forge.wait()
        for pipe in (forge.stdin, forge.stdout):
            if pipe is not None:
                pipe.close()
