"""The stream tells of what changes at one's sites, ends with the sign-in, and holds nobody up (UI-3)."""

import queue

import httpx
import pytest
from sqlalchemy import delete, update

from fetlock import Work
from fetlock.domain.access import presence, sign_in
from fetlock.domain.staff.models import Staff, StaffRole
from fetlock.services import signal
from fetlock.signals import reading
from fetlock.signals.models import SignalRow
from fetlock_hostapp.testing import WebClinic
from fetlock_hostapp.web.signals import listeners
from fetlock_hostapp.web.signals.pages import hub_of
from hostapp.tests.signals.streams import listening, web_process


def tell(web: WebClinic, topic: str, subject: str = "", *, site: str = "north") -> None:
    def give(work: Work) -> None:
        signal(work, topic, subject)
        signal(work, topic, subject)

    web.clinic.run(give, site=site)


def latest(web: WebClinic) -> str:
    with web.runtime.database.reading() as session:
        return str(reading.latest(session))


@pytest.mark.req("UI-3", "OP-3")
def test_two_web_processes_tell_of_the_same_and_stop_at_once(web_on_both: WebClinic) -> None:
    web = web_on_both
    with (
        web_process(web) as one,
        web_process(web) as other,
        listening(web, one.address) as near,
        listening(web, other.address) as far,
    ):
        near.next("hello")
        far.next("hello")
        tell(web, "outbox", "invoice:12")
        site = web.clinic.records.sites["north"]
        assert near.signals() == [[site, "outbox", "invoice:12"]], "once, though it was given twice"
        assert far.signals() == [[site, "outbox", "invoice:12"]]
        for process in (one, other):  # asked to end, it would wait for its connections for ever
            process.terminate()
            assert process.wait(30) in (0, -15)
        assert near.ended.wait(10)
        assert far.ended.wait(10)


@pytest.mark.req("UI-3", "H-1")
def test_other_sites_are_not_told_of(web: WebClinic) -> None:
    north_only = web.clinic.records.staff["Receptionist"]
    south = web.clinic.records.sites["south"]
    web.runtime.database.write(
        lambda session: session.execute(
            delete(StaffRole).where(StaffRole.staff_id == north_only, StaffRole.site_id == south)
        )
    )
    with web.serve() as address, listening(web, address) as stream:
        stream.next("hello")
        tell(web, "outbox", site="south")
        tell(web, "tasks")
        told = stream.signals()
    assert [(topic, site) for site, topic, _ in told] == [("tasks", web.clinic.records.sites["north"])]


@pytest.mark.req("UI-3")
def test_who_comes_back_is_told_what_it_missed(web: WebClinic) -> None:
    tell(web, "outbox", "invoice:1")
    known = latest(web)
    tell(web, "outbox", "invoice:2")
    tell(web, "messages", "message:3")
    with web.serve() as address, listening(web, address, after=known) as stream:
        told = stream.signals()
    assert [(topic, subject) for _, topic, subject in told] == [
        ("outbox", "invoice:2"),
        ("messages", "message:3"),
    ]


@pytest.mark.req("UI-3")
@pytest.mark.parametrize("known", ["0", "999999999"])
def test_who_knows_what_is_not_known_here_looks_at_everything(web: WebClinic, known: str) -> None:
    for _ in range(3):
        tell(web, "outbox")
    with web.runtime.database.writing_once() as session:
        session.execute(delete(SignalRow).where(SignalRow.id < 3))
    with web.serve() as address, listening(web, address, after=known) as stream:
        assert stream.signals() == [[None, "*", ""]]


@pytest.mark.req("H-4", "UI-3")
def test_a_deactivated_person_is_told_nothing_any_more(web: WebClinic) -> None:
    staff_id = web.clinic.records.staff["Receptionist"]
    with web.serve() as address, listening(web, address) as stream:
        stream.next("hello")
        web.runtime.database.write(
            lambda session: session.execute(update(Staff).where(Staff.id == staff_id).values(active=False))
        )
        assert stream.next("bye")[0] == "signed-out"
        assert stream.ended.wait(10)


@pytest.mark.req("H-4", "UI-3")
def test_signing_out_ends_the_stream(web: WebClinic) -> None:
    client = web.signed_in("Receptionist")
    with web.serve() as address, listening(web, address, cookies=client.cookies) as stream:
        stream.next("hello")
        assert client.post("/sign-out").status_code == 303
        assert stream.next("bye")[0] == "signed-out"


@pytest.mark.req("H-3", "H-4")
def test_only_who_is_signed_in_listens(web: WebClinic) -> None:
    stranger = web.visitor().get("/live", headers={"accept": "text/event-stream"})
    assert (stranger.status_code, stranger.headers["location"].startswith("/sign-in")) == (303, True)


@pytest.mark.req("UI-3")
def test_who_asks_for_no_stream_gets_its_beginning(web: WebClinic) -> None:
    tell(web, "outbox")
    answer = web.signed_in().get("/live")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    assert f"id: {latest(web)}" in answer.text
    assert web.signed_in().head("/live", headers={"accept": "text/event-stream"}).status_code == 200


@pytest.mark.req("UI-3", "OP-4")
def test_one_person_holds_a_few_streams_and_they_hold_no_thread(web: WebClinic) -> None:
    """Eight connections to the database, eight threads: twelve streams leave room for every page."""
    cookies = web.signed_in("Receptionist").cookies
    others = web.signed_in("Nurse").cookies
    with web.serve() as address:
        streams = [listening(web, address, cookies=cookies) for _ in range(listeners.MOST_OF_ONE + 1)]
        streams += [listening(web, address, cookies=others) for _ in range(3)]
        opened = [each.__enter__() for each in streams]
        try:
            assert opened[0].next("bye")[0] == "many", "the oldest makes room"
            with httpx.Client(base_url=address, cookies=dict(cookies), trust_env=False) as client:
                assert client.get("/s/north/patients").status_code == 200
            with pytest.raises(queue.Empty):
                opened[1].next("bye", seconds=0.1)
            assert hub_of(web.app).streams == listeners.MOST_OF_ONE + 3
        finally:
            for each in streams:
                each.__exit__(None, None, None)


@pytest.mark.req("UI-3")
def test_a_flood_becomes_one_word(web: WebClinic) -> None:
    listener = listeners.Listener(sign_in_id=1, person_id=1, sites=frozenset({1}))
    listener.tell(reading.Signal(number, 1, "outbox", f"invoice:{number}") for number in range(1, 1000))
    assert listener.take() == [listeners.EVERYTHING]
    assert listener.last == 999
    assert listener.take() == []


@pytest.mark.req("H-4")
def test_a_sign_in_that_ended_is_not_here(web: WebClinic) -> None:
    staff_id = web.clinic.records.staff["Nurse"]
    with web.runtime.database.writing_once() as session:
        token = sign_in.open_for(session, staff_id)
        found = presence.find(session, token)
        assert found is not None
        assert found.sign_in_id is not None
        here = presence.still_here(session, [found.sign_in_id, 999])
    assert here == {found.sign_in_id: frozenset(site.id for site in found.sites)}
