"""`fetlock worker`: the process that reaches the outside."""

import signal
import threading
from datetime import timedelta
from types import FrameType
from typing import Annotated

import prometheus_client
import typer

from fetlock.outbox.retrying import Retrying
from fetlock_hostapp.cli.opening import opened
from fetlock_hostapp.cli.terminal import say


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("worker")(run_worker)


def run_worker(
    context: typer.Context,
    lease: Annotated[
        float,
        typer.Option(
            help="Seconds after which a worker that took something to send counts as dead. Longer than any "
            "outside service takes to answer.",
            min=1.0,
        ),
    ] = Retrying().lease.total_seconds(),
    first_retry: Annotated[
        float, typer.Option(help="Seconds until something that failed is first tried again.", min=0.05)
    ] = Retrying().first.total_seconds(),
    metrics_port: Annotated[
        int, typer.Option(help="Answer Prometheus at this port of 127.0.0.1; 0 for not at all.", min=0)
    ] = 0,
) -> None:
    """Deliver what waits to be sent, answer questions to outside services, run scheduled jobs."""
    from fetlock_hostapp.worker import Worker

    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    with opened(context) as runtime:
        rules = Retrying(first=timedelta(seconds=first_retry), lease=timedelta(seconds=lease))
        worker = Worker(runtime, rules=rules)
        if metrics_port:
            prometheus_client.start_http_server(metrics_port, addr="127.0.0.1")
        say(f"The worker {worker.name} is running.")
        worker.run(stop)
        worker.close()
