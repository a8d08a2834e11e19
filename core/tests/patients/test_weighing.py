"""Kilograms and pounds (H-11)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fetlock.domain.patients import weighing
from fetlock.errors import Invalid

D = Decimal
TYPED = st.decimals(min_value=D("0.01"), max_value=D(2900), places=3)


@pytest.mark.req("H-11")
def test_pounds_are_kept_as_exact_kilograms() -> None:
    assert weighing.to_kilograms(D("40.6"), "lb") == D("18.4159")  # 18.41585022…
    assert weighing.shown(D("18.4159"), "lb") == "40.6 lb"
    assert weighing.shown(D("18.4"), "kg") == "18.4 kg"
    assert weighing.shown(D(120), "kg") == "120 kg"


@pytest.mark.req("H-11")
@given(TYPED, st.sampled_from(weighing.UNITS))
def test_what_was_typed_comes_back(value: Decimal, unit: str) -> None:
    assert weighing.in_unit(weighing.to_kilograms(value, unit), unit) == value


@pytest.mark.parametrize("value", ["0", "-1", "NaN", "Infinity", "1.2345", "4000"])
def test_what_is_no_weight_is_refused(value: str) -> None:
    with pytest.raises(Invalid) as caught:
        weighing.to_kilograms(D(value), "kg")
    assert list(caught.value.fields) == ["weight"]


def test_other_units_are_refused() -> None:
    with pytest.raises(Invalid):
        weighing.to_kilograms(D(1), "st")
