"""Readable patient ids (H-11)."""

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fetlock.domain.patients import codes


@pytest.mark.req("H-11")
def test_letters_go_on_after_z() -> None:
    assert [codes.letters(n) for n in (0, 1, 25, 26, 27, 51, 52, 701, 702)] == [
        "A", "B", "Z", "AA", "AB", "AZ", "BA", "ZZ", "AAA",
    ]  # fmt: skip


@given(st.integers(0, 10**6))
def test_letters_are_read_back(index: int) -> None:
    assert codes.index_of(codes.letters(index)) == index


@given(st.text(max_size=4))
def test_whatever_else_is_no_index(text: str) -> None:
    index = codes.index_of(text)
    assert index is None or codes.letters(index) == text


@pytest.mark.req("H-11")
def test_codes_go_on_after_the_highest_and_leave_out_what_is_taken() -> None:
    own = ["57A", "57C", "57-old", "58B"]
    assert list(islice(codes.free_codes("57", own, {"57D", "57F"}), 3)) == ["57E", "57G", "57H"]
    assert next(codes.free_codes("57", [], ())) == "57A"
    assert next(codes.free_codes("57", ["57Z"], ())) == "57AA"
