"""PL-5, H-14: what a slow plugin holds up is its own, on a real server under many requests at once.

Nothing here is timed: what is looked at is the order in which answers come.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from fetlock import Work
from fetlock.domain.invoices.lines import add_lines
from fetlock_hostapp.testing import WebClinic
from fetlock_hostapp.web.kernel import cookies
from fetlock_hostapp.web.kernel.seats import Seats, SeatsTaken
from tests.faults.loitering import plugin

HTMX = {"hx-request": "true"}


@pytest.fixture
def web(sqlite_url: str, tmp_path: Path) -> Iterator[WebClinic]:
    plugin.go_on.clear()
    plugin.seconds = 0.0
    plugin.arrived = threading.Semaphore(0)
    with WebClinic.build(sqlite_url, tmp_path / "home", plugin) as made:
        yield made
        plugin.go_on.set()


@contextmanager
def served(web: WebClinic) -> Iterator[httpx.Client]:
    """A signed-in browser at a real server, with room for many requests at once."""
    token = web.signed_in("Receptionist").cookies[cookies.SIGN_IN]
    limits = httpx.Limits(max_connections=200)
    with (
        web.serve() as address,
        httpx.Client(
            base_url=f"{address}/s/north/",
            cookies={cookies.SIGN_IN: token},
            headers=HTMX,
            timeout=90,
            limits=limits,
            trust_env=False,
        ) as client,
    ):
        try:
            yield client
        finally:
            plugin.go_on.set()


def seats_of(web: WebClinic) -> Seats:
    seats: Seats = web.app.state.kernel.seats
    return seats


@pytest.mark.req("PL-5", "H-14")
def test_a_plugin_holds_a_quarter_of_the_threads_however_it_is_called(web: WebClinic) -> None:
    """Panels, icons, notices, plans and its own pages share its seats; all else it answers as busy."""
    seats = seats_of(web)
    patient = f"patients/{web.clinic.patient_id}"
    ways = [f"{patient}/panels/loitering", f"{patient}/signs/loitering", "loitering/page"]
    with served(web) as client, ThreadPoolExecutor(40) as pool:
        held = [pool.submit(client.get, ways[number % 3]) for number in range(seats.limit)]
        for _ in held:
            assert plugin.arrived.acquire(timeout=30)
        for way in ways * 5:
            answer = client.get(way)
            assert answer.status_code == 503
            assert "Busy" in answer.text
            assert "Loitering" in answer.text
        tab = client.get(f"{patient}/plans")
        assert tab.status_code == 200, "a page of the host that asks several plugins"
        assert "Too many people are looking at once" in tab.text
        for path in (
            patient,
            f"{patient}/panels/weights",
            "patients",
            "invoices",
        ):
            assert client.get(path).status_code == 200, path
        assert client.get(patient).text.count("Loitering tab") == 1, "a tab costs no call"
        assert seats.taken("loitering") == seats.limit
        assert not any(future.done() for future in held)
        plugin.go_on.set()
        assert {future.result().status_code for future in held} == {200}
        assert client.get(ways[0]).status_code == 200
    assert seats.taken("loitering") == 0


@pytest.mark.req("PL-5", "H-14")
def test_all_host_pages_are_answered_before_the_first_slow_one_under_load(web: WebClinic) -> None:
    """A plugin that sleeps for ten seconds, asked for by many at once; the host's pages by more."""
    plugin.seconds = 10.0
    patient = f"patients/{web.clinic.patient_id}"
    order: list[str] = []

    def fetch(client: httpx.Client, sort: str, path: str) -> int:
        status = client.get(path).status_code
        order.append(f"{sort} {status}")
        return status

    with served(web) as client, ThreadPoolExecutor(60) as pool:
        slow = [pool.submit(fetch, client, "slow", f"{patient}/panels/loitering") for _ in range(20)]
        assert plugin.arrived.acquire(timeout=30)
        quick: list[Future[int]] = [
            pool.submit(fetch, client, "host", path)
            for _ in range(10)
            for path in (patient, "patients", f"{patient}/panels/weights", "invoices")
        ]
        assert {future.result() for future in quick} == {200}
        assert "slow 200" not in order, "no host page came after the first slow one"
        assert sorted({future.result() for future in slow}) == [200, 503]
    assert order.count("slow 200") == seats_of(web).limit
    assert order.count("slow 503") == 20 - seats_of(web).limit


@pytest.mark.req("PL-5")
def test_icons_and_notices_come_in_a_later_request_for_each_plugin(web: WebClinic) -> None:
    """The pages themselves are drawn while the plugin could not answer at all."""
    patient = f"patients/{web.clinic.patient_id}"
    added = web.clinic.run(_invoice(web))
    with served(web) as client:
        page = client.get(patient).text
        assert f"{patient}/panels/loitering" in page
        assert f"{patient}/signs/loitering" in client.get(f"{patient}/treatment").text
        assert f"invoices/{added}/notices/loitering" in client.get(f"invoices/{added}").text
    assert not plugin.arrived.acquire(blocking=False), "not called by any of them"


def _invoice(web: WebClinic) -> Callable[[Work], int]:
    return lambda work: add_lines(work, web.clinic.client_id, [web.clinic.line("NAIL")]).invoice.id


@pytest.mark.req("PL-5")
def test_a_request_with_a_seat_needs_no_second_one_for_its_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fetlock_hostapp.web.kernel.seats.PATIENCE_SECONDS", 0.1)

    async def requests() -> None:
        seats = Seats(4)
        await seats.take("slow")
        assert seats.sit("slow"), "the request's own"
        seats.rise("slow")
        assert seats.taken("slow") == 1
        with ThreadPoolExecutor(1) as pool:
            assert not pool.submit(seats.sit, "slow").result(), "another request's call"
            assert pool.submit(seats.sit, "other").result()
        with pytest.raises(SeatsTaken):
            await seats.take("slow")
        seats.leave("slow")
        assert seats.taken("slow") == 0

    asyncio.run(requests())
