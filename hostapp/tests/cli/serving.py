"""A running `fetlock serve`."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from hostapp.tests.cli.program import Program

START_SECONDS = 60


@contextmanager
def serving(program: Program, port: int, *more: str) -> Iterator[str]:
    """Serve on `port` for the block; gives the address. It must end in order on SIGTERM."""
    process = program.start("serve", "--port", str(port), *more)
    address = f"http://127.0.0.1:{port}"
    try:
        await_ready(process, address)
        yield address
        process.terminate()
        assert process.wait(20) in (0, -15)
    finally:
        process.kill()
        process.communicate()


def await_ready(process: subprocess.Popen[str], address: str) -> None:
    """Wait until /health/ready answers 200."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            if httpx.get(f"{address}/health/ready?ignore=worker", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "not ready in time"
        time.sleep(0.05)
