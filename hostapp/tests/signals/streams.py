"""A stream of live signals as a browser reads it, over a real connection."""

import json
import os
import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from fetlock_hostapp.testing import WebClinic


@dataclass
class Stream:
    """Events as they come: (event, data, id). `ended`: the server has closed it."""

    events: "queue.Queue[tuple[str, str, str]]" = field(default_factory=queue.Queue)
    ended: threading.Event = field(default_factory=threading.Event)

    def next(self, event: str, *, seconds: float = 15) -> tuple[str, str]:
        """Data and id of the next event of this name; raises `queue.Empty` where none comes."""
        while True:
            name, data, event_id = self.events.get(timeout=seconds)
            if name == event:
                return data, event_id

    def signals(self, *, seconds: float = 15) -> list[list[Any]]:
        """The signals of the next event."""
        found: list[list[Any]] = json.loads(self.next("signal", seconds=seconds)[0])
        return found


@contextmanager
def listening(
    web: WebClinic, address: str, role: str = "Receptionist", *, after: str = "", cookies: Any = None
) -> Iterator[Stream]:
    """A stream of somebody of this role, open and greeted."""
    stream = Stream()
    headers = {"accept": "text/event-stream"} | ({"last-event-id": after} if after else {})
    jar = dict(cookies or web.signed_in(role).cookies)
    client = httpx.Client(base_url=address, cookies=jar, timeout=30, trust_env=False)
    opened = threading.Event()
    over = threading.Event()

    def read() -> None:
        try:
            with client.stream("GET", "/live", headers=headers) as answer:
                assert answer.status_code == 200, answer.status_code
                assert answer.headers["content-type"].startswith("text/event-stream")
                opened.set()
                _read(answer, stream)
        except httpx.HTTPError:
            assert over.is_set(), "the stream broke"
        finally:
            stream.ended.set()

    thread = threading.Thread(target=read)
    thread.start()
    try:
        assert opened.wait(15)
        yield stream
    finally:
        over.set()
        client.close()
        thread.join(30)
        assert not thread.is_alive()


class WebProcess(subprocess.Popen[bytes]):
    """A web server over the clinic's database, in a process of its own, at `address`."""

    address = ""


@contextmanager
def web_process(web: WebClinic) -> Iterator[WebProcess]:
    """Such a process. It waits for connections to end, however long, unless the application ends them."""
    installation = web.runtime.installation
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *(sys.executable, "-m", "uvicorn", "--factory", "fetlock_hostapp.asgi:application"),
        *("--http", "fetlock_hostapp.serving:StreamEndingProtocol", "--port", str(port)),
        *("--lifespan", "off", "--log-level", "warning"),
    ]
    found = {"FETLOCK_HOME": str(installation.home), "FETLOCK_DATABASE_URL": installation.url}
    process = WebProcess(command, env={**os.environ, **found})
    process.address = f"http://127.0.0.1:{port}"
    try:
        _await_answer(process)
        yield process
    finally:
        process.kill()
        process.wait()


def _await_answer(process: WebProcess) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{process.address}/health/live", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError("The web process did not start")


def _read(answer: httpx.Response, stream: Stream) -> None:
    found: dict[str, str] = {}
    for line in answer.iter_lines():
        if not line:
            if "event" in found:
                stream.events.put((found["event"], found.get("data", ""), found.get("id", "")))
            found = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(": ")
            found[name] = value
