"""Without a server messages wait and can be read; with one somebody is asked before they go (H-41, H-42)."""

import re

import pytest

from fetlock.contracts import DeliveryState
from hostapp.tests.messages.clinic import LIST, TEXT, PostRoom, rows_in
from hostapp.tests.messages.inbox import Gateway, Inbox

QUESTION = "from the time when nothing could be sent. Send"


@pytest.mark.req("H-42")
def test_without_a_server_messages_wait_and_the_page_says_so(room_on_both: PostRoom) -> None:
    room = room_on_both
    client = room.web.signed_in("Receptionist")
    empty = client.get(LIST).text
    assert "No mail server is set up at North Clinic, so e-mails wait." in empty
    message_id = room.written(client)
    assert "It is kept and waits" in client.get(f"{LIST}/{message_id}").text
    page = client.get(LIST).text
    assert "No mail server is set up at North Clinic, so 1 e-mail waits." in page
    assert "<span>Waiting</span>" in page
    assert QUESTION not in page, "there is nothing to ask yet"
    assert room.work_off() == 0
    assert room.message(message_id).state == "waiting"
    # the way to the settings, for those who may go it
    assert "An administrator can set it up." in page
    admin = room.web.signed_in()
    links = re.findall(r'href="(/s/north/[^"]+)">Set up a mail server</a>', admin.get(LIST).text)
    assert len(links) == 1
    assert "Mail server" in admin.get(links[0]).text
    assert links[0] not in page


@pytest.mark.req("H-42")
def test_each_message_can_be_read_though_it_was_not_sent(room: PostRoom) -> None:
    client = room.web.signed_in("Receptionist")
    message_id = room.written(client, patient=str(room.web.clinic.patient_id))
    page = client.get(f"{LIST}/{message_id}").text
    for part in ("Results of Biscuit", "Biscuit’s results are back: all is well.", "dana@example.org"):
        assert part in page
    for part in ("Dana Whitfield", "57A", "Receptionist Smith", "Waiting"):
        assert part in page
    assert "There is nothing to send it with yet." in page
    assert 'aria-disabled="true"' in page


@pytest.mark.req("H-42", "H-41")
def test_once_a_server_is_set_up_they_are_sent_after_a_question(room_on_both: PostRoom, inbox: Inbox) -> None:
    room = room_on_both
    client = room.web.signed_in("Receptionist")
    ids = [room.written(client, subject=f"Letter {n}") for n in range(3)]
    room.set_up(inbox.port)
    room.work_off()
    assert inbox.letters == [], "never by itself"
    assert [room.message(each).state for each in ids] == ["waiting"] * 3
    page = client.get(LIST).text
    assert f"3 e-mails wait {QUESTION} them now?" in page
    assert "Send 3 waiting" in page
    assert "Leave them" in page
    answer = client.post(f"{LIST}/send-waiting", data={"channel": "email"})
    assert "3 e-mails are sent now." in client.get(answer.headers["location"]).text
    room.work_off()
    assert [room.message(each).state for each in ids] == ["sent"] * 3
    assert [letter["Subject"] for letter in inbox.letters] == ["Letter 0", "Letter 1", "Letter 2"]
    assert {letter["To"] for letter in inbox.letters} == {"dana@example.org"}
    assert inbox.letters[0].get_content().replace("\r\n", "\n") == TEXT
    assert QUESTION not in client.get(LIST).text
    at_once = room.written(client)
    room.work_off()
    assert room.message(at_once).state == "sent", "with a server they go at once"


@pytest.mark.req("H-42")
def test_those_that_are_left_stay_and_nobody_is_asked_again_about_them(room: PostRoom, inbox: Inbox) -> None:
    client = room.web.signed_in("Receptionist")
    old = room.written(client)
    room.set_up(inbox.port)
    client.post(f"{LIST}/leave-waiting", data={"channel": "email"})
    page = client.get(LIST).text
    assert QUESTION not in page
    assert "Receptionist Smith chose to leave it" in page
    assert "Send 1 after all…" in page, "the answer can be changed"
    room.work_off()
    assert (room.message(old).state, inbox.letters) == ("waiting", [])
    newer = room.written(client)
    room.put(newer, state="waiting")  # as after another time without a server
    assert QUESTION in client.get(LIST).text, "what came later is asked about"
    assert QUESTION in room.web.signed_in("Administrator").get(LIST).text


