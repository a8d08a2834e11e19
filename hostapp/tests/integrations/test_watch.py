"""Somebody is told once when a service is stuck, and once when it is over (PL-14).

Over real HTTP to a receiver that is down and comes up, with a real SMTP server; the worker is the real one.
"""

import threading
from datetime import timedelta

import pytest

from fetlock import clock
from fetlock.domain.integrations import watching
from fetlock.domain.staff.models import Staff
from fetlock.domain.tasks import service as task_service
from fetlock.outbox import resending
from fetlock.outbox.listing import Filter
from fetlock.outbox.models import OutboxRow, OutboxState
from fetlock_hostapp.simulators import free_port
from hostapp.tests.integrations.outage import Desk
from hostapp.tests.messages.inbox import Inbox

MINUTE = timedelta(minutes=1)


@pytest.mark.req("PL-14")
def test_down_is_one_notice_and_up_again_closes_it(desk_on_both: Desk, inbox: Inbox) -> None:
    desk = desk_on_both
    desk.mail_server(inbox.port)
    for number in range(12):
        desk.post(number)
    desk.work()
    desk.work(later=29 * MINUTE)
    assert set(desk.states) <= {"failed", "pending"}, "the breaker leaves some untried"
    assert (desk.tasks, inbox.letters) == ([], []), "half an hour's patience"
    desk.work(later=2 * MINUTE)
    (task,) = desk.tasks
    assert (task.state, task.plugin, task.count) == ("open", "integrations", 1)
    assert task.role_id == desk.web.clinic.records.roles["Administrator"]
    assert task.text.startswith("Courier: Takes keys: 12 waiting, the oldest since ")
    assert task.link == "outbox?state=failed&plugin=courier&topic=keyed"
    (letter,) = inbox.letters
    assert letter["To"] == "admin@north.example"
    assert letter["Subject"] == "North Clinic: Courier: Takes keys is stuck"
    assert "12 waiting" in letter.get_content()
    for _ in range(4):
        desk.post(100)
        desk.work(later=10 * MINUTE)
    assert (len(desk.tasks), len(inbox.letters), len(desk.troubles)) == (1, 1, 1), "not one per row or look"
    desk.up()
    desk.work(later=11 * MINUTE)
    assert set(desk.states) == {"sent"}
    assert desk.tasks[0].state == "open", "the worker's next look sees it"
    desk.work(later=MINUTE)
    (task,) = desk.tasks
    assert task.state == "done"
    assert task.closed_by is None
    assert task.closing_note.startswith("It is over since ")
    assert [each["Subject"] for each in inbox.letters][1:] == [
        "North Clinic: Courier: Takes keys works again"
    ]
    assert desk.troubles[0].over_at == desk.now
    desk.work(later=MINUTE)
    assert (len(desk.tasks), len(inbox.letters)) == (1, 2)
    desk.down()
    desk.configure("courier", {"address": f"http://127.0.0.1:{free_port()}"})
    desk.post(200)
    desk.work()
    desk.work(later=31 * MINUTE)
    assert len(desk.troubles) == 2, "another outage is another notice"
    assert [each.state for each in desk.tasks] == ["done", "open"]


@pytest.mark.req("PL-14")
def test_what_is_dead_or_doubtful_is_told_at_once_and_until_somebody_decides(
    desk: Desk, inbox: Inbox
) -> None:
    desk.mail_server(inbox.port)
    desk.up()
    desk.post(1)
    desk.work()
    assert desk.troubles == []

    def give_up(state: OutboxState) -> None:
        desk.write(lambda session: setattr(session.get_one(OutboxRow, 1), "state", state.value))

    for state in (OutboxState.GIVEN_UP, OutboxState.IN_DOUBT, OutboxState.CONFLICT):
        give_up(state)
        desk.work(later=MINUTE)
        assert desk.tasks[-1].state == "open", state
        assert desk.tasks[-1].link == "outbox?state=to_settle&plugin=courier&topic=keyed"
        desk.work(later=60 * MINUTE)
        with clock.set_to(desk.now):
            desk.web.clinic.run(lambda work: resending.drop(work, 1, reason="Told by phone."))
        desk.work(later=MINUTE)
        assert desk.tasks[-1].state == "done", state
    assert len(desk.troubles) == len(desk.tasks) == 3
    assert len(inbox.letters) == 6


@pytest.mark.req("PL-14")
def test_each_site_and_service_has_its_own_notice_and_its_own_patience(desk: Desk) -> None:
    desk.configure("integrations", {"minutes": 5}, site="south")
    desk.configure("courier", {"address": f"http://127.0.0.1:{free_port()}"}, site="south")
    desk.post(1)
    desk.post(2, "plain")
    desk.post(3, site="south")
    desk.post(4, site=None)
    desk.work()
    desk.work(later=6 * MINUTE)
    sites = desk.web.clinic.records.sites
    told = [(each.site_id, each.service) for each in desk.troubles]
    # no answer from "plain", which can't tell a repeat, leaves its parcel in doubt: that needs no patience
    assert sorted(told) == [
        (sites["north"], "outbox/courier/plain"),
        (sites["south"], "outbox/courier/keyed"),
    ]
    desk.work(later=30 * MINUTE)
    assert (sites["north"], "outbox/courier/keyed") in [
        (each.site_id, each.service) for each in desk.troubles
    ]
    assert len(desk.tasks) == 3, "what belongs to no single site is told with the first one's"


