"""Care plans as people meet them: the tab, the settings page, slow and failing vendors, both themes."""

import re
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from fetlock.domain.plugins import settings as plugin_settings
from fetlock.domain.plugins import switching
from fetlock_careplans_covetrus.naming import NAME
from fetlock_careplans_covetrus.sandbox.demo import API_KEY, API_SECRET
from fetlock_hostapp.testing import PASSWORD, WebClinic
from fetlock_hostapp.worker import Worker
from plugins.careplans_covetrus.tests.practice import Practice
from tests.support.axe import axe
from tests.support.browser import OpenVisitor, Visitor, screenshot

SIGHTS = ((1440, "light"), (820, "dark"), (320, "light"))
CONTACT = "Lena Marchetti, ext. 204"


@pytest.fixture
def gold(web_practice: Practice) -> Practice:
    """57A has a plan renewed early, with groups, alternates and a code that nobody has."""
    practice = web_practice
    practice.clinic.product("RAB", "42.00", name="Rabies, 3-year")
    practice.clinic.product("DAPP", "44.00", name="Distemper and parvovirus, 3-year")
    items = [
        {"code": "EXAM", "name": "Wellness exam, any reason", "group": "Exams and visits", "included": 2},
        {"code": "BLOOD", "name": "Nurse check", "group": "Exams and visits", "included": 24, "used": 9},
        {"code": "RAB", "name": "Core vaccine", "group": "Vaccines", "included": 2, "alternates": ["DAPP"]},
        {"code": "BORD", "name": "Bordetella, oral", "group": "Vaccines", "included": 1},
        {"code": "NAIL", "name": "Nail trims", "group": "Care", "included": 3, "used": 1},
    ]
    practice.plan(
        terms=[{"items": items}, {"items": items[:4], "flagged_early": True}],
        out_of_plan_discount={"percent": "10", "name": "Member savings"},
        benefits=[{"name": "Telephone advice, no charge", "description": "On weekdays, any question."}],
    )
    practice.settings(support_contact=CONTACT)
    practice.refresh()
    return practice


@pytest.fixture
def served(web: WebClinic) -> Iterator[str]:
    """The address of the pages, with a worker in the background as in a real installation."""
    stop = threading.Event()
    worker = Worker(web.runtime)
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    try:
        with web.serve() as address:
            yield address
    finally:
        stop.set()
        thread.join()
        worker.close()


def sign_in(page: Page, address: str, role: str) -> None:
    page.goto(f"{address}/sign-in")
    page.get_by_label("User name").fill(role.lower())
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(r"/s/"))


def open_plans(page: Page, address: str, practice: Practice, patient: str = "57A") -> None:
    page.goto(f"{address}/s/north/patients/{practice.clinic.records.patients[patient]}/plans")
    expect(page.locator("#careplan")).to_be_visible()
    # what the page asks because it was opened comes first: its answer loads the tab anew
    expect(page.locator("#patient-questions, [data-live*='asks:ask:']")).to_have_count(0, timeout=15_000)
    expect(page.locator("#careplan")).to_be_visible()


def left(page: Page, service: str) -> str:
    row = page.locator("#careplan-services tr").filter(has=page.locator("b", has_text=service))
    return row.locator("td[data-l=Left]").inner_text()


@pytest.mark.req("CP-36", "CP-50")
def test_the_tab_holds_at_every_width_and_theme(
    gold: Practice, served: str, open_visitor: OpenVisitor
) -> None:
    gold.close(gold.add(("NAIL", 1), ("RAB", 1)).invoice.id)
    gold.add(("EXAM", 1))
    for width, theme in SIGHTS:
        visitor = open_visitor(viewport={"width": width, "height": 1000}, color_scheme=theme)
        page = visitor.page
        sign_in(page, served, "Receptionist")
        open_plans(page, served, gold)
        expect(page.get_by_role("heading", name="Care Plan: Gold")).to_be_visible()
        assert visitor.script_errors == []
        assert visitor.foreign_requests(served) == []
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        screenshot(page, f"careplan-{width}-{theme}")


