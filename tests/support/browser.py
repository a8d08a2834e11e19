"""Fixtures: Debian's Chromium, driven by Playwright.

`open_visitor(...)` opens a visitor: a browser profile of its own, with its own cookies, that
notes every request, so that a test can show that a page loads nothing from another host.
`visitor`: one of these, for tests with one person.
A test that fails leaves screenshots in test-results/.
"""

import re
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Request, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
RESULTS = Path(__file__).parents[2] / "test-results"

# Without these Chromium asks its maker's servers for updates, needs a graphics card, or won't
# run as root. Playwright adds --headless and a fresh profile itself.
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-quic",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]
_FAILED = pytest.StashKey[bool]()


@dataclass
class Visitor:
    """One person's browser: a context and its first page, with what happened in them."""

    context: BrowserContext
    page: Page
    requested: list[str] = field(default_factory=list)
    """The URL of every request, in order."""
    script_errors: list[str] = field(default_factory=list)
    """Uncaught errors, and what pages wrote to the console as errors."""

    def foreign_requests(self, own_url: str) -> list[str]:
        """The requests that went to another host or port than that of `own_url`."""
        own = urlsplit(own_url).netloc
        return [
            url
            for url in self.requested
            if urlsplit(url).scheme not in {"data", "blob", "about"} and urlsplit(url).netloc != own
        ]


OpenVisitor = Callable[..., Visitor]
"""The type of the `open_visitor` fixture."""


def screenshot(page: Page, name: str) -> Path:
    """Keep a full-page picture as test-results/<name>.png, for a person to look at."""
    RESULTS.mkdir(exist_ok=True)
    target = RESULTS / f"{re.sub(r'[^A-Za-z0-9._-]+', '-', name)[-150:]}.png"
    page.screenshot(path=target, full_page=True)
    return target


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser, started when the first test asks for it."""
    if not CHROMIUM.exists():
        raise RuntimeError(f"{CHROMIUM} is missing: run make machine-setup")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_visitor(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[OpenVisitor]:
    """A function that opens a visitor; its arguments are those of Playwright's `new_context`."""
    visitors: list[Visitor] = []

    def open_one(**options: Any) -> Visitor:
        settings: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "locale": "en-US"}
        context = chromium.new_context(**{**settings, **options})
        context.set_default_timeout(30_000)
        visitor = Visitor(context, context.new_page())
        visitors.append(visitor)
        _note_events(visitor)
        return visitor

    yield open_one

    if request.node.stash.get(_FAILED, False):
        _keep_screenshots(request.node.nodeid, visitors)
    for visitor in visitors:
        visitor.context.close()


@pytest.fixture
def visitor(open_visitor: OpenVisitor) -> Visitor:
    """One visitor at a desktop-sized window."""
    return open_visitor()


def _note_events(visitor: Visitor) -> None:
    def requested(request: Request) -> None:
        visitor.requested.append(request.url)

    def logged(message: ConsoleMessage) -> None:
        if message.type == "error":
            visitor.script_errors.append(message.text)

    # On the context, so that windows opened by pages count too.
    visitor.context.on("request", requested)
    visitor.context.on("console", logged)
    visitor.context.on("weberror", lambda error: visitor.script_errors.append(str(error.error)))


def _keep_screenshots(nodeid: str, visitors: list[Visitor]) -> None:
    for number, visitor in enumerate(visitors, start=1):
        for page in visitor.context.pages:
            try:
                screenshot(page, f"failed-{nodeid}-{number}")
            except Error:  # a crashed or hanging page has no picture; the failure itself is reported
                continue


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call" and report.failed:
        item.stash[_FAILED] = True
    return report


@pytest.hookimpl(tryfirst=True)  # before `-m` selects
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
    # Quick tests speak first. And once Playwright runs, this thread has a running event loop,
    # in which no other test could call asyncio.run().
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
