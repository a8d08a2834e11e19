"""Invoices and treatment in a real browser: by keyboard, in place, two people at once."""

from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from fetlock.domain.invoices import closing
from fetlock_hostapp.testing import WebClinic
from hostapp.tests.invoices.conftest import SignIn
from hostapp.tests.invoices.desk import begin, read
from tests.support.browser import screenshot

D = Decimal


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id"))


def choose(page: Page, field: str, typed: str) -> None:
    """Type into a product picker and take the first choice with Enter."""
    page.locator(field).press_sequentially(typed, delay=15)
    expect(page.locator(".picker-pop:not([hidden]) [role=option][aria-selected=true]")).to_be_visible()
    page.keyboard.press("Enter")


@pytest.mark.req("CPX-30", "UI-2", "H-31")
def test_a_quantity_is_changed_in_its_place_by_keyboard(
    web: WebClinic, address: str, at_desk: SignIn
) -> None:
    web.clinic.entitle("NAIL gold", 3, label="Nails")
    begin(web, ("NAIL", 1), ("FOOD", 1))
    page = at_desk().page
    page.goto(f"{address}/s/north/invoices/1")
    page.locator("#line-1 .why-btn").click()
    quantity = page.locator("#qty-1")
    quantity.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("2")
    expect(page.locator("#left-1")).to_contain_text("1 left")
    assert read(web).lines[0].quantity == 1  # nothing is saved while typing
    page.keyboard.press("Tab")
    expect(page.locator("#line-1 .sub-text").first).to_contain_text("1 left")
    assert read(web).lines[0].quantity == 2
    expect(page.locator("#why-1")).to_be_visible()  # the explanation stays open, and is the new one
    expect(page.locator("#why-1")).to_contain_text("covers 2 of 2")
    assert page.evaluate("document.activeElement.matches('#line-1 .why-btn')")
    quantity.fill("4")
    quantity.press("Enter")
    expect(page.locator("#told")).to_contain_text("3 of 4 covered, none left for the other 1")
    assert focused(page) == "qty-1"
    quantity.fill("-2")
    quantity.press("Enter")
    expect(page.locator("#wrong-1")).to_contain_text("Enter a quantity above 0.")
    assert (quantity.input_value(), focused(page)) == ("-2", "qty-1")
    assert read(web).lines[0].quantity == 4


@pytest.mark.req("H-30", "UI-2")
def test_a_product_is_found_previewed_and_added_by_keyboard(
    web: WebClinic, address: str, at_desk: SignIn
) -> None:
    web.clinic.entitle("EXAM gold", 2, label="Exams")
    begin(web, ("FOOD", 1))
    page = at_desk().page
    page.goto(f"{address}/s/north/invoices/1")
    page.locator("#add-product").press_sequentially("well", delay=15)
    option = page.locator(".picker-pop [role=option]").first
    expect(option).to_contain_text("Wellness exam")
    expect(option).to_contain_text("2 left")
    page.keyboard.press("Enter")
    expect(page.locator("#add-preview")).to_contain_text("1 left")
    assert focused(page) == "add-quantity"
    page.keyboard.type("2")
    expect(page.locator("#add-preview")).to_contain_text("0 left")
    page.keyboard.press("Enter")
    expect(page.locator("#line-2")).to_contain_text("Wellness exam")
    expect(page.get_by_text("Please review <this> invoice.")).to_be_visible()
    expect(page.locator("#add-product")).to_be_focused()
    expect(page.locator("#add-product")).to_have_value("")
    expect(page.locator("#add-quantity")).to_have_value("1")
    assert [(line.product_code, line.quantity, line.net) for line in read(web).lines][1] == (
        "EXAM",
        D(2),
        D(0),
    )
    page.keyboard.type("NOPE")
    page.keyboard.press("Enter")
    expect(page.locator("#add-product-error")).to_contain_text("No product has the code “NOPE”")
    expect(page.locator("#add-product")).to_have_value("NOPE")


