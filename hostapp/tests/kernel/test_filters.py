"""Numbers and times are written as the site does, also inside imported macros."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from fetlock_hostapp.web.kernel import filters
from fetlock_hostapp.web.kernel.filters import Manner, in_the_manner_of, manner_of
from fetlock_hostapp.web.kernel.rendering import Renderer
from fetlock_hostapp.web.kernel.static import StaticFiles

AT = datetime(2026, 11, 20, 2, 30, tzinfo=UTC)
HARTFORD = manner_of("en_US", "America/New_York", "USD")
VIENNA = manner_of("de_DE", "Europe/Vienna", "EUR")


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\xa0", " ")


@pytest.mark.parametrize(
    ("manner", "money", "quantity", "day", "moment"),
    [
        (HARTFORD, "−1,234.50", "1,000.5", "Nov 19, 2026", "Nov 19, 2026, 9:30 PM"),
        (VIENNA, "−1.234,50", "1.000,5", "20.11.2026", "20.11.2026, 03:30"),
    ],
)
def test_each_site_writes_in_its_own_manner(
    manner: Manner, money: str, quantity: str, day: str, moment: str
) -> None:
    with in_the_manner_of(manner):
        assert plain(filters.money(Decimal("-1234.50"))) == money
        assert plain(filters.qty(Decimal("1000.5000"))) == quantity
        assert plain(filters.day(AT)) == day
        assert plain(filters.datetime_local(AT)) == moment
        assert plain(filters.day(date(2026, 11, 19)))[-4:] == "2026"
        assert filters.money(None) == filters.qty(None) == filters.day(None) == ""
        assert filters.percent(Decimal("6.3500")) == f"{filters.qty(Decimal('6.35'))} %"


def test_an_unknown_locale_does_not_break_a_page() -> None:
    with in_the_manner_of(manner_of("xx_YY", "UTC", "USD")):
        assert filters.money(Decimal(5)) == "5.00"
    assert filters.money(Decimal(5), symbol=True) == "$5.00"


def test_imported_macros_write_so_too_and_missing_names_fail(tmp_path: Path) -> None:
    (tmp_path / "macros.html").write_text("{% macro price(x) %}{{ x | money }}{% endmacro %}")
    (tmp_path / "page.html").write_text('{% import "area/macros.html" as m %}{{ m.price(x) }}{{ text }}')
    (tmp_path / "strict.html").write_text("{{ nowhere }}")
    (tmp_path / "static").mkdir()
    renderer = Renderer({"area": tmp_path}, StaticFiles(tmp_path / "static"))
    shown = renderer.draw("area/page.html", {"x": Decimal("1234.5"), "text": "<b>"}, VIENNA)
    assert plain(shown) == "1.234,50&lt;b&gt;"
    with pytest.raises(Exception, match="nowhere"):
        renderer.draw("area/strict.html", {})
