"""Integrations in a browser: every width and theme, changing while one looks (PL-14, UI-2, UI-4)."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from fetlock import clock
from hostapp.tests.integrations.outage import Desk
from hostapp.tests.tasks.test_screens import SIGHTS, enter
from tests.support.axe import axe
from tests.support.browser import OpenVisitor, screenshot


def one_day(desk: Desk) -> None:
    """A day of the courier that ends in an outage; it ends now, for the browser's clock is the real one."""
    desk.now = clock.now() - timedelta(hours=9)
    desk.up()
    for number in range(40):
        desk.post(number)
        if number % 7 == 0:
            desk.work(later=timedelta(minutes=61))
    desk.down()
    desk.post(99)
    desk.post(100, "plain")
    desk.work()
    desk.work(later=clock.now() - desk.now)


@pytest.mark.req("UI-1", "UI-2", "UI-4", "UI-5", "PL-14")
@pytest.mark.parametrize("seen", ["data", "empty"])
def test_integrations_hold_at_every_width_and_theme(seen: str, desk: Desk, open_visitor: OpenVisitor) -> None:
    if seen == "data":
        one_day(desk)
    with desk.web.serve() as address:
        for width, theme in SIGHTS:
            visitor = open_visitor(viewport={"width": width, "height": 900}, color_scheme=theme)
            page = enter(desk.web, visitor, address, "Administrator")
            page.goto(f"{address}/s/north/integrations")
            page.wait_for_selector("html[data-ready]")
            if seen == "data":
                page.locator("#numbers > summary").click()
                expect(page.locator("svg.chart--day").first).to_be_visible()
            assert visitor.script_errors == []
            assert visitor.foreign_requests(address) == []
            assert axe(page) == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"sideways at {width}"
            screenshot(page, f"integrations-{seen}-{width}-{theme}")


@pytest.mark.req("PL-14")
def test_trouble_shows_while_one_looks_and_its_task_with_it(desk: Desk, open_visitor: OpenVisitor) -> None:
    desk.now = clock.now() - timedelta(minutes=40)
    desk.post(1)
    desk.work()
    with desk.web.serve() as address:
        page = enter(desk.web, open_visitor(), address, "Administrator")
        page.goto(f"{address}/s/north/integrations")
        page.wait_for_selector("html[data-live]")
        expect(page.locator("#troubles")).to_contain_text("Nothing was ever stuck")
        desk.work(later=timedelta(minutes=40))
        expect(page.locator("#troubles")).to_contain_text("still stuck", timeout=10_000)
        expect(page.locator("#task-count")).to_contain_text("1", timeout=10_000)
        page.locator("#task-count").click()
        page.get_by_role("link", name="Open what it is about").click()
        expect(page.get_by_role("heading", name="Outbox")).to_be_visible()
        expect(page.locator("tbody tr")).to_have_count(1)
