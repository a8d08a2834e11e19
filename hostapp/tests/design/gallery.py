"""The gallery: every shared template and macro with sample data, served to a browser under the real policy.

Run `python hostapp/tests/design/gallery.py` to look at it; `test_gallery.py` checks it.
"""

import json
import threading
from datetime import date, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

HERE = Path(__file__).parent
WEB = HERE.parents[1] / "src" / "fetlock_hostapp" / "web"

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".html": "text/html"}

PAGES = ("patient", "invoice", "plans", "plugins", "settings", "states", "sign_in", "first_run", "quiet")
ERRORS = ("error", "not_found", "forbidden")


def money(amount: Decimal) -> str:
    """Two decimals, a true minus; the product's own filter knows locales."""
    return f"{amount:,.2f}".replace("-", "−")


def quantity(amount: Decimal) -> str:
    """No trailing zeros."""
    text = f"{Decimal(amount):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def environment() -> Environment:
    """The product's templates, strict about missing names, with simple filters."""
    env = Environment(
        loader=ChoiceLoader([FileSystemLoader(WEB), FileSystemLoader(HERE / "pages")]),
        autoescape=True,
        undefined=StrictUndefined,
    )
    env.filters.update(
        money=money,
        qty=quantity,
        date=lambda day: f"{day:%b} {day.day}, {day.year}",
        time=lambda moment: f"{moment:%H:%M}",
        datetime_local=lambda moment: f"{moment:%b} {moment.day}, {moment.year}, {moment:%H:%M}",
    )
    return env


def desk(current: str, *, sites: int = 2) -> SimpleNamespace:
    """What every signed-in page is given; `current` is the label of the page's area."""
    all_sites = [
        SimpleNamespace(
            id=1, name="Northgate", slug="northgate", city="Hartford", time_zone="America/New_York"
        ),
        SimpleNamespace(
            id=2,
            name="Quayside Cats & Small Pets",
            slug="quayside",
            city="New London",
            time_zone="America/New_York",
        ),
    ][:sites]
    areas = [("Patients", "paw"), ("Invoices", "money"), ("Messages", "mail"), ("Administration", "gear")]
    return SimpleNamespace(
        person=SimpleNamespace(full_name="Ruth Okonkwo", initials="RO"),
        site=all_sites[0],
        sites=all_sites,
        nav=[
            SimpleNamespace(
                label=label, href=f"/s/northgate/{label.lower()}", icon=icon, current=label == current
            )
            for label, icon in areas
        ],
        csrf_input=Markup('<input type="hidden" name="_csrf_token" value="gallery">'),
        csrf_token="gallery",
        may=lambda permission: True,
        tasks=SimpleNamespace(count=0 if current == "Messages" else 7, due=0 if current == "Messages" else 2),
        url=lambda path: f"/s/northgate/{path}",
        live_after=None,
        flash=[("ok", "Payment of 100.00 taken by card.")] if current == "Invoices" else [],
    )


