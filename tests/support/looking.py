"""A look at a page as staff see it: its picture, and what must hold of every page (UI-1, UI-2)."""

from tests.support.axe import axe
from tests.support.browser import Visitor, screenshot


def look(visitor: Visitor, name: str) -> None:
    """Keep a picture; no rule of axe broken, no script refused, nothing overflowing the window."""
    page = visitor.page
    page.wait_for_load_state("networkidle")
    wide = page.viewport_size["width"] if page.viewport_size else 0
    screenshot(page, f"{name}-{wide}")
    expected = "Failed to load resource"  # the browser's own word for answers like 401 and 422
    assert [text for text in visitor.script_errors if not text.startswith(expected)] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= wide, name
    assert axe(page) == [], name
    page.wait_for_timeout(100)
    visitor.script_errors.clear()  # axe itself sets inline styles, which the policy refuses
