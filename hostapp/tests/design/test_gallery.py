"""The shared parts as people meet them: accessible, both themes, three widths, the strict policy."""

import re

import pytest

from hostapp.tests.design.gallery import ERRORS, PAGES, WEB, GalleryServer, render
from tests.support.axe import axe
from tests.support.browser import OpenVisitor, screenshot

SIGHTS = ((1440, "light"), (820, "dark"), (320, "light"))


@pytest.mark.parametrize("page_name", PAGES + ERRORS)
@pytest.mark.req("UI-1", "UI-2", "UI-5")
def test_page_holds_at_every_width_and_theme(
    page_name: str, shown: GalleryServer, open_visitor: OpenVisitor
) -> None:
    for width, theme in SIGHTS:
        visitor = open_visitor(viewport={"width": width, "height": 1000}, color_scheme=theme)
        page = visitor.page
        page.goto(f"{shown.url}/{page_name}")
        page.wait_for_selector("html[data-ready]")

        assert visitor.script_errors == []
        assert visitor.foreign_requests(shown.url) == []
        assert axe(page) == []
        small = page.evaluate("async () => (await axe.run(document, {runOnly: ['target-size']})).violations")
        assert small == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
            f"scrolls sideways at {width}"
        )
        screenshot(page, f"gallery-{page_name}-{width}-{theme}")


@pytest.mark.parametrize("page_name", PAGES + ERRORS)
def test_markup_has_nothing_inline(page_name: str) -> None:
    html = render(page_name)
    assert not re.search(r'\s(style|on[a-z]+)="', html)
    assert "<style" not in html
    assert not re.search(r"<script(?![^>]*\ssrc=)", html)


def test_every_icon_that_is_used_is_drawn() -> None:
    drawn = set(
        re.findall(r'<symbol id="i-([a-z]+)"', (WEB / "static/icons.svg").read_text(encoding="utf-8"))
    )
    used = {name for page in PAGES + ERRORS for name in re.findall(r"icons\.svg#i-([a-z]*)", render(page))}
    assert used <= drawn


def test_every_id_is_unique() -> None:
    for page in PAGES:
        ids = re.findall(r'\sid="([^"]+)"', render(page))
        assert len(ids) == len(set(ids)), sorted(each for each in ids if ids.count(each) > 1)


@pytest.mark.req("UI-1")
def test_tokens_stand_in_one_file() -> None:
    for sheet in (WEB / "static/css").glob("*.css"):
        if sheet.name not in {"tokens.css", "print.css"}:
            colours = re.findall(r"#[0-9a-f]{3,8}\b", sheet.read_text(encoding="utf-8"))
            assert colours == [], f"{sheet.name} has values of its own: {colours}"


@pytest.mark.req("UI-1")
def test_paper_has_no_bar_and_all_panels_open(shown: GalleryServer, open_visitor: OpenVisitor) -> None:
    page = open_visitor(viewport={"width": 794, "height": 1123}).page
    page.goto(f"{shown.url}/patient")
    page.wait_for_selector("html[data-ready]")
    assert not page.get_by_text("Fast from 10 pm").is_visible()
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.get_by_text("Fast from 10 pm").is_visible()
    assert not page.locator(".appbar").is_visible()
    assert not page.get_by_role("button", name="Start visit").is_visible()
    screenshot(page, "gallery-patient-print")


@pytest.mark.req("UI-4")
def test_plot_has_its_numbers_as_a_table(shown: GalleryServer, open_visitor: OpenVisitor) -> None:
    page = open_visitor(viewport={"width": 1440, "height": 900}).page
    page.goto(f"{shown.url}/patient")
    plot = page.locator("figure.plot")
    label = plot.locator("svg").get_attribute("aria-label") or ""
    assert "from 16.9 kg on May 2, 2025 to 18.4 kg on Nov 19, 2026, above the target of 17.5" in label
    plot.get_by_text("Numbers").click()
    assert plot.locator("tbody tr").count() == 5
    assert plot.locator("tbody tr").first.inner_text().split() == ["Nov", "19,", "2026", "18.4"]
