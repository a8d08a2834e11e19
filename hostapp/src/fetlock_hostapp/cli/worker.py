"""`fetlock worker`: the process that reaches the outside."""

import signal
import threading
from types import FrameType

import typer

from fetlock_hostapp.cli.opening import opened
from fetlock_hostapp.cli.terminal import say


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("worker")(run_worker)


def run_worker(context: typer.Context) -> None:
    """Deliver what waits to be sent, answer questions to outside services, run scheduled jobs."""
    from fetlock_hostapp.worker import Worker

    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    with opened(context) as runtime:
        worker = Worker(runtime)
        say(f"The worker {worker.name} is running.")
        worker.run(stop)
        worker.close()
