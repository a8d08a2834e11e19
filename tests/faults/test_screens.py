"""UI-1, UI-5, PL-5: what is left alone after failures, as people see it, in a real browser at two widths."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from fetlock_hostapp.testing import PASSWORD, WebClinic
from hostapp.tests.patients.visiting_plugins import Broken
from tests.support.axe import axe
from tests.support.browser import OpenVisitor, screenshot


@pytest.fixture
def web(sqlite_url: str, tmp_path: Path) -> Iterator[WebClinic]:
    with WebClinic.build(sqlite_url, tmp_path / "home", Broken()) as made:
        patient = made.clinic.patient_id
        staff = made.signed_in("Receptionist")
        for _ in range(5):
            staff.get(f"/s/north/patients/{patient}/panels/broken")
        yield made


@pytest.mark.req("PL-5", "UI-1", "UI-5")
def test_what_is_left_alone_is_said_on_its_card_and_on_the_page_of_plugins(
    web: WebClinic, open_visitor: OpenVisitor
) -> None:
    with web.serve() as address:
        for width in (1440, 820):
            scheme = "dark" if width == 820 else "light"
            visitor = open_visitor(viewport={"width": width, "height": 900}, color_scheme=scheme)
            page = visitor.page
            page.goto(f"{address}/sign-in")
            page.fill("#f-user_name", "administrator")
            page.fill("#f-password", PASSWORD)
            page.click("button[type=submit]")
            page.wait_for_url(f"{address}/s/**")
            page.goto(f"{address}/s/north/patients/{web.clinic.patient_id}")
            card = page.locator("#panels-broken details, details[data-slow='Broken label']").last
            expect(card).to_contain_text("is left alone for a moment")
            expect(page.get_by_text("Unavailable, paused").last).to_be_visible()
            screenshot(page, f"faults-card-{width}")
            page.goto(f"{address}/s/north/administration/plugins")
            expect(page.get_by_role("heading", name="Failing")).to_be_visible()
            screenshot(page, f"faults-plugins-{width}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert axe(page) == []
            if width == 820:
                page.get_by_role("button", name="Try again now").first.click()
                expect(page.get_by_text("called again from now on")).to_be_visible()