@pytest.mark.req("H-3", "H-42")
def test_who_may_not_send_again_is_not_asked(room: PostRoom, inbox: Inbox) -> None:
    message_id = room.written(room.web.signed_in("Receptionist"))
    room.set_up(inbox.port)
    nurse = room.web.signed_in("Nurse")
    page = nurse.get(LIST).text
    assert "Somebody who may send again decides." in page
    assert "send-waiting" not in page
    for step in ("send-waiting", "leave-waiting", "send-failed", f"{message_id}/send-again"):
        assert nurse.post(f"{LIST}/{step}", data={"channel": "email"}).status_code == 403
    assert room.message(message_id).state == "waiting"


@pytest.mark.req("H-41", "H-42")
def test_text_messages_wait_for_a_gateway_plugin_alike(room: PostRoom, gateway: Gateway) -> None:
    client = room.web.signed_in("Receptionist")
    message_id = room.written(client, channel="sms", body="Biscuit is ready.", subject="left over")
    assert (
        "No plugin carries text messages at North Clinic, so 1 text message waits." in client.get(LIST).text
    )
    room.web.clinic.switch("gateway", "on")
    room.work_off()
    assert gateway.texts == []
    assert f"1 text message waits {QUESTION} it now?" in client.get(LIST).text
    client.post(f"{LIST}/send-waiting", data={"channel": "sms"})
    room.work_off()
    assert gateway.texts == [("+12035550157", "Biscuit is ready.")]
    assert (room.message(message_id).state, room.message(message_id).subject) == ("sent", "")
    room.web.clinic.switch("second", "on")
    page = client.get(LIST).text
    assert "Two plugins would send text messages here: gateway and second." in page


@pytest.mark.req("PL-8", "H-41")
def test_in_doubt_only_somebody_who_has_asked_sends_again(room: PostRoom, gateway: Gateway) -> None:
    room.web.clinic.switch("gateway", "on")
    gateway.ends = DeliveryState.UNCLEAR
    client = room.web.signed_in("Receptionist")
    message_id = room.written(client, channel="sms")
    room.work_off()
    assert room.message(message_id).state == "in_doubt"
    gateway.ends = DeliveryState.DELIVERED
    client.post(f"{LIST}/send-failed", data={"channel": "sms"})
    room.work_off()
    assert (len(gateway.texts), room.message(message_id).state) == (1, "in_doubt")
    refused = client.post(f"{LIST}/{message_id}/send-again")
    assert refused.status_code == 409
    assert '<dialog id="ask-send" aria-labelledby="ask-send-title" data-open>' in refused.text
    assert "It may have been sent already." in refused.text
    assert client.post(f"{LIST}/{message_id}/send-again", data={"sure": "1"}).status_code == 303
    room.work_off()
    assert (len(gateway.texts), room.message(message_id).state) == (2, "sent")


@pytest.mark.req("H-41")
def test_failed_ones_are_sent_again_one_or_all(room: PostRoom, inbox: Inbox) -> None:
    client = room.web.signed_in("Receptionist")
    room.set_up(inbox.port)
    inbox.answer = "550 No such user"
    ids = [room.written(client, subject=f"Letter {n}") for n in range(3)]
    room.work_off()
    assert [room.message(each).state for each in ids] == ["failed"] * 3
    page = client.get(LIST, params={"state": "failed"}).text
    assert rows_in(page) == sorted(ids, reverse=True)
    assert "not tried again by itself" in page
    assert "Send 3 failed e-mails again…" in page
    inbox.answer = "250 Accepted"
    assert client.post(f"{LIST}/{ids[0]}/send-again").status_code == 303
    room.work_off()
    assert [room.message(each).state for each in ids] == ["sent", "failed", "failed"]
    client.post(f"{LIST}/send-failed", data={"channel": "email"})
    room.work_off()
    assert [room.message(each).state for each in ids] == ["sent"] * 3
    assert len(inbox.letters) == 3
    assert "Sent again by hand" in client.get(f"{LIST}/{ids[1]}").text


@pytest.mark.req("H-42")
def test_a_message_is_dropped_with_a_reason_and_stays_readable(room: PostRoom) -> None:
    client = room.web.signed_in("Receptionist")
    message_id = room.written(client)
    refused = client.post(f"{LIST}/{message_id}/drop", data={"reason": " "})
    assert (refused.status_code, 'id="f-reason-error"' in refused.text) == (422, True)
    client.post(f"{LIST}/{message_id}/drop", data={"reason": "Told by phone."})
    page = client.get(f"{LIST}/{message_id}").text
    assert "Told by phone." in page
    assert "Biscuit’s results are back" in page
    assert room.message(message_id).state == "dropped"
