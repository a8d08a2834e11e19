"""Ages and sexes as people say them (H-11)."""

from datetime import date

import pytest

from fetlock.domain.patients import ages, sexes

TODAY = date(2026, 11, 19)


@pytest.mark.req("H-11")
@pytest.mark.parametrize(
    ("said", "born"),
    [
        ("7 y 4 m", date(2019, 7, 19)),
        ("7y4m", date(2019, 7, 19)),
        ("3 years", date(2023, 11, 19)),
        ("10 weeks", date(2026, 9, 10)),
        ("2 yrs, 6 mos", date(2024, 5, 19)),
        ("5 d", date(2026, 11, 14)),
    ],
)
def test_an_age_gives_a_birth_date(said: str, born: date) -> None:
    assert ages.birth_of(said, TODAY) == born


@pytest.mark.parametrize("said", ["", "old", "7", "7 y or so", "200 y"])
def test_what_is_no_age_is_none(said: str) -> None:
    assert ages.birth_of(said, TODAY) is None


@pytest.mark.parametrize(
    ("born", "words"),
    [
        (date(2019, 7, 3), "7 y 4 m"),
        (date(2019, 11, 19), "7 y"),
        (date(2026, 5, 20), "5 m"),
        (date(2026, 9, 20), "8 w"),
        (date(2026, 11, 10), "9 d"),
        (date(2027, 1, 1), "not yet born"),
    ],
)
def test_an_age_is_said_in_words(born: date, words: str) -> None:
    assert ages.age_words(born, TODAY) == words


def test_the_last_of_a_month_stays_in_a_shorter_one() -> None:
    assert ages.months_before(date(2026, 3, 31), 1) == date(2026, 2, 28)


@pytest.mark.req("H-11")
@pytest.mark.parametrize(
    ("said", "code"),
    [("M", "M"), ("Male, neutered", "MN"), ("Neutered Male", "MN"), ("SF", "FS"), ("female (spayed)", "FS"),
     ("Female", "F"), ("", "?"), ("unknown", "?")],
)  # fmt: skip
def test_sexes_are_read_from_words(said: str, code: str) -> None:
    assert sexes.read(said) == code
    assert sexes.read(sexes.words(code)) == code


def test_another_word_is_no_sex() -> None:
    assert sexes.read("maybe") is None