@pytest.mark.req("CP-39", "CP-55")
def test_plus_adds_to_treatment_and_the_counter_falls_at_once(
    gold: Practice, served: str, visitor: Visitor
) -> None:
    page = visitor.page
    sign_in(page, served, "Receptionist")
    open_plans(page, served, gold)
    assert left(page, "Nail trims") == "2"
    page.get_by_role("button", name="Add Nail trims to today’s treatment").click()
    expect(page.locator("#careplan .notice--ok")).to_contain_text("on today’s treatment and the invoice")
    assert left(page, "Nail trims") == "1"
    expect(page.locator("#live")).to_have_text("Nail trim added to today’s treatment.")
    page.get_by_role("button", name="Add Core vaccine to the invoice, without a visit").click()
    page.get_by_role("button", name="Distemper and parvovirus").and_(page.locator(":visible")).click()
    expect(page.locator("#careplan .notice--ok")).to_contain_text(
        "Distemper and parvovirus, 3-year is on the"
    )
    assert left(page, "Core vaccine") == "1"
    assert not page.locator("[popover]:popover-open").count()
    screenshot(page, "careplan-added")
    page.locator("#careplan .notice--ok").get_by_role("link").click()
    expect(page.get_by_text("Care plan savings")).to_be_visible()
    assert visitor.script_errors == []


@pytest.mark.req("CP-53")
def test_f5_refreshes_while_the_vendor_takes_five_seconds(
    gold: Practice, served: str, visitor: Visitor
) -> None:
    page = visitor.page
    sign_in(page, served, "Receptionist")
    open_plans(page, served, gold)
    before = gold.plans()[0].plan.as_of
    gold.vendor.call("PATCH", "/plans/P1/items/P1-T1-EXAM", {"name": "Exam, renamed"})
    gold.vendor.fault("delay", times=1, delay_seconds=5)
    page.keyboard.press("F5")
    expect(page.get_by_role("button", name="Refreshing…")).to_be_visible(timeout=1_000)
    # everything else goes on meanwhile
    page.get_by_role("button", name="Add Nail trims to today’s treatment").click()
    expect(page.locator("#careplan .notice--ok")).to_be_visible(timeout=3_000)
    expect(page.get_by_role("button", name="Refreshing…")).to_be_visible()
    expect(page.locator("#careplan-strip")).to_contain_text("still asking the plan system")
    expect(page.locator("#careplan-services")).to_contain_text("Exam, renamed", timeout=15_000)
    assert gold.plans()[0].plan.as_of > before
    expect(page.get_by_role("button", name="Add Nail trims to today’s treatment")).to_be_focused()
    assert visitor.script_errors == []
    gold.vendor.fault("delay", times=1, delay_seconds=2)
    page.keyboard.press("F5")
    expect(page.get_by_role("button", name="Refreshing…")).to_be_visible()
    assert axe(page) == []


@pytest.mark.req("CP-53")
def test_a_failed_refresh_says_why_and_whom_to_call(gold: Practice, served: str, visitor: Visitor) -> None:
    page = visitor.page
    sign_in(page, served, "Receptionist")
    open_plans(page, served, gold)
    gold.vendor.fault("not_json")
    page.keyboard.press("F5")
    notice = page.locator("#careplan-strip .notice--bad")
    expect(notice).to_contain_text("cannot be read")
    expect(notice).to_contain_text(CONTACT)
    assert axe(page) == []
    screenshot(page, "careplan-failed")
    gold.vendor.fault("none")
    notice.get_by_role("button", name="Try again").click()
    expect(notice).to_be_hidden()


