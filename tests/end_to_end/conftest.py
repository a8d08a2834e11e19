"""One demo for all tests of this folder: they walk through it in their order."""

from collections.abc import Iterator

import pytest

from tests.end_to_end.household import Household, demo


@pytest.fixture(scope="module")
def household(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Household]:
    with demo(tmp_path_factory.mktemp("demo") / "home") as running:
        yield running
