"""Fixtures: `office`, the sample clinic with a courier's plugin on."""

import pytest

from fetlock_hostapp.testing import WebClinic
from hostapp.tests.outbox.courier import Courier, Office


@pytest.fixture
def courier() -> Courier:
    return Courier()


@pytest.fixture
def plugins_under_test(courier: Courier) -> tuple[object, ...]:
    return (courier,)


@pytest.fixture
def office(web: WebClinic, courier: Courier) -> Office:
    return Office(web, courier)


@pytest.fixture
def office_on_both(web_on_both: WebClinic, courier: Courier) -> Office:
    return Office(web_on_both, courier)
