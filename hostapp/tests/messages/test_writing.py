"""Writing a message: opt-outs hold, faults stand beside their field, nothing typed is lost (H-10)."""

import re
import uuid
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from fetlock.domain.clients.models import ClientEmail
from fetlock.domain.messages.models import Message
from fetlock.domain.patients.models import Patient
from fetlock_hostapp.testing import WebClinic
from hostapp.tests.messages.clinic import LIST, TEXT, PostRoom
from hostapp.tests.messages.inbox import Inbox


def messages(web: WebClinic) -> int:
    with web.runtime.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Message)) or 0


def form(room: PostRoom, **query: Any) -> str:
    return (
        room.web.signed_in("Nurse")
        .get(f"{LIST}/new", params={"client": room.web.clinic.client_id} | query)
        .text
    )


def chosen(html: str, name: str) -> str:
    select_ = html.partition(f'name="{name}"')[2].partition("</select>")[0]
    found = re.search(r'<option value="([^"]*)" selected>', select_)
    return found[1] if found else ""


@pytest.mark.req("H-10", "H-41")
def test_the_form_begins_with_the_clients_own_address(room: PostRoom) -> None:
    def second(session: Any) -> None:
        session.add(ClientEmail(client_id=room.web.clinic.client_id, position=1, address="work@example.org"))

    room.web.runtime.database.write(second)
    html = form(room, patient=room.web.clinic.patient_id)
    assert "Message to Dana Whitfield" in html
    assert chosen(html, "recipient") == "dana@example.org"
    assert chosen(html, "patient") == str(room.web.clinic.patient_id)
    client = room.web.signed_in("Nurse")
    message_id = room.written(client, recipient="work@example.org")
    assert room.message(message_id).recipient == "work@example.org"
    foreign = room.write(client, recipient="noor@example.org")
    assert (foreign.status_code, 'id="f-recipient-error"' in foreign.text) == (422, True)


@pytest.mark.req("H-10")
def test_the_way_that_the_client_prefers_comes_first(room: PostRoom) -> None:
    room.change_client(preferred_channel="sms")
    html = form(room)
    assert chosen(html, "recipient") == "+12035550157"
    assert "203-555-0157 (mobile)" in html


@pytest.mark.req("H-10")
@pytest.mark.parametrize(
    ("channel", "flag", "word"),
    [("email", "email_opt_out", "e-mail"), ("sms", "sms_opt_out", "text message")],
)
def test_an_opt_out_is_respected_with_a_clear_reason(
    room: PostRoom, channel: str, flag: str, word: str
) -> None:
    room.change_client(**{flag: True})
    client = room.web.signed_in("Nurse")
    reason = f"Dana Whitfield wants no {word}s."
    fields = client.post(
        f"{LIST}/new/fields",
        data={"client": str(room.web.clinic.client_id), "channel": channel, "body": "Typed already."},
    ).text
    assert reason in fields
    assert 'aria-disabled="true" aria-describedby="closed"' in fields
    refused = room.write(client, channel=channel)
    assert refused.status_code == 409
    assert reason in refused.text
    assert TEXT.strip() in refused.text, "what was typed is still there"
    assert messages(room.web) == 0
    program = client.post(
        "/api/v1/s/north/messages",
        json={
            "client_id": room.web.clinic.client_id,
            "channel": channel,
            "subject": "x",
            "body": "x",
        },
    )
    assert (program.status_code, program.json()["detail"]) == (409, reason)
    assert f'value="{"sms" if channel == "email" else "email"}"' in form(room)
    other = re.search(r'name="channel" value="(\w+)"[^>]* checked', form(room))
    assert other
    assert other[1] != channel, "the form begins with the way that is open"


