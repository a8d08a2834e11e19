"""`fetlock demo`: a demo clinic with all its processes, in a folder of its own (OP-1)."""

import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Annotated, Final

import httpx
import typer

from fetlock.domain.sites.founding import is_founded
from fetlock.errors import FetlockError
from fetlock.platform import migrations, secrets
from fetlock.platform.installation import Installation
from fetlock.platform.runtime import Runtime
from fetlock_hostapp.cli.opening import installation_of
from fetlock_hostapp.cli.terminal import complain, say
from fetlock_hostapp.simulators import free_port, point_at, simulators
from fetlock_hostapp.starting import start_runtime
from fetlock_hostapp.supervision import Supervisor

HOME: Final = Path("var/demo")
_READY_SECONDS: Final = 90.0
_FIRST_SIMULATOR_PORT: Final = 8701


class DemoFailed(FetlockError):
    """A part of the demo did not start, or ended; the message has its last words."""

    code = "demo_failed"


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("demo")(demo)


def demo(
    context: typer.Context,
    port: Annotated[int, typer.Option(envvar="PORT", help="The port of the pages.", min=1, max=65535)] = 8000,
) -> None:
    """Start the demo clinic: pages, worker, and the simulators of all installed plugins. Ctrl-C ends it."""
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    installation = installation_of(context)
    if "home" not in installation.model_fields_set:
        installation = installation.model_copy(update={"home": HOME})
    if free_port(port) != port:
        raise DemoFailed(f"Port {port} is taken. Choose another: PORT={port + 1} make run")
    with Supervisor(installation.home / "log") as household:
        _prepare(installation, household)
        _start(installation, household, port)
        address = f"http://127.0.0.1:{port}"
        if not _await_ready(household, address, stop):
            return
        say(f"Fetlock is ready at {address}")
        _say_sign_ins()
        while not stop.wait(0.2):
            _require_all_running(household)


def _prepare(installation: Installation, household: Supervisor) -> None:
    """Migrate, load the demo clinic into an empty database, and start the simulators."""
    secrets.ensure_key(installation)
    runtime = start_runtime(installation)
    try:
        migrations.upgrade(runtime.database, runtime.registry)
        with runtime.database.reading() as session:
            fresh = not is_founded(session)
        if fresh:
            _load(runtime)
        for place, simulator in enumerate(simulators(runtime)):
            port = free_port(_FIRST_SIMULATOR_PORT + place)
            database = installation.home / f"sandbox_{simulator.plugin}.sqlite3"
            household.start(f"sandbox-{simulator.plugin}", simulator.command(port, database))
            point_at(runtime, simulator, f"http://127.0.0.1:{port}")
    finally:
        runtime.close()


def _load(runtime: Runtime) -> None:
    from fetlock_hostapp.demo import load_demo

    say("Making the demo clinic …")
    load_demo(runtime)


def _start(installation: Installation, household: Supervisor, port: int) -> None:
    os.environ["FETLOCK_HOME"] = str(installation.home.absolute())
    program = [sys.executable, "-m", "fetlock_hostapp"]
    household.start("worker", [*program, "worker"])
    household.start("web", [*program, "serve", "--port", str(port)])


def _await_ready(household: Supervisor, address: str, stop: threading.Event) -> bool:
    """Whether the pages answer; False where somebody ended the demo before."""
    deadline = time.monotonic() + _READY_SECONDS
    with httpx.Client(timeout=5.0) as client:
        while not stop.wait(0.1):
            _require_all_running(household)
            try:
                if client.get(f"{address}/health/ready").status_code == httpx.codes.OK:
                    return True
            except httpx.TransportError:
                pass
            if time.monotonic() > deadline:
                raise DemoFailed("The pages did not answer in time. See the files in the log folder.")
    return False


def _require_all_running(household: Supervisor) -> None:
    ended = household.ended()
    if ended is not None:
        complain(ended.last_words())
        raise DemoFailed(f"The process “{ended.name}” ended. Its output is in {ended.log}.")


def _say_sign_ins() -> None:
    from fetlock_hostapp.demo import sign_ins

    for line in sign_ins():
        say(line)
    say("Ctrl-C ends it.")
