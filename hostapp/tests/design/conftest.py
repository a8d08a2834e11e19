"""The gallery's address, for the tests of this folder."""

from collections.abc import Iterator

import pytest

from hostapp.tests.design import gallery


@pytest.fixture(scope="session")
def shown() -> Iterator[gallery.GalleryServer]:
    """The gallery, served for the whole run."""
    server = gallery.start()
    yield server
    server.silent.set()
    server.shutdown()
    server.server_close()
