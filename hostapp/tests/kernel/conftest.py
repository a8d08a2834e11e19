"""Fixtures of the kernel's tests."""

from collections.abc import Iterator

import pytest

from fetlock.domain.access import passwords
from hostapp.tests.kernel.signing_in import CountingHasher


@pytest.fixture
def counting() -> Iterator[CountingHasher]:
    """Hashes are computed cheaply, and counted."""
    counter = CountingHasher()
    before = passwords.use(counter)
    yield counter
    passwords.use(before)
