"""A place with the sampler plugin on at north, on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.tests.platform.places import Place, place
from core.tests.platform.sampler.plugin import Sampler


@pytest.fixture
def here(database_url: str, tmp_path: Path) -> Iterator[Place]:
    """The plugin is on at north and off at south."""
    with place(database_url, tmp_path / "home", {"sampler": Sampler}, on=("sampler",)) as made:
        yield made
