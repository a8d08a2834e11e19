"""What the scripts do: dialogs, questions, search by keyboard, forms, waiting parts, the theme."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Dialog, Page, expect

from hostapp.tests.design.gallery import GalleryServer
from tests.support.axe import axe
from tests.support.browser import Visitor

Look = Callable[[str], Page]


@pytest.fixture
def look(shown: GalleryServer, visitor: Visitor) -> Look:
    """Open a page of the gallery and wait for its scripts."""

    def open_page(name: str) -> Page:
        visitor.page.goto(f"{shown.url}/{name}")
        visitor.page.wait_for_selector("html[data-ready]")
        return visitor.page

    return open_page


@pytest.mark.req("UI-2")
def test_dialog_gives_the_focus_back(look: Look) -> None:
    page = look("patient")
    page.get_by_role("button", name="Note").click()
    dialog = page.get_by_role("dialog", name="New note")
    expect(dialog).to_be_visible()
    assert axe(page) == []
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Note")).to_be_focused()


@pytest.mark.req("UI-2")
def test_menu_is_walked_by_keyboard_and_a_grave_deed_is_asked_about(look: Look) -> None:
    page = look("patient")
    page.evaluate(
        "() => { onclick = e => { if (e.target.closest('[data-confirm]')) document.body.dataset.done = 1; } }"
    )
    page.get_by_role("button", name="More actions").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Print the record")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("button", name="Mark as deceased")).to_be_focused()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Mark as deceased?")
    expect(dialog).to_contain_text("It can be undone.")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.locator("body[data-done]")).to_have_count(0)
    expect(page.get_by_role("button", name="More actions")).to_be_focused()

    page.get_by_role("button", name="More actions").click()
    page.get_by_role("button", name="Mark as deceased").click()
    page.get_by_role("dialog").get_by_role("button", name="Mark as deceased").click()
    expect(page.locator("body[data-done]")).to_have_count(1)


@pytest.mark.req("UI-2")
def test_search_by_keyboard(look: Look) -> None:
    page = look("patient")
    page.keyboard.press("/")
    box = page.get_by_role("combobox", name=re.compile("^Search"))
    expect(box).to_be_focused()
    page.keyboard.type("smi")
    options = page.get_by_role("option")
    expect(options).to_have_count(3)
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(page.locator("#live")).to_have_text("3 results")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", options.nth(1).get_attribute("id") or "")
    assert axe(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("#find-pop")).to_be_hidden()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#smilla$"))


def test_why_this_price_opens_and_closes(look: Look) -> None:
    page = look("invoice")
    button = page.locator("#l1 .why-btn")
    expect(page.locator("#why-1")).to_be_hidden()
    button.click()
    expect(page.locator("#why-1")).to_be_visible()
    expect(button).to_have_attribute("aria-expanded", "true")
    button.click()
    expect(page.locator("#why-1")).to_be_hidden()


@pytest.mark.req("UI-3")
def test_disabled_button_stays_focusable_and_says_why(look: Look) -> None:
    page = look("invoice")
    button = page.get_by_role("button", name="Close invoice")
    button.focus()
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#live")).to_contain_text("Closing needs a balance of 0.00")


def test_pressed_twice_is_sent_once_and_the_button_says_so(look: Look, shown: GalleryServer) -> None:
    page = look("invoice")
    shown.posts.clear()
    page.evaluate("() => { const b = document.querySelector('.paybox .btn--go'); b.click(); b.click(); }")
    page.wait_for_url("**/pay")
    assert [path for path, *_ in shown.posts] == ["/pay"]


@pytest.mark.req("UI-2", "UI-3")
def test_error_answer_is_swapped_in_and_its_summary_takes_the_focus(look: Look, shown: GalleryServer) -> None:
    page = look("settings")
    shown.posts.clear()
    page.locator("#frag [name=frag_name]").fill("")
    page.locator("#frag").get_by_role("button", name="Store").click()
    summary = page.locator("#frag .errsum")
    expect(summary).to_be_focused()
    expect(page.locator("#frag [name=frag_name]")).to_have_attribute("aria-invalid", "true")
    assert shown.posts[0][2] == "gallery", "the CSRF token travels as a header"
    summary.get_by_role("link").click()
    expect(page.locator("#f-frag_name")).to_be_focused()


@pytest.mark.req("UI-2")
def test_focus_stays_on_the_same_control_after_a_swap(look: Look) -> None:
    page = look("settings")
    page.locator("#frag [name=frag_name]").fill("Otitis")
    store = page.locator("#frag").get_by_role("button", name="Store")
    store.press("Enter")
    expect(page.locator("#frag")).to_contain_text("Stored: Otitis")
    expect(page.locator("#live")).to_have_text("Stored")
    expect(store).to_be_focused()
    assert store.get_attribute("aria-busy") is None


def test_error_summary_of_a_whole_page_takes_the_focus(look: Look) -> None:
    expect(look("sign_in").locator(".errsum")).to_be_focused()


def test_unsaved_changes_are_counted_and_kept(look: Look) -> None:
    page = look("plugins")
    form = page.locator("form[data-guard]")
    expect(form.locator("[data-dirty]")).to_be_hidden()
    form.get_by_label("Look for changes every").fill("30")
    form.get_by_label("Ask for a phone number when enrolling").uncheck()
    expect(form.locator("[data-dirty]")).to_have_text("Not saved: 2 changes")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.get_by_role("link", name="Close", exact=True).click()
    page.wait_for_timeout(200)
    assert asked == ["beforeunload"]
    expect(form.get_by_label("Look for changes every")).to_have_value("30")


def test_stored_secret_is_replaced_or_kept(look: Look, shown: GalleryServer) -> None:
    page = look("plugins")
    secret = page.get_by_label("API secret")
    expect(secret).to_have_attribute("readonly", "")
    page.get_by_role("button", name="Replace").click()
    expect(secret).to_be_focused()
    secret.fill("new secret")
    page.get_by_role("button", name="Keep").click()
    expect(secret).to_have_value("")
    shown.posts.clear()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/save")
    assert "new+secret" not in shown.posts[0][1]


@pytest.mark.req("UI-3")
def test_waiting_part_says_so_then_offers_a_way_out(look: Look, shown: GalleryServer) -> None:
    page = look("patient")
    part = page.locator("[data-slow=Referrals]")
    expect(part.locator("[data-slow-text]")).to_have_text("Loading…")
    expect(part.get_by_role("button", name="Try again")).to_be_hidden()
    expect(part.locator("[data-slow-text]")).to_have_text(re.compile(r"still waiting… [4-9] s"), timeout=8000)
    expect(part.get_by_role("button", name="Try again")).to_be_visible()
    expect(part.locator("[data-slow-text]")).to_have_text("Unavailable", timeout=9000)
    expect(page.locator("#live")).to_have_text("Referrals is unavailable.")
    part.get_by_role("button", name="Try again").click()
    expect(part.locator("[data-slow-text]")).to_have_text("Loading…")


@pytest.mark.req("UI-3")
def test_failed_card_loads_anew(look: Look) -> None:
    page = look("patient")
    card = page.locator("details.panel", has_text="Analyzer bridge")
    with page.expect_response("**/card/analyzer"):
        card.get_by_role("button", name="Try again").click()
    expect(card).to_contain_text("Incident 7F3K-0192")


def test_theme_is_chosen_and_kept(look: Look) -> None:
    page = look("quiet")
    page.get_by_role("button", name="your account").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert axe(page) == []
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_key_presses_the_button_that_names_it(look: Look) -> None:
    page = look("plans")
    page.evaluate(
        "document.querySelector('[data-refresh-key]').onclick = () => { document.body.dataset.done = 1 }"
    )
    page.keyboard.press("F5")
    expect(page.locator("body[data-done]")).to_have_count(1)
