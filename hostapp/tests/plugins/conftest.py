"""The sample clinic with the sampler plugin on at both sites, and its administrator."""

import httpx
import pytest

from core.tests.platform.sampler.plugin import Sampler
from fetlock.platform import secrets
from fetlock_hostapp.testing import WebClinic


@pytest.fixture
def sampler() -> Sampler:
    return Sampler(tables=False)


@pytest.fixture
def plugins_under_test(sampler: Sampler) -> tuple[object, ...]:
    return (sampler,)


@pytest.fixture
def admin(web: WebClinic) -> httpx.Client:
    secrets.ensure_key(web.runtime.installation)
    return web.signed_in("Administrator")
