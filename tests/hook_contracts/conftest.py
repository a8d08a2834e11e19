"""The dummy plugin in a real host: `host` with it on at north, `club` the service that it talks to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dummy_plugin.counting import broken, calls
from tests.dummy_plugin.naming import EDIT, VIEW
from tests.dummy_plugin.plugin import plugin
from tests.hook_contracts.club_service import ClubService, club_service
from tests.hook_contracts.hosting import SECRET, Host, hosting, installed


@pytest.fixture
def club() -> Iterator[ClubService]:
    with club_service() as service:
        yield service


@pytest.fixture
def off_host(sqlite_url: str, tmp_path: Path, club: ClubService) -> Iterator[Host]:
    """The dummy is installed and connected, and off everywhere."""
    with hosting(sqlite_url, tmp_path / "home", installed(plugin), strict=True) as host:
        host.grant("Receptionist", VIEW, EDIT)
        for site in host.clinic.records.sites:
            host.settings(site=site, address=club.address, api_secret=SECRET)
        calls.clear()
        yield host
        broken.clear()


@pytest.fixture
def host(off_host: Host) -> Host:
    """The dummy is on at north, off at south."""
    off_host.switch("on")
    off_host.work_off()  # the first run of its job
    calls.clear()
    return off_host
