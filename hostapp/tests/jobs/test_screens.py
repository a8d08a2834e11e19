"""Jobs in a browser: every width and theme, by keyboard, changing while one looks (PL-9, UI-3)."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from core.tests.platform.sampler.plugin import Sampler
from fetlock import JobRun
from fetlock_hostapp.testing import WebClinic
from hostapp.tests.jobs.conftest import run_all
from tests.support.axe import axe
from tests.support.browser import OpenVisitor, Visitor, screenshot

SIGHTS = ((1440, "light"), (820, "dark"), (320, "light"))


def enter(web: WebClinic, visitor: Visitor, address: str, path: str) -> Page:
    host = urlsplit(address).hostname or ""
    visitor.context.add_cookies(
        [
            {"name": name, "value": value, "domain": host, "path": "/"}
            for name, value in web.signed_in().cookies.items()
        ]
    )
    visitor.page.goto(f"{address}/s/north/{path}")
    visitor.page.wait_for_selector("html[data-ready]")
    return visitor.page


@pytest.mark.req("PL-9", "UI-1", "UI-2", "UI-5")
def test_jobs_hold_at_every_width_and_theme(
    web: WebClinic, sampler: Sampler, open_visitor: OpenVisitor
) -> None:
    def fail(_: JobRun) -> None:
        raise RuntimeError

    run_all(web)
    sampler.job = fail
    with web.serve() as address:
        staff = web.signed_in()
        job_id = staff.get("/api/v1/s/north/jobs").json()["items"][0]["id"]
        staff.post(f"/api/v1/s/north/jobs/{job_id}/run")
        run_all(web)
        for width, theme in SIGHTS:
            visitor = open_visitor(viewport={"width": width, "height": 900}, color_scheme=theme)
            for name, path in (("list", ""), ("job", f"/{job_id}"), ("pause", f"/{job_id}?ask=pause")):
                page = enter(web, visitor, address, f"administration/jobs{path}")
                assert visitor.script_errors == [], "before axe, whose styles are refused"
                assert axe(page) == []
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, width)
                screenshot(page, f"jobs-{name}-{width}-{theme}")
                visitor.script_errors.clear()
            assert visitor.foreign_requests(address) == []


@pytest.mark.req("PL-9", "UI-3", "UI-2")
def test_run_now_by_keyboard_is_seen_to_end_by_everybody(web: WebClinic, open_visitor: OpenVisitor) -> None:
    with web.serve() as address:
        looking = enter(web, open_visitor(), address, "administration/jobs")
        looking.wait_for_selector("html[data-live]", state="attached")
        row = looking.locator("#jobs-list tbody tr").first
        expect(row).to_contain_text("not yet")
        page = enter(web, open_visitor(), address, "administration/jobs")
        page.get_by_role("button", name="Run now Tick").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#flashes")).to_contain_text("runs as soon as a worker takes it")
        expect(row).to_contain_text("as soon as a worker takes it")
        run_all(web)
        expect(row).to_contain_text("took")  # in neither of the two was anything pressed
        expect(page.locator("#jobs-list tbody tr").first).to_contain_text("took")