@pytest.mark.req("PL-14")
def test_a_person_who_closes_the_task_is_not_told_again(desk: Desk, inbox: Inbox) -> None:
    desk.mail_server(inbox.port)
    desk.post(1)
    desk.work()
    desk.work(later=31 * MINUTE)
    desk.web.clinic.run(lambda work: task_service.complete(work, [desk.tasks[0].id]))
    desk.work(later=31 * MINUTE)
    assert (len(desk.tasks), len(inbox.letters)) == (1, 1)
    desk.up()
    desk.work(later=31 * MINUTE)
    desk.work(later=MINUTE)
    assert (len(desk.tasks), len(inbox.letters)) == (1, 2), "the end is told nevertheless"


@pytest.mark.req("PL-14")
def test_four_workers_that_look_at_once_tell_once(desk_on_both: Desk, inbox: Inbox) -> None:
    desk = desk_on_both
    desk.mail_server(inbox.port)
    desk.post(1)
    desk.work()
    told: list[int] = []
    ready = threading.Barrier(4)

    def look() -> None:
        ready.wait()
        told.append(watching.watch(desk.web.runtime))

    with clock.set_to(desk.now + 31 * MINUTE):
        threads = [threading.Thread(target=look) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert (sum(told), len(desk.tasks), len(desk.mails), desk.tasks[0].count) == (1, 1, 1, 1)


@pytest.mark.req("PL-14", "H-42")
def test_without_a_mail_server_the_task_alone_tells(desk: Desk) -> None:
    desk.post(1)
    desk.work()
    desk.work(later=31 * MINUTE)
    assert (len(desk.tasks), desk.mails) == (1, [])
    desk.up()
    desk.work(later=31 * MINUTE)
    desk.work(later=MINUTE)
    assert (desk.tasks[0].state, desk.mails) == ("done", [])


@pytest.mark.req("PL-14")
def test_the_addresses_of_the_site_come_before_the_administrators(desk: Desk, inbox: Inbox) -> None:
    desk.mail_server(inbox.port)
    desk.configure("integrations", {"addresses": "it@north.example, owner@north.example"})
    desk.post(1)
    desk.work()
    desk.work(later=31 * MINUTE)
    assert [letter["To"] for letter in inbox.letters] == ["it@north.example", "owner@north.example"]


@pytest.mark.req("PL-14")
def test_with_nobody_at_the_site_every_administrator_is_told(desk: Desk, inbox: Inbox) -> None:
    desk.mail_server(inbox.port)

    def leave(session: object) -> None:
        from sqlalchemy import delete

        from fetlock.domain.staff.models import StaffRole

        records = desk.web.clinic.records
        session.execute(  # type: ignore[attr-defined]
            delete(StaffRole).where(
                StaffRole.site_id == records.sites["north"],
                StaffRole.staff_id == records.staff["Administrator"],
            )
        )

    desk.post(1)
    desk.work()
    desk.write(leave)
    desk.work(later=31 * MINUTE)
    assert [letter["To"] for letter in inbox.letters] == ["admin@north.example"]


@pytest.mark.req("PL-14")
def test_a_notice_that_could_not_go_before_it_was_over_is_dropped_with_its_end(desk: Desk) -> None:
    desk.mail_server(free_port())
    desk.post(1)
    desk.work()
    desk.work(later=31 * MINUTE)
    assert [mail.state for mail in desk.mails] == ["queued"]
    desk.up()
    desk.work(later=31 * MINUTE)
    desk.work(later=MINUTE)
    assert [mail.state for mail in desk.mails] == ["dropped"]
    assert desk.tasks[0].state == "done"


@pytest.mark.req("PL-14")
def test_a_mail_server_that_is_down_is_told_of_too(desk: Desk) -> None:
    desk.mail_server(free_port())
    answer = desk.web.signed_in("Receptionist").post(
        "/s/north/messages/new",
        data={
            "client": str(desk.web.clinic.client_id),
            "channel": "email",
            "subject": "Results",
            "body": "All is well.",
            "purpose": "service",
            "patient": "",
        },
    )
    assert answer.status_code == 303
    desk.work()
    desk.work(later=31 * MINUTE)
    (task,) = desk.tasks
    assert task.text.startswith("E-mail to clients: 1 waiting")
    assert task.link == "messages?channel=email&state=failed"
    assert "Dana" not in task.text, "no client's name in a notice"


@pytest.mark.req("PL-14", "PL-2")
def test_what_is_held_and_sent_again_by_hand_gets_its_chance_first(desk: Desk) -> None:
    desk.web.clinic.switch("courier", "off")
    desk.post(1)
    desk.work()
    desk.work(later=300 * MINUTE)
    assert (desk.states, desk.troubles) == (["held"], []), "held is not stuck: its plugin is off"
    desk.up()
    desk.web.clinic.switch("courier", "on")
    desk.configure("courier", {"address": desk.receiver.address if desk.receiver else ""})
    desk.work(later=MINUTE)
    desk.work(later=MINUTE)
    assert (desk.states, desk.troubles) == (["sent"], []), "no false alarm for its age"
    desk.write(lambda session: setattr(session.get_one(OutboxRow, 1), "state", "dropped"))
    desk.down()
    with clock.set_to(desk.now):
        desk.web.clinic.run(lambda work: resending.retry(work, 1, sure=True))
    with clock.set_to(desk.now + 5 * MINUTE):
        assert watching.watch(desk.web.runtime) == 0
    with clock.set_to(desk.now + 31 * MINUTE):
        assert watching.watch(desk.web.runtime) == 1


def test_a_look_at_nothing_opens_no_writing_transaction(desk: Desk) -> None:
    assert watching.watch(desk.web.runtime) == 0
    assert desk.web.clinic.run(lambda work: resending.retry_failed(work, Filter())).count == 0
    with desk.web.runtime.database.reading() as session:
        assert session.get(Staff, 1) is not None
