"""The sample clinic of these tests: with plans, on SQLite and on PostgreSQL."""

from decimal import Decimal

import pytest

from fetlock.testing import SamplePlans


@pytest.fixture
def plugins_under_test() -> tuple[object, ...]:
    return (SamplePlans(discount=Decimal(0)),)


@pytest.fixture
def clinic_database_url(database_url: str) -> str:
    return database_url
