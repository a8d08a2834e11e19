"""Fixtures: `room`, the post room of the sample clinic, with a gateway that is off until a test wants it."""

from collections.abc import Iterator

import pytest

from fetlock_hostapp.testing import WebClinic
from hostapp.tests.messages.clinic import PostRoom
from hostapp.tests.messages.inbox import Gateway, Inbox, running_inbox


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
def plugins_under_test(gateway: Gateway) -> tuple[object, ...]:
    return (gateway, Gateway("second"))


@pytest.fixture
def room(web: WebClinic) -> PostRoom:
    return _quiet(web)


@pytest.fixture
def room_on_both(web_on_both: WebClinic) -> PostRoom:
    return _quiet(web_on_both)


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with running_inbox() as running:
        yield running


def _quiet(web: WebClinic) -> PostRoom:
    for name in ("gateway", "second"):
        web.clinic.switch(name, "off")
    return PostRoom(web)
