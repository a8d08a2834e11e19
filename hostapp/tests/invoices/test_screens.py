"""Every page of invoices and treatment, at four widths and themes: looked at, and no rule broken."""

from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from fetlock.domain.invoices import lines, payments
from fetlock.domain.treatment import service as treatment
from fetlock_hostapp.testing import WebClinic
from hostapp.tests.invoices.conftest import SignIn, TalkingPlans
from hostapp.tests.invoices.desk import begin
from tests.support.axe import axe
from tests.support.browser import screenshot

D = Decimal


def rich(web: WebClinic, plans: TalkingPlans) -> None:
    """An open invoice with everything on it, and a closed one of another client."""
    clinic = web.clinic
    clinic.entitle("NAIL gold", 1, label="Care Plan: Adult Canine Plus, term 1: Nail trims")
    clinic.entitle("EXAM+BLOOD gold", 3, label="Care Plan: Adult Canine Plus, term 1: Wellness check")
    vet = clinic.records.staff["Veterinarian"]
    for code, quantity in [("EXAM", "1"), ("NAIL", "3"), ("DROPS", "1.11")]:
        clinic.run(
            lambda work, code=code, quantity=quantity: treatment.order(  # type: ignore[misc]
                work,
                patient_id=1,
                product_id=clinic.records.products[code],
                quantity=D(quantity),
                provider_id=vet,
            )
        )
    product = clinic.product(
        "RAD", "180.00", name="Dental radiographs, full mouth, 10 views, with interpretation"
    )
    assert product
    begin(web, ("RAD", 1), ("BLOOD", 1), ("FOOD", 1))
    clinic.run(
        lambda work: treatment.order(
            work,
            patient_id=1,
            product_id=clinic.records.products["FREE"],
            quantity=D(1),
            billable=False,
            note="sample of the new diet",
            service_date=clinic.today() - timedelta(days=3),
        )
    )
    clinic.entitle("NAIL moss", 4, patient="58A", chain="moss", label="Care Plan: Gold, term 1: Nail trims")
    other = clinic.records.clients["58"]
    new = [clinic.line("NAIL", 2, patient="58A"), clinic.line("FOOD", patient="58A")]
    second = clinic.run(lambda work: lines.add_lines(work, other, new)).invoice
    clinic.run(lambda work: payments.take_payment(work, second.id, second.balance, "card", close=True))


@pytest.mark.req("UI-1", "UI-2", "UI-5")
@pytest.mark.parametrize(
    ("width", "scheme"), [(1440, "light"), (820, "light"), (1440, "dark"), (390, "light")]
)
def test_every_page_reads_well_and_breaks_no_rule(
    web: WebClinic, address: str, at_desk: SignIn, plans: TalkingPlans, width: int, scheme: str
) -> None:
    page = at_desk(
        "Administrator",
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        reduced_motion="reduce",
    ).page
    page.goto(f"{address}/s/north/invoices")
    assert axe(page) == []  # empty
    rich(web, plans)
    for name, path in [
        ("invoice", "invoices/1"),
        ("invoice-closed", "invoices/2"),
        ("invoices", "invoices"),
        ("invoice-print", "invoices/1/print"),
        ("quick-invoice-empty", "patients/1/quick-invoice"),
        ("quick-invoice-whom", "quick-invoice"),
        ("treatment", "patients/1/treatment"),
        ("patient-invoices", "patients/1/invoices"),
    ]:
        page.goto(f"{address}/s/north/{path}")
        page.wait_for_load_state("networkidle")
        if name == "invoice":
            expect(page.get_by_text("Please review <this> invoice.")).to_be_visible()
            expect(page.get_by_text("Hartwell Mutual is expected to pay")).to_be_visible()
            page.locator(".why-btn").nth(1).click()
            page.locator("#qty-1").fill("x")
            page.locator("#qty-1").press("Enter")
            expect(page.locator("#wrong-1")).to_be_visible()
            # what came by itself stays where nothing has changed
            expect(page.get_by_text("Please review <this> invoice.")).to_be_visible()
            expect(page.get_by_text("Hartwell Mutual is expected to pay")).to_be_visible()
            expect(page.get_by_role("button", name="Wellness check 1 left")).to_be_visible()
        screenshot(page, f"{name}-{width}-{scheme}")
        assert axe(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} scrolls sideways"
    page.goto(f"{address}/s/north/invoices/1")
    page.get_by_role("button", name="Line 1, Wellness exam: more").click()
    page.get_by_role("button", name="Provider, date, plan…").first.click()
    expect(page.locator("#line-dialog")).to_be_visible()
    page.locator("#line-dialog [name=quantity]").fill("")
    page.locator("#line-dialog").get_by_role("button", name="Save").click()
    expect(page.locator("#line-dialog .errsum")).to_be_focused()
    screenshot(page, f"line-dialog-{width}-{scheme}")
    assert axe(page) == [], "dialog"
