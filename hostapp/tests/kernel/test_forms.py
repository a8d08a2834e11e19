"""Forms: numbers as people type them, refused beside their field; nothing that a database can't keep."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fetlock.errors import Invalid
from fetlock_hostapp.plugin import Form


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("1.5", "1.5"),
        ("1,5", "1.5"),
        (" 12 ", "12"),
        ("1,234.50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("1 234,50", "1234.50"),
        ("1\u202f234,50", "1234.50"),
        (".5", "0.5"),
        ("3.", "3"),
        ("-2", "-2"),
        ("−2", "-2"),
        ("+2", "2"),
    ],
)
def test_numbers_are_read_as_people_type_them(typed: str, read: str) -> None:
    assert Form({"n": typed}).decimal("n", "Quantity") == Decimal(read)


@pytest.mark.parametrize(
    "typed", ["one", "1e5", "NaN", "Infinity", "1.2.3", "1,2,3.4.5", "--1", ".", "-", "9" * 13, "٣٣"]
)
def test_what_is_no_number_is_refused_beside_its_field(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        Form({"n": typed}).decimal("n", "Quantity")
    assert refused.value.fields == {"n": "Quantity must be a number, such as 1.5."}


def test_what_is_missing_is_asked_for() -> None:
    with pytest.raises(Invalid) as refused:
        Form({"n": " "}).decimal("n", "Quantity")
    assert refused.value.fields == {"n": "Enter quantity."}
    assert Form().optional_decimal("n", "Quantity") is None
    assert Form().optional_integer("n", "Count") is None
    assert Form().optional_date("n", "Day") is None


@given(st.decimals(min_value=-(10**11), max_value=10**11, places=4))
def test_every_number_that_is_shown_can_be_sent_back(number: Decimal) -> None:
    assert Form({"n": f"{number:,}"}).decimal("n", "Amount") == number
    assert Form({"n": f"{number}"}).decimal("n", "Amount") == number


def test_whole_numbers_and_days() -> None:
    form = Form({"count": "12", "half": "1.5", "day": "2026-11-19", "wrong": "19.11.2026", "huge": "9" * 19})
    assert form.integer("count", "Count") == 12
    assert form.date("day", "Day") == date(2026, 11, 19)
    for read, name in ((form.integer, "half"), (form.date, "wrong"), (form.integer, "huge")):
        with pytest.raises(Invalid) as refused:
            read(name, "It")
        assert set(refused.value.fields) == {name}


def test_texts_lists_and_flags() -> None:
    form = Form({"a": " x ", "b": ["1", "2"], "on": "1", "off": "0", "_csrf_token": "t", "nul": "a\x00b"})
    assert (form.text("a"), form.raw("a"), form.text("missing")) == ("x", " x ", "")
    assert (form.all("b"), form.all("a"), form.all("missing")) == (["1", "2"], [" x "], [])
    assert (form.flag("on"), form.flag("off"), form.flag("missing")) == (True, False, False)
    assert "_csrf_token" not in form
    assert form.text("nul") == "ab"
