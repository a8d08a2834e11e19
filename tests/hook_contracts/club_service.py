"""The outside service of the dummy plugin: a real HTTP server that notes what it is asked."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    """One request that arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class ClubService:
    """`asked`: every request, in order. `closed`: it answers 503 to everything."""

    address: str = ""
    asked: list[Asked] = field(default_factory=list)
    bags: int = 1
    owes_fee: bool = False
    closed: bool = False

    def paths(self) -> list[str]:
        """Method and path of every request, in order."""
        return [f"{each.method} {each.path}" for each in self.asked]

    def answer(self, asked: Asked) -> tuple[int, Any]:
        """What the club says: it knows every patient but 58A."""
        self.asked.append(asked)
        if self.closed:
            return 503, {}
        if asked.path.startswith("/members/"):
            code = asked.path.rpartition("/")[2]
            if code == "58A":
                return 404, {}
            return 200, {"number": f"M-{code}", "owes_fee": self.owes_fee, "bags": self.bags}
        return 200, {"receipt": f"R{len(self.asked)}", "claim": f"C{len(self.asked)}"}


@contextmanager
def club_service() -> Iterator[ClubService]:
    """The service on a free port of this machine."""
    service = ClubService()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def _answer(self) -> None:
            sent = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = json.loads(sent) if sent else None
            status, answer = service.answer(Asked(self.command, self.path, headers, body))
            text = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    service.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
