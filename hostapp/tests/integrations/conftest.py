"""Fixtures: `desk`, the sample clinic a courier that posts to a real receiver, a mail server."""

from collections.abc import Iterator

import pytest

from fetlock_hostapp.testing import WebClinic
from hostapp.tests.integrations.outage import Desk
from hostapp.tests.messages.inbox import Inbox, running_inbox
from hostapp.tests.worker.courier import Courier


@pytest.fixture
def plugins_under_test() -> tuple[object, ...]:
    return (Courier(),)


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with running_inbox() as running:
        yield running


@pytest.fixture
def desk(web: WebClinic) -> Iterator[Desk]:
    with Desk.at(web) as made:
        yield made


@pytest.fixture
def desk_on_both(web_on_both: WebClinic) -> Iterator[Desk]:
    with Desk.at(web_on_both) as made:
        yield made
