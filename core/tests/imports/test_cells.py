"""What a cell says (H-15)."""

from datetime import date
from decimal import Decimal

import pytest

from fetlock.imports import cells

D = Decimal


@pytest.mark.req("H-15")
@pytest.mark.parametrize("text", ["NA", "None", "null", "N/A", "O’Hara", "Zoë 🐾", "=1+1", "0"])
def test_text_stands_as_it_is(text: str) -> None:
    assert cells.line(f" {text}\u00a0") == text


def test_lines_are_joined_and_control_characters_refused() -> None:
    assert cells.line("Bella\r\nthe second") == "Bella the second"
    assert cells.paragraph("a\r\nb\n") == "a\nb"
    with pytest.raises(cells.CellFault):
        cells.line("Bel\x1bla", "Name")


@pytest.mark.parametrize(
    ("text", "value"),
    [("30", "30"), ("30.00", "30.00"), ("$1,234.50", "1234.50"), ("30,5", "30.5"), ("1,234", "1234"),
     ("6.35 %", "6.35"), ("-5", "-5"), ("−5", "-5"), (" 7 ", "7")],
)  # fmt: skip
def test_numbers(text: str, value: str) -> None:
    assert cells.number(text, "Price") == D(value)


def test_an_empty_cell_is_no_number() -> None:
    assert cells.number(" ", "Price") is None
    assert cells.day("", "Born", "US") is None
    assert cells.flag("", "Active") is None


@pytest.mark.parametrize("text", ["free", "NaN", "Infinity", "1e3", "1.2.3", "12,34,5", "--1", "$"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(cells.CellFault):
        cells.number(text, "Price")


@pytest.mark.req("H-15")
@pytest.mark.parametrize(
    ("text", "country", "day"),
    [
        ("2019-07-03", "US", date(2019, 7, 3)),
        ("7/3/2019", "US", date(2019, 7, 3)),
        ("3/7/2019", "GB", date(2019, 7, 3)),
        ("3.7.2019", "US", date(2019, 7, 3)),
        ("2019-07-03T00:00:00", "US", date(2019, 7, 3)),
        ("7/3/2019 12:00:00 AM", "US", date(2019, 7, 3)),
        ("July 3, 2019", "US", date(2019, 7, 3)),
        ("December 18 2018", "US", date(2018, 12, 18)),
    ],
)
def test_days(text: str, country: str, day: date) -> None:
    assert cells.day(text, "Born", country) == day


@pytest.mark.parametrize("text", ["25/12/2019", "soon", "2019-13-01", "2019"])
def test_what_is_no_day(text: str) -> None:
    with pytest.raises(cells.CellFault):
        cells.day(text, "Born", "US")


def test_flags() -> None:
    assert [cells.flag(text, "x") for text in ("Yes", "1", "TRUE", "n", "0", "inactive")] == [True] * 3 + [
        False
    ] * 3
    with pytest.raises(cells.CellFault):
        cells.flag("maybe", "x")