def context(page: str) -> dict[str, Any]:
    """Sample data of one page: long names, awkward numbers, each kind of state."""
    area = {"patient": "Patients", "plans": "Patients", "invoice": "Invoices", "quiet": "Messages"}
    return {
        "desk": desk(area.get(page, "Administration"), sites=1 if page == "quiet" else 2),
        "csrf_token": "gallery",
        "csrf_input": Markup('<input type="hidden" name="_csrf_token" value="gallery">'),
        "today": date(2026, 11, 19),
        "at": datetime(2026, 11, 19, 15, 12),  # noqa: DTZ001 - shown, never computed with
        "weights": [
            (date(2025, 5, 2), Decimal("16.9")),
            (date(2025, 8, 14), Decimal("16.4")),
            (date(2026, 2, 3), Decimal("17.1")),
            (date(2026, 8, 14), Decimal("17.8")),
            (date(2026, 11, 19), Decimal("18.4")),
        ],
        "steps": [
            {
                "title": "Base price",
                "text": "3 × 30.00, price list “Northgate 2026”",
                "source": "core 0.1",
                "before": None,
                "after": Decimal("90"),
                "outcome": "applied",
            },
            {
                "title": "Plan entitlement",
                "text": "covers 1 of 3: Care Plan: Adult Canine Plus, term 1, nail trims "
                "4 of 4. The next term holds none.",
                "source": "careplans 0.1",
                "before": Decimal("90"),
                "after": Decimal("60"),
                "kind": "plan",
            },
            {
                "title": "Discount",
                "text": "out-of-plan 10 % on the uncovered 60.00",
                "source": "careplans 0.1",
                "before": Decimal("60"),
                "after": Decimal("54"),
            },
            {
                "title": "Discount",
                "text": "senior pet 5 %. Superseded: the best single discount wins",
                "source": "prices",
                "before": Decimal("54"),
                "after": Decimal("54"),
                "outcome": "superseded",
            },
            {
                "title": "Tax",
                "text": "Connecticut 6.35 % on 54.00 = 3.43, rounded half-even",
                "source": "core 0.1",
                "before": Decimal("54"),
                "after": Decimal("57.43"),
            },
            {"title": "Who pays", "text": "client 57.43", "before": None, "after": None, "kind": "client"},
        ],
        "D": Decimal,
        "incident": "7F3K-0192",
        "label": "Analyzer bridge",
        "again_href": "/card/analyzer",
        "admin_nav": [
            (
                "Clinic",
                [
                    SimpleNamespace(label="Sites", href="#", icon="pin", current=False),
                    SimpleNamespace(label="Staff", href="#", icon="users", current=False),
                    SimpleNamespace(
                        label="Roles and permissions", href="#", icon="lock", current=page == "settings"
                    ),
                ],
            ),
            (
                "Platform",
                [
                    SimpleNamespace(
                        label="Plugins", href="#", icon="plug", current=page == "plugins", count=2
                    ),
                    SimpleNamespace(label="Outbox", href="#", icon="mail", current=False, count=0),
                    SimpleNamespace(label="Audit", href="#", icon="list", current=False),
                ],
            ),
        ],
    }


def render(page: str) -> str:
    """One page of the gallery as HTML; an error page of the product by its own name."""
    name = f"host/{page}.html" if page in ERRORS else f"{page}.html"
    return environment().get_template(name).render(context(page))


class GalleryServer(ThreadingHTTPServer):
    """The gallery on a free port of this machine."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Gallery)
        self.silent = threading.Event()
        """Set: the part that never answers gives up."""
        self.posts: list[tuple[str, str, str | None]] = []
        """What was sent: path, body, CSRF header."""

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class Gallery(BaseHTTPRequestHandler):
    """Serves the gallery, the product's static files, and three ways for a part to answer."""

    server: GalleryServer

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path.startswith("/static/"):
            self._file(WEB / path.lstrip("/"))
        elif path == "/card/analyzer":
            self._html(environment().get_template("host/card_unavailable.html").render(context("patient")))
        elif path == "/card/plan":
            self._html(environment().get_template("card_plan.html").render(context("patient")))
        elif path == "/card/never":
            self.server.silent.wait(30)
        elif path.endswith("/search/live"):
            self._html(environment().get_template("search_live.html").render(context("patient")))
        elif (page := path.strip("/")) in PAGES + ERRORS:
            self._html(render(page))
        else:
            self._html(render("not_found"), 404)

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        sent = self.rfile.read(length).decode()
        self.server.posts.append((self.path, sent, self.headers.get("x-csrftoken")))
        if self.path == "/fragment":
            name = parse_qs(sent).get("frag_name", [""])[0]
            part = environment().get_template("fragment.html").render(name=name)
            self._html(part, 200 if name else 422, say="Stored" if name else "")
        else:
            self._html(render("settings"))

    def _file(self, file: Path) -> None:
        if WEB not in file.resolve().parents or not file.is_file():
            self._html(render("not_found"), 404)
            return
        self._send(file.read_bytes(), TYPES.get(file.suffix, "text/plain"), 200)

    def _html(self, text: str, status: int = 200, say: str = "") -> None:
        self._send(text.encode(), "text/html; charset=utf-8", status, say)

    def _send(self, body: bytes, kind: str, status: int, say: str = "") -> None:
        self.send_response(status)
        if say:
            self.send_header("hx-trigger", json.dumps({"fetlock:say": say}))
        self.send_header("content-type", kind)
        self.send_header("content-security-policy", CONTENT_SECURITY_POLICY)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Quiet."""


def start() -> GalleryServer:
    """A running gallery, in a thread; the caller shuts it down."""
    server = GalleryServer()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


if __name__ == "__main__":
    running = start()
    print(f"{running.url}/patient, also: {', '.join(PAGES + ERRORS)}")  # noqa: T201
    threading.Event().wait()
