"""A process that has imported everything and forks: a killed process is replaced in a tenth of a second.

python -m tests.soak.forge        reads orders from standard input, a line of JSON each, and answers in JSON

What is forked runs the `fetlock` program's own `main()`, or a direct client of the database. The forge holds
no thread and no connection of its own, so that nothing of it is shared with what it forks.
"""

import ctypes
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fetlock_hostapp.app
import fetlock_hostapp.asgi
import fetlock_hostapp.worker  # noqa: F401  # imported once, for all that are forked
from fetlock.platform.installation import Installation
from fetlock.platform.runtime import Runtime
from fetlock_hostapp import cli
from fetlock_hostapp.starting import start_runtime
from fetlock_hostapp.web.kernel import plugin_pages  # noqa: F401
from tests.soak import direct, kill_points

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


class Forge:
    """Carries out one order after the other."""

    def __init__(self) -> None:
        self._runtime: Runtime | None = None
        self._ended: dict[int, int] = {}

    def carry_out(self, order: dict[str, Any]) -> Any:
        """The answer to an order: `program`, `direct`, `kill` or `ended`."""
        match order["do"]:
            case "program":
                return self._fork(order, lambda: _program(order["arguments"]))
            case "direct":
                return self._direct(order)
            case "kill":
                return self._kill(order["pid"], order["signal"])
            case "ended":
                return self._look(order["pid"], os.WNOHANG)
            case other:
                raise ValueError(other)

    def _direct(self, order: dict[str, Any]) -> int:
        if self._runtime is None:
            self._runtime = start_runtime(Installation.from_environment())
        runtime = self._runtime
        return self._fork(order, lambda: direct.work(runtime, order["seed"], order["commands"]))

    def _fork(self, order: dict[str, Any], run: Callable[[], None]) -> int:
        pid = os.fork()
        if pid:
            return pid
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        os.setsid()
        _redirect(Path(order["log"]))
        kill_points.arm(order["kill_point"])
        code = 1
        try:
            run()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        except BaseException:  # noqa: BLE001  # the end of this process: its log says why
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)

    def _kill(self, pid: int, number: int) -> int | None:
        if self._look(pid, os.WNOHANG) is None:
            os.kill(pid, number)
        return self._look(pid, 0)

    def _look(self, pid: int, options: int) -> int | None:
        """How it ended: an exit code, or minus the signal; None while it runs."""
        if pid not in self._ended:
            found, status = os.waitpid(pid, options)
            if not found:
                return None
            self._ended[pid] = os.waitstatus_to_exitcode(status)
        return self._ended[pid]


def _program(arguments: list[str]) -> None:
    sys.argv = ["fetlock", *arguments]
    cli.main()


def _redirect(log: Path) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(written, 1)
    os.dup2(written, 2)
    os.closerange(3, 64)


def main() -> None:
    """Carry out orders until standard input ends."""
    forge = Forge()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(forge.carry_out(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
