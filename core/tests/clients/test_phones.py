"""Phone numbers are kept in one form, whatever was typed (H-10)."""

import pytest

from fetlock.domain.clients import phones


@pytest.mark.req("H-10")
@pytest.mark.parametrize(
    "typed",
    [
        "(860) 555-0142",
        "860.555.0142",
        "860 555 0142",
        "+1 860 555 0142",
        "001 860 555 0142"[2:],
        "1-860-555-0142",
    ],
)
def test_every_form_is_kept_alike(typed: str) -> None:
    assert phones.parse(typed, "US") == "+18605550142"


@pytest.mark.parametrize("typed", ["", "555-0142", "ask the neighbour", "12", "+1 860 555 0142 99 88 77 66"])
def test_what_is_no_complete_number_is_none(typed: str) -> None:
    assert phones.parse(typed, "US") is None


def test_a_number_from_abroad_keeps_its_country() -> None:
    assert phones.parse("+44 20 7946 0958", "US") == "+442079460958"
    assert phones.shown("+442079460958", "", "US") == "+44 20 7946 0958"
    assert phones.shown("+18605550142", "", "US") == "(860) 555-0142"
    assert phones.shown("+18605550142", "", "GB") == "+1 860-555-0142"


def test_an_incomplete_number_is_shown_as_it_was_typed() -> None:
    assert phones.shown("5550142", "555-0142", "US") == "555-0142"
    assert phones.searched_forms("5550142") == ("5550142",)
