"""The page to watch the simulator by, in a browser."""

from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from fetlock_careplans_covetrus.vendor_api import PlanVendor
from fetlock_careplans_covetrus.vendor_errors import VendorUnavailable
from tests.support.axe import axe
from tests.support.browser import Visitor, screenshot

pytestmark = pytest.mark.browser


def test_watch_and_switch(visitor: Visitor, sandbox: Any, vendor: PlanVendor, usage: Any) -> None:
    page = visitor.page
    page.goto(sandbox.address)
    barnaby = page.locator("#plan-1000038999")
    expect(barnaby).to_contain_text("Adult Canine Plus, Barnaby")
    expect(barnaby).to_have_attribute("open", "")
    recheck = barnaby.locator("table").nth(1).locator("tr", has_text="EXAM-RE")
    expect(recheck.locator("td").nth(3)).to_have_text("0")
    expect(page.locator("#usages")).to_contain_text("None yet")

    # What is posted shows without a reload, and is put in as text.
    vendor.post_usage(uuid4(), usage(invoice_number="<b>NG-1</b>"))
    expect(recheck.locator("td").nth(3)).to_have_text("1")
    expect(page.locator("#usages td", has_text="<b>NG-1</b>")).to_have_count(1)

    page.get_by_label("What goes wrong").select_option("error503")
    page.get_by_label("How many times").fill("1")
    page.get_by_role("button", name="Set fault").click()
    expect(page.locator("#fault")).to_have_text("error503, 1 more")
    assert axe(page) == []
    screenshot(page, "plan-vendor-simulator")
    with pytest.raises(VendorUnavailable):
        vendor.account()
    expect(page.locator("#fault")).to_have_text("nothing")

    page.get_by_role("button", name="Start over with the demo").click()
    expect(page.locator("#usages")).to_contain_text("None yet")
    assert visitor.foreign_requests(sandbox.address) == []
    assert visitor.script_errors == []
