"""UI-1, UI-2, UI-5: the account's pages, the code at sign-in and an employee's access in a real browser."""

from collections.abc import Iterator

import pytest

from fetlock.platform import secrets
from fetlock_hostapp.testing import PASSWORD, WebClinic
from fetlock_hostapp.web.kernel import cookies
from fetlock_hostapp.web.kernel.gate import UNATTENDED
from hostapp.tests.kernel.signing_in import Phone
from tests.support.browser import OpenVisitor
from tests.support.looking import look


@pytest.fixture
def address(web: WebClinic) -> Iterator[str]:
    secrets.ensure_key(web.runtime.installation)
    with web.serve() as served:
        yield served


@pytest.mark.req("UI-1", "UI-2", "UI-5", "H-4", "H-6")
@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (820, "dark")])
def test_account(open_visitor: OpenVisitor, web: WebClinic, address: str, width: int, scheme: str) -> None:
    visitor = open_visitor(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = visitor.page
    page.goto(f"{address}/sign-in")
    page.fill("#f-user_name", "administrator")
    page.fill("#f-password", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(f"{address}/s/**")
    page.click("button.barbtn--me")
    page.click("#me >> text=Your account")
    look(visitor, "account-empty")

    page.click("text=Set it up")
    look(visitor, "account-factor-off")
    page.click("button:has-text('Set it up')")
    page.wait_for_selector("#key")
    key = (page.text_content("#key") or "").replace(" ", "")
    page.fill("#f-code", "12")
    page.click("button:has-text('Switch on')")
    page.wait_for_selector("#f-code-error")
    look(visitor, "account-factor-begun")
    page.fill("#f-code", Phone(key, ()).code())
    page.click("button:has-text('Switch on')")
    page.wait_for_selector("#codes")
    code = page.text_content("#codes li") or ""
    look(visitor, "account-factor-codes")
    page.goto(f"{address}/s/north/account/second-factor")
    look(visitor, "account-factor-on")

    page.goto(f"{address}/s/north/account")
    page.click("button:has-text('New token')")
    page.wait_for_selector("#new-token[open]")
    page.fill("#f-name", "Night report")
    page.fill("#f-days", "9999")
    page.click("#new-token button[type=submit]")
    page.wait_for_selector("#new-token[open] #f-days-error")
    assert page.input_value("#f-name") == "Night report"
    look(visitor, "account-token-refused")
    page.fill("#f-days", "30")
    page.click("#new-token button[type=submit]")
    page.wait_for_selector("#made-token")
    look(visitor, "account-token-made")
    employee = web.clinic.records.staff["Administrator"]
    page.goto(f"{address}/s/north/administration/employees/{employee}")
    page.wait_for_selector("text=Night report")
    look(visitor, "account-employee")
    page.click("button[aria-label='Revoke Night report']")
    page.click("#confirm [data-confirm-yes]")
    page.wait_for_selector("text=opens nothing any more")

    page.click("button.barbtn--me")
    page.click("#me >> text=Sign out")
    page.wait_for_selector("text=You are signed out.")
    page.fill("#f-user_name", "administrator")
    page.fill("#f-password", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_selector("#f-code")
    assert page.evaluate("document.activeElement.id") == "f-code"
    page.fill("#f-code", "nonsense")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=This code does not fit")
    look(visitor, "account-code-refused")
    page.fill("#f-code", code.strip())
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/s/**")
    assert visitor.foreign_requests(address) == []


@pytest.mark.req("H-4")
def test_a_page_says_when_nobody_touches_it(open_visitor: OpenVisitor, web: WebClinic, address: str) -> None:
    visitor = open_visitor(viewport={"width": 1440, "height": 900})
    page = visitor.page
    page.clock.install()
    token = web.signed_in("Nurse").cookies[cookies.SIGN_IN]
    visitor.context.add_cookies([{"name": cookies.SIGN_IN, "value": token, "url": address}])
    page.goto(f"{address}/s/north/account")

    def asked_by_the_page() -> str | None:
        with page.expect_request("**/api/v1/me") as asked:
            page.evaluate("htmx.ajax('GET', '/api/v1/me', {target: '#live', swap: 'none'})")
        return asked.value.headers.get(UNATTENDED)

    assert asked_by_the_page() is None
    page.clock.fast_forward(31_000)
    assert asked_by_the_page() == "1"
    page.keyboard.press("Shift")
    assert asked_by_the_page() is None
