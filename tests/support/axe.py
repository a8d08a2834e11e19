"""Runs axe-core in a page: `assert axe(page) == []`."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from playwright.sync_api import Page

AXE_FILE = Path(__file__).parents[1] / "browser" / "vendor" / "axe-core" / "axe.min.js"


@dataclass(frozen=True)
class Violation:
    """One rule that a page breaks."""

    rule: str
    """axe's id of the rule, such as `label`."""
    impact: str
    """minor, moderate, serious or critical."""
    help: str
    """What to do, in a sentence."""
    elements: tuple[str, ...]
    """For each element concerned, its CSS selector and what is wrong with it."""

    def __str__(self) -> str:
        return f"{self.rule} ({self.impact}): {self.help}" + "".join(f"\n  {each}" for each in self.elements)


@cache
def _source() -> str:
    return AXE_FILE.read_text(encoding="utf-8")


def axe(page: Page, within: str | None = None) -> list[Violation]:
    """All rules that the page breaks as it stands now, best practices included.

    Args:
        page: a loaded page.
        within: a CSS selector, to look at a part of the page alone.
    """
    # Through the debugger, not a script element, which the page's content policy would refuse.
    page.evaluate(_source())
    found = page.evaluate(
        """async (within) => (await axe.run(within ?? document, {resultTypes: ["violations"]})).violations""",
        within,
    )
    return [
        Violation(
            rule=each["id"],
            impact=each["impact"] or "minor",
            help=each["help"],
            elements=tuple(
                f"{' '.join(str(part) for part in node['target'])}: {node['failureSummary']}"
                for node in each["nodes"]
            ),
        )
        for each in found
    ]
