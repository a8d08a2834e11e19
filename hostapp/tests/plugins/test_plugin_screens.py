"""UI-1, UI-2, UI-3, UI-5: the pages about plugins in a real browser, at two widths."""

import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from core.tests.platform.sampler.plugin import Sampler
from fetlock.contracts import Ask, AskAnswer
from fetlock.domain.plugins.models import PluginInstalled
from fetlock.platform import secrets
from fetlock.platform.registry import Quarantined
from fetlock_hostapp.testing import PASSWORD, WebClinic
from fetlock_hostapp.worker import Worker
from tests.support.axe import axe
from tests.support.browser import OpenVisitor, Visitor, screenshot

BASE = "/s/north/administration/plugins"
SECRET = "the right secret"


@pytest.fixture
def address(web: WebClinic, sampler: Sampler) -> Iterator[str]:
    secrets.ensure_key(web.runtime.installation)
    reason = "Did not start: No module named ‘phonegate’ (incident 7F3K-Q2WX)"
    web.runtime.registry.quarantined["smsgate"] = Quarantined("smsgate", reason, "3.1.0", ">=0.1")
    gone = PluginInstalled(name="gone", label="Loyalty cards", version="2.0", table_prefix="gone", tables=[])
    web.runtime.database.write(lambda session: session.add(gone))

    def answer(ask: Ask) -> AskAnswer:
        if ask.data.get("api_secret") == SECRET:
            return AskAnswer(ok=True, message="The service knows this key: account “North”.")
        return AskAnswer(ok=False, message="Check the key and the secret for missing characters.")

    sampler.answer = answer
    stop = threading.Event()
    worker = Worker(web.runtime)
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    with web.serve() as served:
        yield served
    stop.set()
    thread.join()
    worker.close()


def _look(visitor: Visitor, name: str) -> None:
    page = visitor.page
    page.wait_for_load_state("networkidle")
    wide = page.viewport_size["width"] if page.viewport_size else 0
    screenshot(page, f"plugins-{name}-{wide}")
    expected = "Failed to load resource"  # the browser's own word for answers like 422
    assert [text for text in visitor.script_errors if not text.startswith(expected)] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= wide, name
    assert axe(page) == [], name
    page.wait_for_timeout(100)
    visitor.script_errors.clear()  # axe itself sets inline styles, which the policy refuses


@pytest.mark.req("UI-1", "UI-2", "UI-3", "UI-5", "CP-6", "CP-7", "PL-2")
@pytest.mark.parametrize("width", [1440, 820])
def test_an_administrator_sets_a_plugin_up(open_visitor: OpenVisitor, address: str, width: int) -> None:
    visitor = open_visitor(viewport={"width": width, "height": 900})
    page = visitor.page
    page.goto(f"{address}/sign-in")
    page.fill("#f-user_name", "administrator")
    page.fill("#f-password", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(f"{address}/s/**")

    page.goto(f"{address}{BASE}")
    _look(visitor, "list")
    page.click("button[aria-label='Sampler at North Clinic: change']")
    _look(visitor, "menu")
    page.click("text=Switch off …")
    _look(visitor, "switch-off")
    page.fill("#f-reason", "Moving to another vendor")
    page.click("button:has-text('Switch off')")
    expect(page.locator("#flashes")).to_contain_text("Sampler is off at North Clinic.")
    page.goto(f"{address}{BASE}/sampler/settings")
    _look(visitor, "settings-off")
    page.click("button:has-text('Set up')")
    _look(visitor, "settings")

    page.fill("#f-api_secret", "wrong")
    page.click("text=Test credentials")
    expect(page.locator("#test")).to_contain_text("Check the key and the secret", timeout=8000)
    _look(visitor, "test-failed")
    page.fill("#f-api_secret", SECRET)
    page.click("text=Test credentials")
    expect(page.locator("#test")).to_contain_text("account “North”", timeout=8000)
    _look(visitor, "test-ok")

    page.fill("#f-minutes", "many")
    page.check("#f-_enabled")
    page.click("button:has-text('Save'):not(:has-text('Close'))")
    expect(page.locator(".errsum")).to_contain_text("Enter a whole number.")
    _look(visitor, "settings-wrong")
    page.fill("#f-minutes", "20")
    page.fill("#f-api_secret", SECRET)
    page.click("button:has-text('Save'):not(:has-text('Close'))")
    expect(page.locator("#flashes")).to_contain_text("It is on at North Clinic.")
    _look(visitor, "settings-saved")
    assert SECRET not in page.content()
    page.click("text=All sites")
    _look(visitor, "settings-all")

    page.goto(f"{address}{BASE}/gone/purge")
    _look(visitor, "purge")
    page.goto(f"{address}{BASE}/email/settings")
    _look(visitor, "email")
    assert visitor.foreign_requests(address) == []
