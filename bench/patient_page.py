"""The patient's page under load, with two worker processes; baseline: a handler that returns a constant.

The clients are threads of this process, each with a connection of its own that stays open. What is timed
is one request; what is counted is the processor time of the serving processes, per request.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx

from bench.measuring import Figure
from fetlock.platform import migrations, secrets
from fetlock.platform.installation import Installation
from fetlock_hostapp.demo import load_demo
from fetlock_hostapp.demo.people import PASSWORD
from fetlock_hostapp.starting import start_runtime

PAGE = "/s/northgate/patients/1"
CONSTANT = "/health/live"
CLIENTS = 4
WORKERS = 2


def run(rounds: int) -> list[Figure]:
    """Wall time per request under load, and processor time per request."""
    with tempfile.TemporaryDirectory() as folder, _serving(Path(folder)) as (address, processes):
        cookies, _ = _sign_in(address)
        requests = rounds * 10
        _load(address + PAGE, cookies, requests // 2)
        page_wall, page_cpu = _measured(processes, requests, lambda: _load(address + PAGE, cookies, requests))
        constant_wall, constant_cpu = _measured(
            processes, requests, lambda: _load(address + CONSTANT, cookies, requests)
        )
    baseline = "a handler that returns a constant"
    return [
        Figure(
            f"patient page, {WORKERS} processes, {CLIENTS} clients: wall time per page",
            page_wall,
            baseline,
            constant_wall,
            "",
        ),
        Figure("patient page: processor time per page", page_cpu, baseline, constant_cpu, "< 10 ms"),
    ]


@contextmanager
def _serving(home: Path) -> Iterator[tuple[str, list[int]]]:
    """The demo clinic served by two processes: its address, and the ids of all processes that serve."""
    installation = Installation(home=home)
    secrets.ensure_key(installation)
    runtime = start_runtime(installation)
    migrations.upgrade(runtime.database, runtime.registry)
    load_demo(runtime)
    runtime.close()
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "fetlock_hostapp", "serve", "--port", str(port)]
    with (home / "serve.log").open("w") as log:
        process = subprocess.Popen(
            [*command, "--workers", str(WORKERS)],
            env=os.environ | {"FETLOCK_HOME": str(home)},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _await_ready(address)
        yield address, _family(process.pid)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=20)


def _await_ready(address: str) -> None:
    for _ in range(300):
        try:
            if httpx.get(f"{address}/health/ready?ignore=worker").status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise RuntimeError("the server did not start")


def _sign_in(address: str) -> tuple[dict[str, str], str]:
    with httpx.Client(base_url=address) as client:
        form = client.get("/sign-in").text
        token = re.search(r'name="_csrf_token" value="([^"]+)"', form)
        assert token is not None
        client.post("/sign-in", data={"user_name": "ruth", "password": PASSWORD, "_csrf_token": token[1]})
        return dict(client.cookies), token[1]


def _load(url: str, cookies: dict[str, str], requests: int) -> None:
    """`requests` requests in all, by as many clients as there are; any answer but 200 fails."""
    failures: list[int] = []

    def one_client() -> None:
        with httpx.Client(cookies=cookies) as client:
            for _ in range(requests // CLIENTS):
                status = client.get(url).status_code
                if status != httpx.codes.OK:
                    failures.append(status)

    threads = [threading.Thread(target=one_client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise RuntimeError(f"{len(failures)} answers were not 200, such as {failures[0]}")


def _measured(processes: list[int], requests: int, action: Callable[[], None]) -> tuple[float, float]:
    """Milliseconds per request: wall time as one client sees it, and processor time of the servers."""
    spent = _processor_seconds(processes)
    started = time.perf_counter()
    action()
    wall = time.perf_counter() - started
    spent = _processor_seconds(processes) - spent
    return wall * CLIENTS / requests * 1000, spent / requests * 1000


def _processor_seconds(processes: list[int]) -> float:
    ticks = 0
    for process in processes:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _family(process: int) -> list[int]:
    """The process and all that it started."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="utf-8").split()
    return [process, *(each for child in children for each in _family(int(child)))]
