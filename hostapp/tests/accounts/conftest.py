"""Fixtures: `book`, the ledger of core's own tests at the clinic behind the application, and its people."""

import pytest
from httpx import Client

from core.tests.accounts.ledger import Ledger
from fetlock_hostapp.testing import WebClinic


@pytest.fixture
def book(web: WebClinic) -> Ledger:
    return Ledger(web.clinic)


@pytest.fixture
def desk(web: WebClinic) -> Client:
    return web.signed_in("Receptionist")


@pytest.fixture
def boss(web: WebClinic) -> Client:
    return web.signed_in("Administrator")