def test_a_line_is_removed_after_a_question_and_put_back(
    web: WebClinic, address: str, at_desk: SignIn
) -> None:
    begin(web, ("NAIL", 1), ("FOOD", 1))
    page = at_desk().page
    page.goto(f"{address}/s/north/invoices/1")
    page.get_by_role("button", name="Line 1, Nail trim: more").click()
    page.get_by_role("button", name="Remove line").first.click()
    expect(page.locator("#confirm")).to_contain_text(
        "Nail trim, 30.00, goes off this invoice. You can undo it."
    )
    page.get_by_role("button", name="Remove line").last.click()
    expect(page.locator("#told")).to_contain_text("Line 1, Nail trim, removed.")
    expect(page.locator("#line-1")).to_have_count(0)
    expect(page.locator("#undo")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#line-1")).to_contain_text("Nail trim")
    assert len(read(web).lines) == 2


@pytest.mark.req("H-36")
def test_two_people_on_one_invoice_lose_nothing(web: WebClinic, address: str, at_desk: SignIn) -> None:
    begin(web, ("NAIL", 1), ("FOOD", 1))
    ann, ruth = at_desk("Nurse").page, at_desk("Receptionist").page
    for page in (ann, ruth):
        page.goto(f"{address}/s/north/invoices/1")
    ann.locator("#qty-2").fill("3")
    ann.locator("#qty-2").press("Enter")
    expect(ann.locator("#line-2")).to_contain_text("150.00")
    ruth.locator("#qty-1").fill("2")
    ruth.locator("#qty-1").press("Enter")
    told = ruth.locator("#told")
    expect(told).to_contain_text("Nurse Smith saved this invoice while you had it open.")
    expect(told).to_contain_text("Line 2: quantity 1 → 3")
    expect(ruth.locator("#qty-2")).to_have_value("3")
    ann.locator("#qty-1").fill("7")
    ann.locator("#qty-1").press("Enter")
    expect(ann.locator("#wrong-1")).to_contain_text(
        "Somebody changed line 1 meanwhile: its quantity is now 2."
    )
    expect(ann.locator("#qty-1")).to_have_value("7")
    assert read(web).lines[0].quantity == 2
    screenshot(ann, "invoice-conflict")
    ann.locator("#qty-1").press("Enter")
    expect(ann.locator("#wrong-1")).to_have_count(0)
    assert read(web).lines[0].quantity == 7


@pytest.mark.req("CP-71", "H-34")
def test_paid_and_closed_at_the_desk(web: WebClinic, address: str, at_desk: SignIn) -> None:
    begin(web, ("NAIL", 1))
    page = at_desk().page
    page.goto(f"{address}/s/north/invoices/1")
    page.get_by_role("button", name="Close invoice").press("Enter")
    expect(page.locator("#live")).to_contain_text("Closing needs a balance of 0.00.")
    page.get_by_label("Amount").fill("12.5")
    page.get_by_text("Cash", exact=True).click()
    page.get_by_role("button", name="Take 12.50 by cash").click()
    expect(page.locator("dd.due")).to_have_text("$17.50")
    page.get_by_role("button", name="Take 17.50 by card").click()
    expect(page.locator("dd.due")).to_have_text("$0.00")
    expect(page.locator("h1")).to_have_text("Draft 1")  # nothing closes by itself
    page.get_by_role("button", name="Mark closed").click()
    expect(page.locator("h1")).to_have_text("Invoice NC-1")
    expect(page.locator("#qty-1")).to_have_count(0)
    page.get_by_role("button", name="Return lines").click()
    page.get_by_label("Return of Nail trim").fill("2")
    page.get_by_label("Reason").fill("slipped")
    page.get_by_role("button", name="Return", exact=True).click()
    expect(page.locator("#return-dialog")).to_contain_text("Enter a quantity above 0 and at most 1.")
    page.get_by_label("Return of Nail trim").fill("1")
    page.get_by_role("button", name="Return", exact=True).click()
    expect(page.locator("h1")).to_have_text("Draft 2")
    expect(page.locator("#flashes")).to_contain_text("Returned from NC-1.")
    page.get_by_role("button", name="Give back 30.00 and close").click()
    expect(page.locator("h1")).to_have_text("Invoice NC-2")


@pytest.mark.req("CP-56", "H-30", "UI-2")
def test_a_quick_invoice_is_typed_without_touching_the_mouse(
    web: WebClinic, address: str, at_desk: SignIn
) -> None:
    web.clinic.entitle("NAIL gold", 1, label="Nails")
    page = at_desk().page
    page.goto(f"{address}/s/north/patients/1/quick-invoice")
    expect(page.locator("#product-0")).to_be_focused()
    for row, (typed, quantity) in enumerate(
        [("nail", "3"), ("kidney", ""), ("blood", "1.5"), ("drops", "0,75")]
    ):
        choose(page, f"#product-{row}", typed)
        expect(page.locator(f"#quantity-{row}")).to_be_focused()
        if quantity:
            page.keyboard.type(quantity)
        page.keyboard.press("Enter")
        expect(page.locator(f"#product-{row + 1}")).to_be_focused()
    expect(page.locator("#price-0")).to_contain_text("1 covered, 2 × 30.00")
    expect(page.locator("#price-2")).to_contain_text("whole numbers only")
    expect(page.locator("#quick-sums")).to_contain_text("Care plan savings")
    screenshot(page, "quick-invoice")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#quantity-2-error")).to_be_attached()
    expect(page.locator("#quantity-2")).to_be_focused()
    expect(page.locator("#product-3")).to_have_value("DROPS Ear drops")
    page.keyboard.press("Control+a")
    page.keyboard.type("1")
    expect(page.locator("#price-2")).to_contain_text("84.00")
    page.keyboard.press("Control+Enter")
    expect(page.locator("h1")).to_have_text("Draft 1")
    expect(page.locator("#flashes")).to_contain_text("4 lines added.")
    expect(page.locator("#flashes")).to_contain_text("none left for the other 2")
    assert [(line.product_code, line.quantity) for line in read(web).lines] == [
        ("NAIL", D(3)),
        ("FOOD", D(1)),
        ("BLOOD", D(1)),
        ("DROPS", D("0.75")),
    ]


@pytest.mark.req("H-27", "CP-55")
def test_treatment_is_ordered_changed_and_taken_back(web: WebClinic, address: str, at_desk: SignIn) -> None:
    web.clinic.entitle("NAIL gold", 2, label="Nails")
    page = at_desk("Veterinarian").page
    page.goto(f"{address}/s/north/patients/1/treatment")
    choose(page, "#order-product", "nail")
    expect(page.locator("#order-quantity")).to_be_focused()
    page.keyboard.press("Enter")
    row = page.locator("#item-1")
    expect(row).to_contain_text("1 by the plan")
    expect(row).to_contain_text("Draft 1")
    expect(page.locator("#order-product")).to_be_focused()
    page.locator("#qty-1").fill("3")
    page.locator("#qty-1").press("Enter")
    expect(page.locator("#treatment")).to_contain_text("2 of 3 covered, none left for the other 1")
    assert (read(web).lines[0].quantity, focused(page)) == (D(3), "qty-1")
    page.get_by_role("button", name="Nail trim: more").click()
    page.get_by_role("button", name="Provider, date, note…").click()
    page.locator("#item-dialog [name=note]").fill("all four paws")
    page.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("all four paws")
    page.get_by_role("button", name="Nail trim: more").click()
    page.get_by_role("button", name="Remove").first.click()
    page.locator("[data-confirm-yes]").click()
    expect(row).to_have_count(0)
    expect(page.locator("#undo")).to_be_focused()
    page.keyboard.press("Enter")
    expect(row).to_contain_text("Nail trim")
    assert len(read(web).lines) == 1


@pytest.mark.req("CPX-4")
def test_postings_are_shown_with_shape_and_word(web: WebClinic, address: str, at_desk: SignIn) -> None:
    web.clinic.entitle("NAIL gold", 2)
    begin(web, ("NAIL", 1))
    web.clinic.run(lambda work: closing.close(work, 1))
    page = at_desk().page
    page.goto(f"{address}/s/north/invoices/1")
    expect(page.locator("#line-1 .state")).to_have_text("Waiting")
    expect(page.locator("#plan-system")).to_contain_text("Plan item NAIL gold +1, waiting")