@pytest.mark.req("CP-42", "CP-53")
def test_without_a_plan_our_ids_can_be_copied_and_a_new_plan_appears(
    gold: Practice, served: str, open_visitor: OpenVisitor
) -> None:
    visitor = open_visitor(permissions=["clipboard-read", "clipboard-write"])
    page = visitor.page
    sign_in(page, served, "Receptionist")
    open_plans(page, served, gold, "57B")
    expect(page.locator("#careplan")).to_contain_text("Looked up", timeout=15_000)
    page.get_by_role("button", name="Copy patient 57B").click()
    assert page.evaluate("navigator.clipboard.readText()") == "57B"
    assert axe(page) == []
    screenshot(page, "careplan-none")
    gold.plan([{"code": "NAIL"}], plan_id="P2", patient="57B", name="Silver")
    page.keyboard.press("F5")
    expect(page.get_by_role("heading", name="Care Plan: Silver")).to_be_visible(timeout=15_000)


@pytest.mark.req("CP-2", "CP-4", "CP-5", "CP-6", "CP-7", "CP-44")
def test_from_nothing_to_a_plan_by_the_settings_page(
    web: WebClinic, web_practice: Practice, served: str, visitor: Visitor
) -> None:
    practice = web_practice
    practice.plan([{"code": "NAIL", "included": 3}])
    for site in ("north", "south"):
        practice.settings(site, base_url="", api_key="", support_contact=CONTACT)
        practice.clinic.run(
            lambda work: plugin_settings.save(
                work, web.runtime.secrets, NAME, {}, clear=frozenset({"api_secret"})
            ),
            site=site,
        )
        practice.clinic.run(lambda work: switching.set_state(work, NAME, "off", "test"), site=site)
    page = visitor.page
    sign_in(page, served, "Administrator")
    record = f"{served}/s/north/patients/{practice.clinic.patient_id}"
    page.goto(record)
    expect(page.locator(".tabs")).not_to_contain_text("Care Plans")
    expect(page.locator(".mainnav")).not_to_contain_text("Care Plans")
    assert page.goto(f"{record}/plans").status == 404  # type: ignore[union-attr]
    assert practice.vendor.state()["attempts"] == []

    page.goto(f"{served}/s/north/administration/plugins/{NAME}/settings")
    page.get_by_role("button", name="Set up").click()
    page.get_by_label("Address of the plan system").fill(practice.vendor.address)
    page.get_by_label("API key").fill(API_KEY)
    page.get_by_label("API secret").fill("wrong-secret")
    page.get_by_role("button", name="Test credentials").click()
    refused = page.locator(".notice--bad")
    expect(refused).to_contain_text("API key and secret", timeout=10_000)
    expect(refused).to_contain_text(CONTACT)
    assert axe(page) == []
    screenshot(page, "careplan-settings-refused")
    page.get_by_label("API secret").fill(API_SECRET)
    page.get_by_role("button", name="Test credentials").click()
    worked = page.locator(".notice--ok").filter(has_text="Northgate Animal Hospital")
    expect(worked).to_be_visible(timeout=10_000)
    expect(worked).to_contain_text(re.compile(r"\d:\d\d"))
    assert axe(page) == []
    page.get_by_label("Enable Care Plans").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("On at North Clinic", exact=True)).to_be_visible()
    assert API_SECRET not in page.content()
    secret = page.get_by_role("textbox", name="API secret")
    assert secret.get_attribute("placeholder") == "•" * 16
    assert secret.input_value() == ""
    screenshot(page, "careplan-settings")

    page.goto(record)
    expect(page.locator(".tabs")).to_contain_text("Care Plans")
    expect(page.locator(".mainnav")).to_contain_text("Care Plans")
    icon = page.locator("a.sign--plan")
    expect(icon).to_have_attribute("aria-label", "Care Plan: Gold, active", timeout=15_000)
    expect(page.locator("aside")).to_contain_text("Care Plan: Gold")
    assert axe(page) == []
    south = page.goto(f"{served}/s/south/patients/{practice.clinic.patient_id}/plans")
    assert south is not None
    assert south.status == 404
