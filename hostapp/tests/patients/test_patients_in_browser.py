"""Clients, patients, products and imports as people meet them: every page, its error state, both themes."""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from fetlock.domain.clients import service as clients
from fetlock.domain.clients.draft import ClientDraft
from fetlock.domain.clients.phones import TypedPhone
from fetlock.domain.patients import alerts, weights
from fetlock.work import Work
from fetlock_hostapp.testing import PASSWORD, WebClinic
from hostapp.tests.patients.visiting_plugins import Broken, Helpful, Slow
from tests.support.axe import axe
from tests.support.browser import OpenVisitor, Visitor, screenshot

SIGHTS = ((1440, "light"), (820, "dark"), (320, "light"))
BY_AXE = "Applying inline style violates"
LONG = "Aoife Þórdís O’Shaughnessy-Featherstonehaugh of Quillhaven"


@pytest.fixture
def plugins_under_test() -> tuple[object, ...]:
    return (Helpful(), Broken(), Slow())


@pytest.fixture
def served(web: WebClinic) -> Iterator[str]:
    patient_id = web.clinic.patient_id

    def fill(work: Work) -> None:
        for kilograms in ("16.9", "17.8", "18.4"):
            weights.add(work, patient_id, Decimal(kilograms), "kg")
        alerts.add(work, patient_id, "Bites when restrained: muzzle, two handlers", severe=True)
        alerts.add(work, patient_id, "Diet: no chicken", severe=False)
        phones = (TypedPhone("mobile", "(860) 555-0142"),)
        clients.create(work, ClientDraft(last_name=LONG, phones=phones, emails=("aoife@example.org",)))

    web.clinic.run(fill)
    with web.serve() as address:
        yield address


def sign_in(page: Page, address: str, role: str = "Administrator") -> None:
    page.goto(f"{address}/sign-in")
    page.get_by_label("User name").fill(role.lower())
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(r"/s/"))


def serious(visitor: Visitor) -> list[str]:
    """What pages wrote as errors, but what axe caused: it styles what it measures, which they refuse."""
    return [text for text in visitor.script_errors if not text.startswith(BY_AXE)]


def look_at(visitor: Visitor, address: str, path: str, name: str) -> None:
    page = visitor.page
    page.goto(f"{address}/s/north/{path}")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    assert serious(visitor) == [], name
    screenshot(page, name)
    assert axe(page) == [], name


@pytest.mark.req("UI-1", "UI-2", "UI-5")
@pytest.mark.parametrize(("width", "theme"), SIGHTS)
def test_every_page_holds(
    web: WebClinic, served: str, open_visitor: OpenVisitor, width: int, theme: str
) -> None:
    visitor = open_visitor(viewport={"width": width, "height": 1000}, color_scheme=theme)
    sign_in(visitor.page, served)
    here = f"patients/{web.clinic.patient_id}"
    pages = {
        "patients": "patients",
        "patient-edit": f"{here}/edit",
        "patient-weights": f"{here}/weights",
        "patient-alerts": f"{here}/alerts",
        "patient-owner": f"{here}/owner?q=o",
        "patient-owner-chosen": f"{here}/owner?client={web.clinic.records.clients['58']}",
        "patient-photo": f"{here}/photo/edit",
        "patient-deceased": f"{here}/deceased",
        "patient-new": f"clients/{web.clinic.client_id}/patients/new",
        "clients": "clients",
        "client": f"clients/{web.clinic.client_id}",
        "client-edit": f"clients/{web.clinic.client_id}/edit",
        "client-new": "clients/new",
        "products": "products",
        "products-none": "products?q=zzz",
        "product": f"products/{web.clinic.records.products['DROPS']}",
        "tax-rates": "products/tax-rates",
        "search": "search?q=o",
        "search-none": "search?q=zzz",
        "imports": "administration/imports",
    }
    for name, path in pages.items():
        look_at(visitor, served, path, f"records-{name}-{width}-{theme}")
    assert visitor.foreign_requests(served) == []


