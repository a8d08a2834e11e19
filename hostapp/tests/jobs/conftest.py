"""Fixtures: `web` is the sample clinic with the sampler's plugin on at north, its schedule made."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.tests.platform.sampler.plugin import Sampler
from fetlock.jobs import running
from fetlock_hostapp.testing import WebClinic


@pytest.fixture
def sampler() -> Sampler:
    return Sampler(tables=False)


@pytest.fixture
def plugins_under_test(sampler: Sampler) -> tuple[object, ...]:
    return (sampler,)


@pytest.fixture
def web(sqlite_url: str, tmp_path: Path, plugins_under_test: tuple[object, ...]) -> Iterator[WebClinic]:
    with WebClinic.build(sqlite_url, tmp_path / "home", *plugins_under_test) as made:
        made.runtime.database.write(lambda session: running.plan(session, made.runtime))
        yield made


def run_all(web: WebClinic) -> None:
    """What a worker does about jobs."""
    while running.run_next(web.runtime):
        pass
