"""The main job: a receptionist, a dog on a plan, an invoice, and the usage at the plan vendor.

One walk through the running demo in a real browser. Each step checks what the person sees; the last ones
ask the vendor's simulator, over HTTP, what has arrived there.
"""

import re
import time
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.end_to_end.household import Household
from tests.support.axe import axe
from tests.support.browser import OpenVisitor, Visitor, screenshot

pytestmark = pytest.mark.serial

BARNABY = "Sir Barnaby Featherstone of Quillhaven"
PLAN = "Care Plan: Adult Canine Plus"
WAIT = 15_000
STYLES_OF_TOOLS = "Applying inline style violates"
"""What the browser says of styles that screenshots and axe bring along: the policy refuses them."""


def sign_in(visitor: Visitor, household: Household, user_name: str) -> Page:
    page = visitor.page
    page.set_default_timeout(WAIT)
    page.goto(f"{household.address}/sign-in")
    page.get_by_label("User name").fill(user_name)
    page.get_by_label("Password", exact=True).fill(household.password)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/s/northgate/"))
    return page


def open_barnaby(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("barnaby")
    expect(page.get_by_role("option").first).to_contain_text(BARNABY)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(BARNABY)


def looked_at(visitor: Visitor, name: str) -> None:
    """Keep a picture at both widths, and find nothing that stands in the way of anybody."""
    page = visitor.page
    for width in (1440, 820):
        page.set_viewport_size({"width": width, "height": 900})
        screenshot(page, f"main-job-{name}-{width}")
    page.set_viewport_size({"width": 1440, "height": 900})
    assert axe(page) == []


def at_vendor(household: Household) -> list[dict[str, Any]]:
    state = httpx.get(f"{household.vendor}/sandbox/state", timeout=10).json()
    usages: list[dict[str, Any]] = state["usages"]
    return usages


@pytest.mark.req("CP-1", "CP-36", "CP-39", "CP-44", "CP-55", "CP-56", "CP-63", "CP-67", "CP-68", "CP-96")
@pytest.mark.req("CP-99", "CPX-40", "H-14", "H-27", "H-30", "H-31", "H-34", "OP-1", "UI-2", "UI-5")
def test_main_job(household: Household, open_visitor: OpenVisitor) -> None:
    visitor = open_visitor(viewport={"width": 1440, "height": 900})
    page = sign_in(visitor, household, "ruth")
    open_barnaby(page)
    expect(page.get_by_role("link", name=f"{PLAN}, active")).to_be_visible()
    expect(page.locator(".panels, aside").get_by_text(PLAN).first).to_be_visible()
    looked_at(visitor, "patient")

    page.get_by_role("link", name="Care Plans", exact=True).click()
    row = page.get_by_role("row").filter(has_text="Nail trims")
    expect(row).to_be_visible()
    before = row.inner_text()
    row.get_by_role("button", name="Add Nail trims to today’s treatment").click()
    expect(page.get_by_text("is on today’s treatment and the invoice")).to_be_visible()
    left = [int(number) for number in re.findall(r"\b\d+\b", before)][2]
    expect(row.get_by_role("cell").nth(3)).to_have_text(str(left - 1))
    looked_at(visitor, "plans")
    assert at_vendor(household) == []

    page.get_by_role("link", name="Quick invoice").click()
    for code in ("RAD-DENT-FM", "FOOD-REN12"):
        expect(page.locator(":focus")).to_have_attribute("placeholder", "Code or name")
        page.keyboard.type(code)
        expect(page.get_by_role("option").filter(has_text=code).first).to_be_visible()
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
    looked_at(visitor, "quick-invoice")
    page.keyboard.press("Control+Enter")

    expect(page).to_have_url(re.compile(r"/invoices/\d+"))
    invoice = page.url
    lines = page.locator("table.lines > tbody")
    expect(lines.nth(0)).to_contain_text("NAIL-M")
    expect(lines.nth(0)).to_contain_text(
        re.compile(r"covered by Care Plan: Adult Canine Plus", re.IGNORECASE)
    )
    expect(lines.nth(1)).to_contain_text("162.00")
    expect(lines.nth(2)).to_contain_text("94.50")
    expect(lines.nth(2)).to_contain_text("excluded")
    for place, words in enumerate(("Plan entitlement", "10 %", "excluded")):
        lines.nth(place).get_by_role("button", name=re.compile("why this price")).click()
        expect(lines.nth(place).get_by_text("Why this price?").last).to_be_visible()
        expect(lines.nth(place)).to_contain_text(words)
    totals = page.locator("dl.totals")
    expect(totals).to_contain_text("Care plan savings")
    expect(totals).to_contain_text("−30.00")
    expect(totals).to_contain_text("262.50")
    looked_at(visitor, "invoice")
    assert at_vendor(household) == []

    page.get_by_role("button", name="Take 262.50 by card").click()
    expect(totals).to_contain_text("0.00")
    page.get_by_role("button", name="Mark closed").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile(r"NG-\d+"))

    usages = _await_usages(household, 1)
    assert [(usage["code"], usage["quantity"]) for usage in usages] == [("NAIL-M", 1)]
    page.goto(invoice)
    expect(lines.nth(0)).to_contain_text("Posted")
    looked_at(visitor, "closed")
    assert visitor.foreign_requests(household.address) == []
    assert [said for said in visitor.script_errors if not said.startswith(STYLES_OF_TOOLS)] == []