@pytest.mark.req("H-14", "CP-44", "UI-2", "UI-3")
@pytest.mark.parametrize(("width", "theme"), SIGHTS)
def test_the_patients_page_stands_while_a_plugin_is_slow_and_another_fails(
    web: WebClinic, served: str, open_visitor: OpenVisitor, width: int, theme: str
) -> None:
    visitor = open_visitor(viewport={"width": width, "height": 1000}, color_scheme=theme)
    page = visitor.page
    sign_in(page, served, "Receptionist")
    page.goto(f"{served}/s/north/patients/{web.clinic.patient_id}")
    expect(page.get_by_role("heading", name="Biscuit", exact=True)).to_be_visible()
    panels = page.get_by_role("complementary")
    expect(panels.get_by_text("Gold plan of Biscuit")).to_be_attached()
    expect(panels.get_by_text("Weight: 18.4 kg")).to_be_attached()
    expect(panels.get_by_text("Unavailable")).to_be_attached()
    expect(page.get_by_role("link", name="Gold plan, active")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(panels.get_by_text("At last")).to_be_attached()
    if width > 1024:
        panels.get_by_role("button", name="Try again").click()
        expect(panels.get_by_text("Unavailable")).to_be_attached()
    assert visitor.script_errors == []
    screenshot(page, f"patient-{width}-{theme}")
    assert axe(page) == []
    page.goto(f"{served}/s/north/patients/{web.clinic.patient_id}/plans")
    expect(page.get_by_role("link", name="Care Plan: Gold")).to_be_visible()
    expect(page.get_by_role("link", name="Gold plan, active")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    screenshot(page, f"patient-plans-{width}-{theme}")
    assert axe(page) == []


@pytest.mark.req("H-12", "UI-2")
def test_the_search_works_by_keyboard_while_typing(web: WebClinic, served: str, visitor: Visitor) -> None:
    page = visitor.page
    sign_in(page, served, "Receptionist")
    page.keyboard.press("/")
    page.keyboard.type("(860) 555-01")
    box = page.get_by_role("combobox")
    expect(page.get_by_role("option")).to_have_count(1)
    expect(page.get_by_role("option")).to_contain_text("Quillhaven")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("bisc")
    expect(page.get_by_role("option")).to_contain_text("Biscuit")
    assert axe(page) == []
    page.keyboard.press("ArrowDown")
    expect(box).to_have_attribute("aria-activedescendant", re.compile(".+"))
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(rf"/patients/{web.clinic.patient_id}$"))


@pytest.mark.req("H-10", "H-36", "UI-2")
def test_a_refused_form_keeps_what_was_typed_and_leads_to_the_field(served: str, visitor: Visitor) -> None:
    page = visitor.page
    sign_in(page, served, "Receptionist")
    page.goto(f"{served}/s/north/clients/new")
    page.get_by_label("Last name").fill("Second")
    page.get_by_label("Account number").fill("57")
    page.locator("#f-phone_0").fill("12")
    page.get_by_role("button", name="Add client").click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("Account number 57 belongs to another client already.")
    assert page.get_by_label("Last name").input_value() == "Second"
    screenshot(page, "records-client-refused")
    assert axe(page) == []
    summary.get_by_role("link", name=re.compile("Account number 57")).click()
    expect(page.get_by_label("Account number")).to_be_focused()


@pytest.mark.req("H-15", "UI-3")
def test_a_file_is_imported_step_by_step(served: str, visitor: Visitor, tmp_path: Path) -> None:
    page = visitor.page
    file = tmp_path / "clinic pets.csv"
    rows = "".join(f"57,Pet {number},Dog\n" for number in range(3000))
    file.write_text(f"Account No,Pet name,Species\n{rows}999,Ghost,Dog\n", encoding="utf-8")
    sign_in(page, served)
    page.goto(f"{served}/s/north/administration/imports")
    page.get_by_role("radio", name="Patients").check()
    page.get_by_label("CSV file").set_input_files(file)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_label("Owner’s account number")).to_have_value("Account No")
    assert axe(page) == []
    page.get_by_role("button", name="Try it, import nothing yet").click()
    expect(page.get_by_role("heading", name="What it would do")).to_be_visible(timeout=30_000)
    screenshot(page, "records-import-tried")
    assert axe(page) == []
    page.get_by_role("button", name="Import 3000 rows").click()
    expect(page.get_by_role("heading", name="What it did")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("cell", name=re.compile("no client with the account number"))).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Rejected rows as CSV").click()
    assert "999,Ghost" in Path(download.value.path()).read_text(encoding="utf-8")
