"""UI-1, UI-2, UI-5: the pages of sign-in, employees, roles and sites in a real browser, at two widths."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page
from sqlalchemy.orm import Session

from fetlock.domain.staff.models import Staff, StaffRole
from fetlock_hostapp.testing import PASSWORD, WebClinic
from tests.support.browser import OpenVisitor
from tests.support.looking import look

WIDTHS = (1440, 820)


def more_people(session: Session) -> None:
    people = [
        ("Ruth", "Okonkwo", "ruth", "Front desk", True),
        ("Bartholomew-Alexander", "van der Featherstonehaugh", "bart.feather", "Doctors", True),
        ("Ola", "O’Hara", "ola", "", False),
    ]
    for first, last, user_name, group, active in people:
        staff = Staff(
            prefix="Dr." if group == "Doctors" else "",
            suffix="DVM" if group == "Doctors" else "",
            first_name=first,
            last_name=last,
            initials=first[0] + last[0].upper(),
            user_name=user_name,
            staff_group=group,
            active=active,
            password_hash="",
        )
        session.add(staff)
        session.flush()
        if active:
            session.add_all(
                StaffRole(staff_id=staff.id, site_id=site_id, role_id=role_id)
                for site_id, role_id in ((1, 2), (1, 3), (2, 4))
            )


@pytest.fixture
def address(web: WebClinic) -> Iterator[str]:
    web.clinic.database.write(more_people)
    with web.serve() as served:
        yield served


def sign_in(page: Page, address: str) -> None:
    page.goto(f"{address}/sign-in")
    page.fill("#f-user_name", "administrator")
    page.fill("#f-password", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(f"{address}/s/**")


@pytest.mark.req("UI-1", "UI-2", "UI-5", "H-4")
@pytest.mark.parametrize("width", WIDTHS)
def test_signing_in(open_visitor: OpenVisitor, address: str, width: int) -> None:
    visitor = open_visitor(viewport={"width": width, "height": 900})
    page = visitor.page
    page.goto(f"{address}/sign-in")
    look(visitor, "staff-sign-in")
    page.fill("#f-user_name", "administrator")
    page.fill("#f-password", "not this one")
    page.click("button[type=submit]")
    page.wait_for_selector("text=Name or password is wrong.")
    look(visitor, "staff-sign-in-refused")
    assert page.input_value("#f-user_name") == "administrator"
    assert page.input_value("#f-password") == ""
    sign_in(page, address)
    page.goto(f"{address}/s/north/account/password")
    look(visitor, "staff-password")
    page.click("button.barbtn--me")
    page.click("#me >> text=Sign out")
    page.wait_for_selector("text=You are signed out.")
    assert visitor.foreign_requests(address) == []


@pytest.mark.req("UI-1", "UI-2", "UI-5", "H-2")
@pytest.mark.parametrize("width", WIDTHS)
def test_employees(open_visitor: OpenVisitor, address: str, width: int) -> None:
    visitor = open_visitor(viewport={"width": width, "height": 900})
    page = visitor.page
    sign_in(page, address)
    base = f"{address}/s/north/administration/employees"
    for name, path in (("employees", ""), ("employees-none", "?q=zzz"), ("employee", "/6")):
        page.goto(f"{base}{path}")
        look(visitor, f"staff-{name}")
    page.goto(f"{base}/new")
    page.evaluate("for (const form of document.forms) form.noValidate = true")
    page.fill("#f-first_name", "Ola")
    page.fill("#f-user_name", "ruth")
    page.fill("#f-email", "nonsense")
    page.click(".formfoot button[type=submit]")
    page.wait_for_selector("#f-email-error")
    assert page.input_value("#f-email") == "nonsense"
    assert page.evaluate("document.activeElement.classList.contains('errsum')")
    look(visitor, "staff-employee-refused")
    page.fill("#f-last_name", "Two")
    page.fill("#f-user_name", "ola.two")
    page.fill("#f-email", "ola@clinic.example")
    page.check("input[name=roles_1] >> nth=1")
    page.click(".formfoot button[type=submit]")
    page.wait_for_selector("#temporary")
    look(visitor, "staff-employee-added")
    page.goto(f"{base}/6")
    page.click("button:has-text('Deactivate')")
    page.wait_for_selector("#confirm[open]")
    look(visitor, "staff-employee-deactivate")
    page.click("#confirm [data-confirm-yes]")
    page.wait_for_selector("text=is deactivated and signed out everywhere")


@pytest.mark.req("UI-1", "UI-2", "UI-5", "H-3")
@pytest.mark.parametrize("width", WIDTHS)
def test_roles(open_visitor: OpenVisitor, address: str, width: int) -> None:
    visitor = open_visitor(viewport={"width": width, "height": 900})
    page = visitor.page
    sign_in(page, address)
    base = f"{address}/s/north/administration/roles"
    page.goto(base)
    look(visitor, "staff-roles")
    page.goto(f"{base}/2")
    look(visitor, "staff-role")
    page.goto(base)
    page.click("button:has-text('Add role')")
    page.fill("#new-role #f-name", "nurse")
    page.click("#new-role button[type=submit]")
    page.wait_for_selector("#new-role[open] #f-name-error")
    look(visitor, "staff-role-refused")
    page.fill("#new-role #f-name", "Groomer")
    page.click("#new-role button[type=submit]")
    page.wait_for_selector("text=The role Groomer is added")
    page.check("input[aria-label='Groomer: See invoices']")
    page.click(".formfoot button[type=submit]")
    page.wait_for_selector("text=Saved: Groomer.")
    assert page.is_checked("input[aria-label='Groomer: See invoices']")


@pytest.mark.req("UI-1", "UI-2", "UI-5", "H-1")
@pytest.mark.parametrize("width", WIDTHS)
def test_sites(open_visitor: OpenVisitor, address: str, width: int) -> None:
    visitor = open_visitor(viewport={"width": width, "height": 900})
    page = visitor.page
    sign_in(page, address)
    base = f"{address}/s/north/administration/sites"
    for name, path in (("sites", ""), ("site", "/north"), ("site-new", "/new")):
        page.goto(f"{base}{path}")
        look(visitor, f"staff-{name}")
    page.fill("#f-name", "Harbour")
    page.fill("#f-currency", "JPY")
    page.fill("#f-invoice_prefix", "NC")
    page.click(".formfoot button[type=submit]")
    page.wait_for_selector("#f-currency-error")
    look(visitor, "staff-site-refused")
    page.fill("#f-currency", "EUR")
    page.fill("#f-invoice_prefix", "HB")
    page.click(".formfoot button[type=submit]")
    page.wait_for_selector("text=Harbour is added.")
    page.click("button.barbtn--site")
    page.click("#sites >> text=Harbour")
    page.wait_for_url(f"{address}/s/harbour/**")
    assert page.text_content(".barbtn--site .vh") == "Site: "
    look(visitor, "staff-switched")
