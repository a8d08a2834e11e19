"""The pages of accounts in a browser: widths and themes, the rest of a payment, one press (H-38, UI-2)."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from core.tests.accounts.ledger import Ledger
from fetlock import clock
from fetlock.domain.accounts import correcting
from fetlock_hostapp.testing import WebClinic
from tests.support.axe import axe
from tests.support.browser import OpenVisitor, Visitor, screenshot

SIGHTS = ((1440, "light"), (820, "dark"), (320, "light"))
PATHS = {
    "list": "accounts",
    "client": "accounts/clients/1",
    "insurer": "accounts/insurers/1",
    "empty": "accounts/clients/2",
    "payment": "accounts/clients/1/payment",
    "deposit": "accounts/clients/1/deposit",
    "refund": "accounts/clients/1/entries/7/refund",
    "statement": "accounts/clients/1/statement",
    "new-insurer": "accounts/new-insurer",
}


def rich(book: Ledger) -> None:
    """Debts of every age, a claim with a shortfall, a payment over two invoices, a deposit, goodwill."""
    now = clock.now()
    insurer = book.insurer("Hartwell Mutual Pet Insurance")
    for days, nails in [(120, 1), (75, 2), (45, 3)]:
        with clock.set_to(now - timedelta(days=days)):
            book.charge(nails)
    with clock.set_to(now - timedelta(days=20)):
        book.charge(4, insurer=insurer)
        claim = book.items("insurer", insurer)[0]
        key = book.account_id("insurer", insurer)
        book.clinic.run(
            lambda work: correcting.bill_client(work, key, claim.id, Decimal("25.50"), reason="Excess")
        )
    with clock.set_to(now - timedelta(days=5)):
        first, second, *_ = book.view().debts
        book.pay(60, {first.id: 30, second.id: 20}, method="cheque", reference="1007")
    book.deposit(40)
    book.invoice(2)


def enter(web: WebClinic, visitor: Visitor, address: str, role: str = "Administrator") -> Page:
    """The page of a browser that is signed in."""
    host = urlsplit(address).hostname or ""
    cookies = web.signed_in(role).cookies
    visitor.context.add_cookies(
        [{"name": name, "value": value, "domain": host, "path": "/"} for name, value in cookies.items()]
    )
    return visitor.page


def settle(page: Page, address: str) -> Page:
    page.goto(address)
    page.wait_for_selector("html[data-ready]")
    return page


@pytest.mark.req("UI-1", "UI-2", "UI-5", "H-38")
@pytest.mark.parametrize(("width", "theme"), SIGHTS)
def test_every_page_holds_at_every_width_and_theme(
    width: int, theme: str, book: Ledger, web: WebClinic, open_visitor: OpenVisitor
) -> None:
    rich(book)
    with web.serve() as address:
        visitor = open_visitor(viewport={"width": width, "height": 900}, color_scheme=theme)
        page = enter(web, visitor, address)
        for name, path in PATHS.items():
            settle(page, f"{address}/s/north/{path}")
            assert axe(page) == [], name
            sideways = page.evaluate("document.documentElement.scrollWidth > innerWidth")
            screenshot(page, f"accounts-{name}-{width}-{theme}")
            assert not sideways, f"{name} goes sideways at {width}"
        settle(page, f"{address}/s/north/invoices/5")
        page.get_by_role("button", name="Insurer owes…").click()
        expect(page.locator("#settle-dialog")).to_be_visible()
        page.locator("#settle-dialog [name=amount]").fill("999")
        page.locator("#settle-dialog").get_by_role("button", name="Move", exact=True).click()
        expect(page.locator("#settle-dialog .errsum")).to_be_focused()
        assert axe(page) == [], "dialog"
        screenshot(page, f"accounts-settle-{width}-{theme}")
        visitor.script_errors[:] = [
            text for text in visitor.script_errors if "422" not in text and "htmx" not in text
        ]
        assert [text for text in visitor.script_errors if "inline style" not in text] == []
        assert visitor.foreign_requests(address) == []


@pytest.mark.req("H-38", "UI-2")
def test_a_payment_is_shared_out_while_one_types(
    book: Ledger, web: WebClinic, open_visitor: OpenVisitor
) -> None:
    rich(book)
    with web.serve() as address:
        page = enter(web, open_visitor(), address)
        settle(page, f"{address}/s/north/accounts/clients/1/payment")
        fields = page.locator("[data-share]")
        left = page.locator("[data-left]")
        value: Callable[[int], str] = lambda place: fields.nth(place).input_value()  # noqa: E731
        assert value(0) == "40.00"
        expect(left).to_have_text("Nothing left")
        page.locator("#f-amount").fill("50,00")
        assert [value(place) for place in range(3)] == ["40.00", "10.00", ""]
        fields.nth(1).fill("5")
        expect(left).to_have_text("5.00 stays as credit")
        fields.nth(1).fill("30")
        expect(left).to_have_text("20.00 more than is paid")
        page.get_by_role("button", name="Take payment").click()
        expect(page.locator(".errsum")).to_be_focused()
        expect(page.locator(".errsum")).to_contain_text(
            "70.00 is shared out, more than the payment of 50.00."
        )
        assert value(1) == "30"
        fields.nth(1).fill("10")
        page.get_by_role("button", name="Take payment").dblclick()
        expect(page.locator("#flashes")).to_contain_text("50.00 taken by card.")
        assert [item.amount for item in book.items() if item.kind == "payment"] == [-60, -50]
