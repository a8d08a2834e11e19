"""Tasks in a browser: every width and theme, by keyboard, with undo, changing by itself (H-17, UI-2)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from fetlock.domain.tasks import service
from fetlock_hostapp.testing import WebClinic
from hostapp.tests.tasks.test_list import task, write
from tests.support.axe import axe
from tests.support.browser import OpenVisitor, Visitor, screenshot

SIGHTS = ((1440, "light"), (820, "dark"), (320, "light"))


def enter(web: WebClinic, visitor: Visitor, address: str, role: str = "Receptionist") -> Page:
    cookies = web.signed_in(role).cookies
    host = urlsplit(address).hostname or ""
    visitor.context.add_cookies(
        [{"name": name, "value": value, "domain": host, "path": "/"} for name, value in cookies.items()]
    )
    return visitor.page


@contextmanager
def at(web: WebClinic, open_visitor: OpenVisitor, path: str = "tasks", **options: object) -> Iterator[Page]:
    with web.serve() as address:
        page = enter(web, open_visitor(**options), address)
        page.goto(f"{address}/s/north/{path}")
        page.wait_for_selector("html[data-ready]")
        yield page


def fill(web: WebClinic) -> list[int]:
    today, records = web.clinic.today(), web.clinic.records
    return [
        write(web, "Call Dana about Biscuit’s results", due_on=today - timedelta(days=3), link="patients/1"),
        write(web, "Order prescription food for 57B", due_on=today, note="The small bags."),
        write(web, "Send the x-rays of 58A to the surgeon in New London", due_on=today + timedelta(days=9)),
        write(web, "Clean the kennel", role_id=records.roles["Receptionist"]),
    ]


@pytest.mark.req("UI-1", "UI-2", "UI-5", "H-17")
@pytest.mark.parametrize("seen", ["data", "empty", "task", "error"])
def test_tasks_hold_at_every_width_and_theme(seen: str, web: WebClinic, open_visitor: OpenVisitor) -> None:
    ids = fill(web) if seen != "empty" else []
    path = f"tasks/{ids[0]}" if seen == "task" else "tasks"
    with web.serve() as address:
        for width, theme in SIGHTS:
            visitor = open_visitor(viewport={"width": width, "height": 900}, color_scheme=theme)
            page = enter(web, visitor, address)
            page.goto(f"{address}/s/north/{path}")
            page.wait_for_selector("html[data-ready]")
            if seen == "data":
                page.locator("[data-pick]").first.check()
                expect(page.locator("[data-picked-bar]")).to_be_visible()
            if seen == "error":
                page.get_by_role("button", name="Add").click()
                page.wait_for_selector(".errsum")
                visitor.script_errors.clear()  # the browser notes the answer 422 itself
            assert visitor.script_errors == []
            assert visitor.foreign_requests(address) == []
            assert axe(page) == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"sideways at {width}"
            screenshot(page, f"tasks-{seen}-{width}-{theme}")


@pytest.mark.req("H-17", "UI-2")
def test_tasks_are_done_by_keyboard_and_undone(web: WebClinic, open_visitor: OpenVisitor) -> None:
    ids = fill(web)
    with at(web, open_visitor) as page:
        expect(page.locator("#task-count")).to_contain_text("2 due")
        page.locator(f"#pick-{ids[0]}").focus()
        page.keyboard.press("Shift+ArrowDown")
        expect(page.locator("[data-picked-count]")).to_have_text("2 chosen")
        page.keyboard.press("Escape")
        expect(page.locator("[data-picked-bar]")).to_be_hidden()
        page.keyboard.press("Space")
        page.keyboard.press("Shift+ArrowUp")
        bar = page.locator("[data-picked-bar]")
        bar.get_by_role("button", name="Done").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#tasks-told")).to_contain_text("2 tasks are done.")
        assert [task(web, each).state for each in ids[:2]] == ["done", "done"]
        expect(page.locator("#task-count")).not_to_contain_text("due")
        expect(page.locator("#undo-tasks")).to_be_focused()
        page.get_by_role("button", name="Undo").click()
        expect(page.locator("#tasks-told")).to_contain_text("2 tasks are open again.")
        expect(page.locator(f"#task-{ids[0]}")).to_be_visible()
        assert [task(web, each).state for each in ids[:2]] == ["open", "open"]


@pytest.mark.req("H-17")
def test_a_task_is_added_and_snoozed_without_leaving_the_page(
    web: WebClinic, open_visitor: OpenVisitor
) -> None:
    with at(web, open_visitor) as page:
        page.get_by_label("New task").fill("Ring the lab")
        page.keyboard.press("Enter")
        row = page.locator("#task-1")
        expect(row).to_contain_text("Ring the lab")
        expect(page.get_by_label("New task")).to_have_value("")
        expect(page.get_by_label("New task")).to_be_focused()
        row.get_by_role("button", name="More for Ring the lab").click()
        page.get_by_role("button", name="Snooze until tomorrow").click()
        expect(page.locator("#tasks-told")).to_contain_text("comes back tomorrow")
        expect(row).to_have_count(0)


@pytest.mark.req("H-17")
def test_the_count_changes_while_one_looks(web: WebClinic, open_visitor: OpenVisitor) -> None:
    with at(web, open_visitor, "patients") as page:
        expect(page.locator("#task-count")).to_contain_text("0")
        page.wait_for_selector("html[data-live]")
        page.get_by_role("combobox").fill("half typed")
        made = write(web, "From a colleague", "Nurse", staff_id=web.clinic.records.staff["Receptionist"])
        expect(page.locator("#task-count")).to_contain_text("1", timeout=10_000)
        web.clinic.run(lambda work: service.complete(work, [made]))
        expect(page.locator("#task-count")).to_contain_text("0", timeout=10_000)
        expect(page.get_by_role("combobox")).to_have_value("half typed")
