"""Messages in a browser: every width and theme, writing by keyboard, the question answered (H-42, UI-2)."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect

from fetlock_hostapp.worker import Worker
from hostapp.tests.messages.clinic import PostRoom
from hostapp.tests.messages.inbox import Inbox
from tests.support.axe import axe
from tests.support.browser import OpenVisitor, Visitor, screenshot

SIGHTS = ((1440, "light"), (820, "dark"), (320, "light"))


def enter(room: PostRoom, visitor: Visitor, address: str, role: str = "Receptionist") -> Page:
    """The page of a browser that is signed in."""
    host = urlsplit(address).hostname or ""
    visitor.context.add_cookies(
        [
            {"name": name, "value": value, "domain": host, "path": "/"}
            for name, value in room.web.signed_in(role).cookies.items()
        ]
    )
    return visitor.page


def settle(page: Page, address: str) -> Page:
    page.goto(address)
    page.wait_for_selector("html[data-ready]")
    return page


@contextmanager
def working(room: PostRoom) -> Iterator[None]:
    """A real worker, running."""
    stop = threading.Event()
    with httpx.Client(trust_env=False) as client:
        thread = threading.Thread(target=Worker(room.web.runtime, http=client).run, args=(stop,))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(20)


def fill(room: PostRoom) -> dict[str, int]:
    """Messages in every state, by state."""
    client = room.web.signed_in("Receptionist")
    problem = "The mail server 127.0.0.1:2525 cannot be reached."
    made = {}
    for state in ("sent", "failed", "in_doubt", "dropped", "waiting"):
        made[state] = room.written(client, subject=f"Results of Biscuit, {state.replace('_', ' ')}")
        room.put(made[state], state=state, attempts=1, problem=problem if state == "failed" else "")
    made["sms"] = room.written(client, channel="sms", body="Biscuit can be fetched from 4 pm. Your clinic")
    return made


@pytest.mark.req("UI-1", "UI-2", "UI-5")
@pytest.mark.parametrize("seen", ["data", "question", "empty", "message", "doubt", "new", "error", "whom"])
def test_messages_hold_at_every_width_and_theme(seen: str, room: PostRoom, open_visitor: OpenVisitor) -> None:
    made = {} if seen == "empty" else fill(room)
    if seen in ("question", "doubt"):
        room.set_up(2525)
    form = f"messages/new?client={room.web.clinic.client_id}"
    path = {
        "message": f"messages/{made.get('waiting')}",
        "doubt": f"messages/{made.get('in_doubt')}?ask=send",
        "new": form,
        "error": form,
        "whom": "messages/new?q=dana",
    }.get(seen, "messages")
    with room.web.serve() as address:
        for width, theme in SIGHTS:
            visitor = open_visitor(viewport={"width": width, "height": 900}, color_scheme=theme)
            page = settle(enter(room, visitor, address), f"{address}/s/north/{path}")
            if seen == "error":
                page.get_by_role("button", name="Keep, to be sent later").click()
                page.wait_for_selector(".errsum")
                visitor.script_errors.clear()  # the browser notes the answer 422 itself
            assert visitor.script_errors == []
            assert visitor.foreign_requests(address) == []
            assert axe(page) == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"sideways at {width}"
            screenshot(page, f"messages-{seen}-{width}-{theme}")


@pytest.mark.req("H-42")
def test_the_question_is_answered_and_the_letters_are_seen_to_go(
    room: PostRoom, inbox: Inbox, open_visitor: OpenVisitor
) -> None:
    client = room.web.signed_in("Receptionist")
    ids = [room.written(client, subject=f"Letter {n}") for n in range(2)]
    room.set_up(inbox.port)
    with room.web.serve() as address, working(room):
        page = settle(enter(room, open_visitor(), address), f"{address}/s/north/messages")
        page.wait_for_timeout(1500)
        assert inbox.letters == [], "a running worker sends nothing by itself"
        page.get_by_role("button", name="Send 2 waiting").click()
        expect(page.locator("#flashes")).to_contain_text("2 e-mails are sent now.")
        for message_id in ids:
            row = page.locator(f"#message-{message_id}")
            expect(row.locator(".state")).to_have_text("Sent", timeout=15_000)
    assert [letter["Subject"] for letter in inbox.letters] == ["Letter 0", "Letter 1"]


@pytest.mark.req("H-10", "H-41", "UI-2")
def test_a_message_is_written_by_keyboard_and_survives_a_change_of_mind(
    room: PostRoom, open_visitor: OpenVisitor
) -> None:
    with room.web.serve() as address:
        visitor = open_visitor()
        page = settle(enter(room, visitor, address), f"{address}/s/north/messages")
        page.get_by_role("link", name="Write message").first.focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("html[data-ready] [name=q]")
        page.keyboard.type("57")  # the search has the focus
        page.keyboard.press("Enter")
        page.get_by_role("link", name="Dana Whitfield 57", exact=True).focus()
        page.keyboard.press("Enter")
        page.get_by_label("Subject").fill("Results of Biscuit")
        page.get_by_label("Text", exact=True).fill("All is well.")
        page.get_by_role("radio", name="Text message").check()
        expect(page.get_by_label("To", exact=True)).to_have_value("+12035550157")
        expect(page.get_by_label("Subject")).to_have_count(0)
        expect(page.get_by_label("Text", exact=True)).to_have_value("All is well.")
        page.get_by_role("radio", name="E-mail").check()
        expect(page.get_by_label("Subject")).to_have_value("Results of Biscuit")
        expect(page.get_by_label("To", exact=True)).to_have_value("dana@example.org")
        page.get_by_role("button", name="Keep, to be sent later").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#flashes")).to_contain_text("It is kept and waits")
        expect(page.get_by_role("heading", level=1)).to_have_text("Results of Biscuit")
        expect(page.locator(".letter").first).to_have_text("All is well.")
        assert visitor.script_errors == []


@pytest.mark.req("H-10")
def test_an_opt_out_shuts_the_way_and_says_why(room: PostRoom, open_visitor: OpenVisitor) -> None:
    room.change_client(sms_opt_out=True)
    with room.web.serve() as address:
        page = enter(room, open_visitor(), address)
        settle(page, f"{address}/s/north/messages/new?client={room.web.clinic.client_id}")
        page.get_by_role("radio", name="Text message").check()
        expect(page.locator(".notice")).to_contain_text("Dana Whitfield wants no text messages.")
        button = page.get_by_role("button", name="Send")
        expect(button).to_have_attribute("aria-disabled", "true")
        page.get_by_label("Text", exact=True).fill("Biscuit is ready.")
        button.click(force=True)
        expect(page.get_by_label("Text", exact=True)).to_have_value("Biscuit is ready.")
        screenshot(page, "messages-opt-out")
