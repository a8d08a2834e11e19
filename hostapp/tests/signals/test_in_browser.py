"""Live signals in a real browser: parts change by themselves, and many tabs share one stream (UI-3)."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page

from fetlock import Work
from fetlock.services import signal
from fetlock_hostapp.testing import WebClinic
from fetlock_hostapp.web.signals.pages import hub_of
from tests.support.browser import OpenVisitor

TABS = 9
"""More than the six connections that a browser allows a host under HTTP/1.1."""


def enter(web: WebClinic, context: BrowserContext, address: str) -> None:
    host = urlsplit(address).hostname or ""
    cookies = web.signed_in("Receptionist").cookies
    context.add_cookies(
        [{"name": name, "value": value, "domain": host, "path": "/"} for name, value in cookies.items()]
    )


def tab(context: BrowserContext, address: str) -> Page:
    """A page that counts what its parts are told."""
    page = context.new_page()
    page.goto(f"{address}/s/north/patients")
    page.wait_for_selector("html[data-ready]")
    page.evaluate(
        """() => {
            window.heard = 0;
            for (const wanted of ["sample", "other", "sample:thing:2"]) {
                const part = document.createElement("p");
                part.dataset.live = wanted;
                part.addEventListener("live", () => { window.heard += wanted === "other" ? 100 : 1; });
                document.body.append(part);
            }
        }"""
    )
    return page


def tell(web: WebClinic, topic: str = "sample", subject: str = "") -> None:
    web.clinic.run(lambda work: _signal(work, topic, subject))


def _signal(work: Work, topic: str, subject: str) -> None:
    signal(work, topic, subject)


def know_where_signals_stand(context: BrowserContext, address: str) -> None:
    """Let the server look, so that the pages it draws say from where on they listen."""
    context.request.get(f"{address}/live")


def hears(page: Page, count: int) -> None:
    page.wait_for_function(f"() => window.heard === {count}", timeout=20_000)


@pytest.mark.req("UI-3")
def test_nine_tabs_share_one_stream_and_another_takes_it_over(
    web: WebClinic, open_visitor: OpenVisitor
) -> None:
    visitor = open_visitor()
    with web.serve() as address:
        enter(web, visitor.context, address)
        know_where_signals_stand(visitor.context, address)
        tabs = [tab(visitor.context, address) for _ in range(TABS)]
        streams = visitor.context.pages
        assert len(streams) == TABS + 1
        tabs[0].wait_for_selector("html[data-live]", state="attached")
        tell(web)
        for page in tabs:
            page.bring_to_front()
            hears(page, 1)
        assert hub_of(web.app).streams == 1
        assert [url for url in visitor.requested if "/live" in url] == [f"{address}/live?after=0"]
        tabs[0].close()
        tabs[1].wait_for_selector("html[data-live]", state="attached")
        tell(web, "sample", "thing:2")
        tabs[2].bring_to_front()
        hears(tabs[2], 3)
        for page in tabs[1:]:
            assert page.evaluate("document.querySelectorAll('html[data-live]').length") == (page is tabs[1])


@pytest.mark.req("UI-3")
def test_a_page_that_comes_later_misses_nothing(web: WebClinic, open_visitor: OpenVisitor) -> None:
    visitor = open_visitor()
    with web.serve() as address:
        enter(web, visitor.context, address)
        first = tab(visitor.context, address)
        first.wait_for_selector("html[data-live]", state="attached")
        first.close()
        second = tab(visitor.context, address)  # what is given now comes before its stream is open
        assert second.evaluate("document.body.dataset.liveAfter") is not None
        tell(web)
        hears(second, 1)


@pytest.mark.req("UI-3", "H-4")
def test_the_page_goes_on_when_the_stream_ends(web: WebClinic, open_visitor: OpenVisitor) -> None:
    """Signed out in another tab: the stream ends, no error is thrown, and nothing is asked in a loop."""
    visitor = open_visitor()
    with web.serve() as address:
        enter(web, visitor.context, address)
        page = tab(visitor.context, address)
        page.wait_for_selector("html[data-live]", state="attached")
        hub_of(web.app).end_streams("signed-out")
        page.wait_for_selector("html:not([data-live])", state="attached")
        page.wait_for_timeout(1500)
        assert len([url for url in visitor.requested if "/live" in url]) == 1
        assert visitor.script_errors == []


@pytest.mark.req("UI-3")
def test_without_locks_the_visible_page_holds_its_own(web: WebClinic, open_visitor: OpenVisitor) -> None:
    """A clinic without https, at an address other than localhost: the browser has no locks there."""
    visitor = open_visitor()
    visitor.context.add_init_script(
        "Object.defineProperty(Navigator.prototype, 'locks', { value: undefined })"
    )
    with web.serve() as address:
        enter(web, visitor.context, address)
        know_where_signals_stand(visitor.context, address)
        page = tab(visitor.context, address)
        page.wait_for_selector("html[data-live]", state="attached")
        tell(web)
        hears(page, 1)
        page.evaluate(
            """() => {
                Object.defineProperty(document, "hidden", { value: true, configurable: true });
                document.dispatchEvent(new Event("visibilitychange"));
            }"""
        )
        page.wait_for_selector("html:not([data-live])", state="attached")
        tell(web)
        page.evaluate(
            """() => {
                Object.defineProperty(document, "hidden", { value: false, configurable: true });
                document.dispatchEvent(new Event("visibilitychange"));
            }"""
        )
        hears(page, 2)  # what came meanwhile is told as well


@pytest.mark.req("UI-3")
def test_a_page_that_does_not_know_where_signals_stand_looks_once(
    web: WebClinic, open_visitor: OpenVisitor
) -> None:
    """What was given between its drawing and its listening would be missed otherwise."""
    visitor = open_visitor()
    with web.serve() as address:
        enter(web, visitor.context, address)
        page = tab(visitor.context, address)
        assert page.evaluate("document.body.dataset.liveAfter") is None
        hears(page, 102)  # every part of the page
