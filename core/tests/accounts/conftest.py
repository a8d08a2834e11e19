"""Fixture `ledger`: what these tests do again and again, at the sample clinic on both databases."""

import pytest

from core.tests.accounts.ledger import Ledger
from fetlock.testing import Clinic


@pytest.fixture
def clinic_database_url(database_url: str) -> str:
    return database_url


@pytest.fixture
def ledger(clinic: Clinic) -> Ledger:
    return Ledger(clinic)