@pytest.mark.req("PL-2", "CP-2")
def test_switched_off_at_one_site_only(household: Household, open_visitor: OpenVisitor) -> None:
    desk = open_visitor(viewport={"width": 1440, "height": 900})
    page = sign_in(desk, household, "ruth")
    open_barnaby(page)
    patient = page.url
    expect(page.get_by_role("link", name="Care Plans", exact=True)).to_be_visible()

    office = open_visitor(viewport={"width": 1440, "height": 900})
    admin = sign_in(office, household, "lena")
    admin.goto(f"{household.address}/s/northgate/administration/plugins")
    looked_at(office, "plugins")
    row = admin.locator("#plugin-careplans_covetrus")
    row.get_by_role("button", name="Care Plans at Northgate: change").click()
    row.get_by_role("link", name="Switch off").click()
    expect(admin.get_by_role("heading", name="What hangs on it here")).to_be_visible()
    looked_at(office, "switch-off")
    admin.get_by_role("button", name="Switch off").click()
    expect(row).to_contain_text("Off")

    page.goto(patient)
    expect(page.get_by_role("heading", level=1)).to_contain_text(BARNABY)
    expect(page.get_by_role("link", name="Care Plans", exact=True)).to_have_count(0)
    page.wait_for_timeout(1500)
    expect(page.get_by_text(PLAN)).to_have_count(0)
    quay = patient.replace("/s/northgate/", "/s/quayside/")
    page.goto(quay)
    expect(page.get_by_role("link", name="Care Plans", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name=f"{PLAN}, active")).to_be_visible()

    assert _net_of_nail_trim(page, household, "northgate") == "30.00"
    assert _net_of_nail_trim(page, household, "quayside") == "0.00"


def _net_of_nail_trim(page: Page, household: Household, site: str) -> str:
    """What a nail trim for Barnaby would cost at a site, asked through the JSON API of the same sign-in."""
    found = page.request.get(f"{household.address}/api/v1/s/{site}/search?q=barnaby")
    assert found.ok, found.text()
    products = page.request.get(f"{household.address}/api/v1/s/{site}/products?q=NAIL-M").json()
    me = page.request.get(f"{household.address}/api/v1/me").json()
    [patient] = [p for p in found.json()["patients"] if p["code"] == "57A"]
    answer = page.request.post(
        f"{household.address}/api/v1/s/{site}/clients/{patient['client_id']}/invoice-lines/preview",
        headers={"x-csrf-token": me["csrf_token"]},
        data={
            "lines": [
                {
                    "patient_id": patient["id"],
                    "product_id": products["items"][0]["id"],
                    "quantity": "1",
                }
            ]
        },
    )
    assert answer.ok, answer.text()
    net: str = answer.json()["lines"][0]["net"]
    return net


def _await_usages(household: Household, count: int) -> list[dict[str, Any]]:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        usages = at_vendor(household)
        if len(usages) >= count:
            return usages
        time.sleep(0.1)
    raise AssertionError(f"the vendor has {at_vendor(household)}")
