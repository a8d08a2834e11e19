"""The page of integrations: figures of each service, drawn and as numbers (PL-14)."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event

from fetlock import clock
from fetlock.outbox.models import OutboxRow
from fetlock_hostapp.testing import WebClinic
from hostapp.tests.integrations.outage import Desk
from hostapp.tests.messages.inbox import Inbox

PAGE = "/s/north/integrations"
MINUTE = timedelta(minutes=1)


def row(html: str, name: str) -> str:
    """The row of a service, its tags left out."""
    found = re.search(rf"<tr>\s*<th scope=\"row\">(?:<a [^>]*>)?{re.escape(name)}.*?</tr>", html, re.DOTALL)
    assert found, name
    return " ".join(re.sub(r"<[^>]*>", " ", found[0]).split())


@contextmanager
def counted(web: WebClinic) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(*args: object) -> None:
        if not str(args[2]).startswith(("PRAGMA", "BEGIN", "SET")):
            statements.append(str(args[2]))

    event.listen(web.runtime.database.engine, "before_cursor_execute", note)
    yield statements
    event.remove(web.runtime.database.engine, "before_cursor_execute", note)


@pytest.mark.req("PL-14")
def test_each_service_shows_what_became_of_what_it_was_sent(desk_on_both: Desk, inbox: Inbox) -> None:
    desk = desk_on_both
    admin = desk.web.signed_in()
    with clock.set_to(desk.now):
        page = admin.get(PAGE).text
    assert "Courier: Takes keys Nothing sent yet nothing arrived yet 0 0 0" in row(
        page, "Courier: Takes keys"
    )
    assert "E-mail to clients Not set up" in row(page, "E-mail to clients")
    assert "Nothing was ever stuck" in page
    desk.up()
    for number in range(3):
        desk.post(number)
    desk.work()
    with clock.set_to(desk.now):
        page = admin.get(PAGE).text
    assert "Well" in row(page, "Courier: Takes keys")
    assert "3 arrived, drawn above the line; 0 failed" in page
    desk.down()
    desk.mail_server(inbox.port)
    desk.post(4)
    desk.work(later=MINUTE)
    with clock.set_to(desk.now):
        shown = row(admin.get(PAGE).text, "Courier: Takes keys")
        assert "Failing" in shown
        assert re.search(r"1 since \w+ \d+, .*? 0 1", shown), shown
    desk.work(later=31 * MINUTE)
    desk.write(lambda session: setattr(session.get_one(OutboxRow, 1), "state", "in_doubt"))
    with clock.set_to(desk.now):
        admin = desk.web.signed_in()  # the other has been idle for too long
        page = admin.get(PAGE).text
        answer = admin.get(f"/api/v1{PAGE}").json()
        troubles = admin.get(f"/api/v1{PAGE}/troubles").json()["items"]
    shown = row(page, "Courier: Takes keys")
    assert "Stuck since" in shown
    assert "0 given up, 1 in doubt" in shown
    assert 'href="/s/north/outbox?state=to_settle&amp;plugin=courier&amp;topic=keyed"' in page
    assert 'href="/s/north/outbox?plugin=courier&amp;topic=keyed"' in page
    assert "still stuck" in page
    (keyed,) = [each for each in answer if each["topic"] == "keyed"]
    assert (keyed["state"], keyed["waiting"], keyed["doubtful"], keyed["given_up"]) == ("Stuck", 1, 1, 0)
    assert keyed["last_success"] is not None
    assert keyed["failures"] == 2
    assert [(each["topic"], each["over_at"], each["mailed"]) for each in troubles] == [("keyed", None, 1)]


@pytest.mark.req("PL-14", "PL-5")
def test_a_breaker_that_is_open_is_shown_with_when_it_tries_again(desk: Desk) -> None:
    for number in range(8):
        desk.post(number)
    desk.work()
    with clock.set_to(desk.now):
        page = desk.web.signed_in().get(PAGE).text
        answer = desk.web.signed_in().get(f"/api/v1{PAGE}").json()
    shown = row(page, "Courier: Takes keys")
    assert "Paused nothing arrived yet left alone until" in shown
    assert "deliver" in shown
    (keyed,) = [each for each in answer if each["topic"] == "keyed"]
    assert [(each["hook"], each["state"]) for each in keyed["breakers"]] == [("deliver", "open")]


@pytest.mark.req("PL-14", "H-1")
def test_what_belongs_to_another_site_does_not_show(desk: Desk) -> None:
    desk.post(1, site="south")
    desk.post(2, site=None)
    desk.work()
    clerk = desk.web.signed_in("Receptionist").get(PAGE).text
    assert " 0 0 0" in row(clerk, "Courier: Takes keys")
    shared = desk.web.signed_in().get(PAGE).text
    assert re.search(r" 1 since .* 0 1", row(shared, "Courier: Takes keys")), "for whom that is permitted"
    assert desk.web.signed_in("Nurse").get(PAGE).status_code == 403


@pytest.mark.req("PL-14")
@pytest.mark.parametrize("parcels", [1, 40])
def test_the_page_takes_a_fixed_number_of_statements_over_indexes(desk: Desk, parcels: int) -> None:
    desk.up()
    for number in range(parcels):
        desk.post(number)
    desk.work()
    admin = desk.web.signed_in()
    with counted(desk.web) as statements:
        assert admin.get(PAGE).status_code == 200
    assert len(statements) == 13, "\n".join(statements)
    used: list[str] = []
    with desk.web.runtime.database.reading() as session:
        for statement in statements:
            if "outbox" in statement or "FROM message" in statement:
                plan = session.connection().exec_driver_sql(
                    f"EXPLAIN QUERY PLAN {statement}", tuple([1] * statement.count("?"))
                )
                steps = [str(step[3]) for step in plan]
                used += steps
                assert not [s for s in steps if re.match(r"SCAN (outbox|message)\b(?!.*INDEX)", s)], steps
    for index in ("ix_outbox_attempt_started", "ix_outbox_arrived", "ix_message_arrived"):
        assert any(index in step for step in used), f"{index} serves no query"


@pytest.mark.req("PL-14")
def test_who_is_told_and_when_is_set_per_site(desk: Desk) -> None:
    admin = desk.web.signed_in()
    page = admin.get(PAGE).text
    assert "older than 30 minutes" in page
    (link,) = re.findall(r'href="(/s/north/administration/plugins/integrations/settings[^"]*)"', page)
    assert "Tell somebody after" in admin.get(link).text
    desk.configure("integrations", {"minutes": 5})
    assert "older than 5 minutes" in admin.get(PAGE).text
    assert "older than 30 minutes" in admin.get("/s/south/integrations").text