@pytest.mark.req("H-10")
def test_who_opts_out_after_it_was_written_gets_nothing(room: PostRoom, inbox: Inbox) -> None:
    client = room.web.signed_in("Receptionist")
    message_id = room.written(client)
    room.set_up(inbox.port)
    room.change_client(email_opt_out=True)
    client.post(f"{LIST}/send-waiting", data={"channel": "email"})
    room.work_off()
    assert (room.message(message_id).state, inbox.letters) == ("dropped", [])
    assert "The client has opted out meanwhile." in client.get(f"{LIST}/{message_id}").text
    refused = client.post(f"{LIST}/{message_id}/send-again")
    assert refused.status_code == 409
    assert "wants no e-mails" in refused.text


@pytest.mark.req("UI-3")
def test_faults_stand_beside_their_field_and_nothing_typed_is_lost(room: PostRoom) -> None:
    client = room.web.signed_in("Nurse")
    answer = room.write(
        client, subject=" ", body="Half a <sentence>\nand more", purpose="booking", patient="1"
    )
    assert answer.status_code == 422
    assert 'id="f-subject-error"' in answer.text
    assert 'href="#f-subject"' in answer.text
    assert "Half a &lt;sentence&gt;\nand more" in answer.text
    assert chosen(answer.text, "purpose") == "booking"
    assert chosen(answer.text, "patient") == "1"
    bodiless = room.write(client, body=" \n ")
    assert 'id="f-body-error"' in bodiless.text
    assert 'value="Results of Biscuit"' in bodiless.text
    assert messages(room.web) == 0


@pytest.mark.req("H-41")
def test_choosing_the_other_way_keeps_what_was_typed(room: PostRoom) -> None:
    client = room.web.signed_in("Nurse")
    typed = {
        "client": str(room.web.clinic.client_id),
        "subject": "A subject",
        "body": "Some text\nin two lines",
    }
    texts = client.post(f"{LIST}/new/fields", data=typed | {"channel": "sms"}).text
    assert chosen(texts, "recipient") == "+12035550157"
    assert '<input type="hidden" name="subject" value="A subject">' in texts
    assert "Some text\nin two lines</textarea>" in texts
    mail = client.post(f"{LIST}/new/fields", data=typed | {"channel": "email"}).text
    assert 'value="A subject"' in mail
    assert messages(room.web) == 0


@pytest.mark.req("H-41")
def test_a_form_that_is_sent_twice_keeps_one_message(room_on_both: PostRoom) -> None:
    room = room_on_both
    client = room.web.signed_in("Nurse")
    html = form(room)
    key = re.search(r'name="key" value="([0-9a-f-]{36})"', html)
    assert key
    first, second = room.written(client, key=key[1]), room.written(client, key=key[1])
    assert first == second
    assert messages(room.web) == 1
    assert room.written(client, key=str(uuid.uuid4())) != first
    torn = room.write(client, key="torn")
    assert (torn.status_code, "Load the page again." in torn.text) == (422, True)


@pytest.mark.req("H-11")
def test_nothing_is_offered_for_a_patient_that_died(room: PostRoom) -> None:
    patient_id = room.web.clinic.patient_id

    def dies(session: Any) -> None:
        session.get_one(Patient, patient_id).deceased_on = date(2026, 11, 1)

    room.web.runtime.database.write(dies)
    client = room.web.signed_in("Nurse")
    assert "Biscuit 57A, deceased" in form(room)
    refused = room.write(client, patient=str(patient_id), purpose="reminder")
    assert (refused.status_code, "Biscuit has died." in refused.text) == (409, True)
    assert room.write(client, patient=str(patient_id)).status_code == 303


def test_whom_to_write_to_is_searched_for(room: PostRoom) -> None:
    client = room.web.signed_in("Nurse")
    assert "To which client?" in client.get(f"{LIST}/new").text
    found = client.get(f"{LIST}/new", params={"q": "whitf"}).text
    assert f'href="{LIST}/new?client={room.web.clinic.client_id}"' in found
    by_patient = client.get(f"{LIST}/new", params={"q": "57A"}).text
    assert f"?client={room.web.clinic.client_id}&amp;patient={room.web.clinic.patient_id}" in by_patient
    assert "Nobody found" in client.get(f"{LIST}/new", params={"q": "zzzz"}).text
    assert client.get(f"{LIST}/new", params={"client": 999}).status_code == 404
