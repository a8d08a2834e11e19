"""The outbox in a browser: every width and theme, by keyboard, changing while one looks (PL-8, UI-2)."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect

from fetlock.contracts import DeliveryState
from fetlock_hostapp.worker import Worker
from hostapp.tests.outbox.courier import RULES, Office
from tests.support.axe import axe
from tests.support.browser import OpenVisitor, Visitor, screenshot

SIGHTS = ((1440, "light"), (820, "dark"), (320, "light"))


def enter(office: Office, visitor: Visitor, address: str, role: str = "Receptionist") -> Page:
    """The page of a browser that is signed in."""
    cookies = office.web.signed_in(role).cookies
    host = urlsplit(address).hostname or ""
    visitor.context.add_cookies(
        [{"name": name, "value": value, "domain": host, "path": "/"} for name, value in cookies.items()]
    )
    return visitor.page


def settle(page: Page, address: str) -> Page:
    page.goto(address)
    page.wait_for_selector("html[data-ready]")
    return page


@contextmanager
def working(office: Office) -> Iterator[None]:
    """A real worker, running."""
    stop = threading.Event()
    with httpx.Client(trust_env=False) as client:
        worker = Worker(office.web.runtime, http=client, rules=RULES)
        thread = threading.Thread(target=worker.run, args=(stop,))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(20)


@pytest.mark.req("UI-1", "UI-2", "UI-5")
@pytest.mark.parametrize("seen", ["data", "empty", "entry", "error"])
def test_the_outbox_holds_at_every_width_and_theme(
    seen: str, office: Office, open_visitor: OpenVisitor
) -> None:
    made = office.one_of_each() if seen != "empty" else {}
    path = {
        "data": "outbox",
        "empty": "outbox",
        "entry": f"outbox/{made.get('in_doubt')}",
        "error": f"outbox/{made.get('given_up')}",
    }[seen]
    with office.web.serve() as address:
        for width, theme in SIGHTS:
            visitor = open_visitor(viewport={"width": width, "height": 900}, color_scheme=theme)
            page = settle(enter(office, visitor, address), f"{address}/s/north/{path}")
            if seen == "error":
                page.get_by_role("button", name="Drop…").click()
                page.get_by_role("button", name="Drop", exact=True).click()
                page.wait_for_selector("dialog[open] .errsum")
                visitor.script_errors.clear()  # the browser notes the answer 422 itself
            assert visitor.script_errors == []
            assert visitor.foreign_requests(address) == []
            assert axe(page) == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"sideways at {width}"
            screenshot(page, f"outbox-{seen}-{width}-{theme}")


@pytest.mark.req("PL-8")
def test_a_retry_by_keyboard_keeps_the_place_and_is_seen_to_arrive(
    office: Office, open_visitor: OpenVisitor
) -> None:
    office.courier.ends_so("letter", DeliveryState.REJECTED, "The address is unknown there.")
    entry_id = office.post("Letter to Dana")
    office.work_off()
    office.courier.ends.clear()
    with office.web.serve() as address, working(office):
        page = settle(enter(office, open_visitor(), address), f"{address}/s/north/outbox")
        row = page.locator(f"#entry-{entry_id}")
        expect(row).to_contain_text("Given up")
        row.get_by_role("button", name="Retry Letter to Dana").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#flashes")).to_contain_text("Letter to Dana is sent again now.")
        expect(row).to_contain_text("Sent", timeout=15_000)  # without loading the page again
        assert page.evaluate("document.activeElement !== document.body"), "the focus is not lost"
        page.wait_for_timeout(500)
        assert page.locator("#outbox-poll").count() == 0, "nothing is asked once all is settled"


@pytest.mark.req("PL-8")
def test_many_are_sent_again_after_a_question(office: Office, open_visitor: OpenVisitor) -> None:
    office.courier.ends_so("letter", DeliveryState.REJECTED)
    ids = [office.post(f"Letter {n}") for n in range(3)]
    office.work_off()
    with office.web.serve() as address:
        page = settle(enter(office, open_visitor(), address), f"{address}/s/north/outbox?state=given_up")
        page.get_by_role("button", name="Send 3 failed again…").click()
        dialog = page.locator("#confirm")
        expect(dialog).to_contain_text("Send 3 failed entries again?")
        page.keyboard.press("Escape")
        assert [office.row(each).state for each in ids] == ["given_up"] * 3
        page.get_by_role("button", name="Send 3 failed again…").click()
        dialog.get_by_role("button", name="Send 3 again").click()
        expect(page.locator("#flashes")).to_contain_text("3 entries are sent again now.")
        assert [office.row(each).state for each in ids] == ["pending"] * 3


@pytest.mark.req("PL-8")
def test_in_doubt_asks_a_clear_question(office: Office, open_visitor: OpenVisitor) -> None:
    office.courier.ends_so("call", DeliveryState.UNCLEAR, "The line broke.")
    entry_id = office.post("Call to Dana", "call")
    office.work_off()
    with office.web.serve() as address:
        page = settle(enter(office, open_visitor(), address), f"{address}/s/north/outbox")
        page.get_by_role("link", name="Send again… Call to Dana").click()
        dialog = page.get_by_role("dialog", name="Did it arrive?")
        expect(dialog).to_be_visible()
        dialog.get_by_role("button", name="Send again").click()
        expect(dialog.locator(".errsum")).to_contain_text("It may have arrived already.")
        assert office.row(entry_id).state == "in_doubt"
        dialog.get_by_label("I have looked: it did not arrive").check()
        dialog.get_by_role("button", name="Send again").click()
        expect(page.locator("#flashes")).to_contain_text("It is sent again now.")
        assert office.row(entry_id).state == "pending"


def test_the_key_is_copied_whole(office: Office, open_visitor: OpenVisitor) -> None:
    entry_id = office.post("Letter")
    with office.web.serve() as address:
        visitor = open_visitor(permissions=["clipboard-read", "clipboard-write"])
        page = settle(enter(office, visitor, address), f"{address}/s/north/outbox")
        page.get_by_role("button", name="copy the key of Letter").click()
        page.wait_for_selector("[data-copied]")
        assert page.evaluate("navigator.clipboard.readText()") == str(office.row(entry_id).key)
