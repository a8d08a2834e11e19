"""The browser fixtures: a real Chromium that notes what pages load and what goes wrong."""

import asyncio
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.support.browser import OpenVisitor, Visitor, screenshot

_NO_ICON = '<link rel="icon" href="data:,">'  # else the browser asks for /favicon.ico


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def folder_url(tmp_path: Path) -> Iterator[str]:
    """A web server over `tmp_path`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_QuietHandler, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_requests_to_other_hosts_are_noted(visitor: Visitor, folder_url: str, tmp_path: Path) -> None:
    (tmp_path / "own.css").write_text("body { color: black }")
    (tmp_path / "own.html").write_text(
        '<link rel="stylesheet" href="own.css"><link rel="icon" href="data:,">'
    )
    (tmp_path / "foreign.html").write_text('<img src="http://fonts.invalid/a.png">')
    visitor.page.goto(f"{folder_url}/own.html")
    assert f"{folder_url}/own.css" in visitor.requested
    assert visitor.foreign_requests(folder_url) == []
    visitor.page.goto(f"{folder_url}/foreign.html")
    assert visitor.foreign_requests(folder_url) == ["http://fonts.invalid/a.png"]


def test_script_errors_are_noted(visitor: Visitor, folder_url: str, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(
        f'{_NO_ICON}<script>console.error("said"); throw new Error("thrown")</script>'
    )
    visitor.page.goto(f"{folder_url}/page.html")
    visitor.page.wait_for_load_state()
    assert visitor.script_errors == ["said", "thrown"]


def test_visitors_share_no_cookies(open_visitor: OpenVisitor, folder_url: str) -> None:
    first, second = open_visitor(), open_visitor(viewport={"width": 320, "height": 640})
    for each in (first, second):
        each.page.goto(folder_url)
    first.page.evaluate("document.cookie = 'session=1'")
    assert first.page.evaluate("document.cookie") == "session=1"
    assert second.page.evaluate("document.cookie") == ""
    assert second.page.evaluate("window.innerWidth") == 320


def test_a_screenshot_is_a_picture(visitor: Visitor) -> None:
    visitor.page.set_content("<h1>Patients</h1>")
    picture = screenshot(visitor.page, "support/test a screenshot")
    assert picture.name == "support-test-a-screenshot.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    picture.unlink()


def test_browser_tests_come_last(request: pytest.FixtureRequest) -> None:
    """So that asyncio.run() works in all tests before the browser starts."""
    asyncio.run(asyncio.sleep(0))
    marked = [item.get_closest_marker("browser") is not None for item in request.session.items]
    assert marked == sorted(marked)
