"""A real HTTP receiver of parcels that notes what arrived, and may be slow or fail."""

import json
import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Receiver:
    """`arrivals`: how often each key came; `accepted`: numbers in order per aggregate, each key once."""

    address: str = ""
    arrivals: Counter[str] = field(default_factory=Counter)
    accepted: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    slowness: float = 0.0
    guard: threading.Lock = field(default_factory=threading.Lock)

    def take(self, key: str, aggregate: str, number: int) -> None:
        """Accept a parcel; a repeated key changes nothing."""
        with self.guard:
            self.arrivals[key] += 1
            if self.arrivals[key] == 1:
                self.accepted[aggregate].append(number)


@contextmanager
def receiving(*, slowness: float = 0.0) -> Iterator[Receiver]:
    """A receiver on a free port; each answer comes at random within `slowness` seconds."""
    receiver = Receiver(slowness=slowness)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(200)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            time.sleep(random.uniform(0, receiver.slowness))
            receiver.take(body["key"], body["aggregate"], body["number"])
            time.sleep(random.uniform(0, receiver.slowness))
            self._answer(200)

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A caller that was killed is what these tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    receiver.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
