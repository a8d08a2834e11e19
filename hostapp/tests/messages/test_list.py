"""The list of messages: filters in the address, counts, pages, exports, and what a program sees (H-42)."""

import csv

import pytest

from fetlock_hostapp.web.messages import words
from hostapp.tests.messages.clinic import LIST, PostRoom, rows_in

API = "/api/v1/s/north/messages"


@pytest.mark.req("H-41", "H-42")
def test_every_state_has_a_shape_and_a_word(room: PostRoom) -> None:
    client = room.web.signed_in("Receptionist")
    ids = {state: room.written(client, subject=f"Letter {state}") for state in words.STATES}
    for state, message_id in ids.items():
        room.put(message_id, state=state)
    page = client.get(LIST).text
    assert rows_in(page) == sorted(ids.values(), reverse=True)
    for state, message_id in ids.items():
        kind, word = words.STATES[state]
        row = page.partition(f'<tr id="message-{message_id}"')[2].partition("</tr>")[0]
        assert f"icons.svg#i-{kind}" in row
        assert f"<span>{word}</span>" in row
        assert rows_in(client.get(LIST, params={"state": state}).text) == [message_id]
        assert f"{word} <small>1</small>" in page


def test_filters_stand_in_the_address(room: PostRoom) -> None:
    client = room.web.signed_in("Receptionist")
    mail = room.written(client)
    text = room.written(client, channel="sms", body="Biscuit is ready.")
    other = room.web.clinic.records.clients["58"]
    theirs = room.written(client, client=str(other))

    def found(**query: str) -> list[int]:
        return rows_in(client.get(LIST, params=query).text)

    assert found() == [theirs, text, mail]
    assert found(channel="sms") == [text]
    assert found(channel="pigeon", state="lost", client="x") == [theirs, text, mail]
    assert found(client=str(other)) == [theirs]
    assert found(client=str(other), channel="sms") == []
    page = client.get(LIST, params={"channel": "sms", "state": "sent"}).text
    assert "No message matches these filters" in page
    assert 'href="/s/north/messages?state=waiting&amp;channel=sms"' in page
    assert rows_in(room.web.signed_in("Receptionist").get("/s/south/messages").text) == []


def test_pages_csv_and_json_hold_the_same(room: PostRoom) -> None:
    client = room.web.signed_in("Receptionist")
    ids = [room.written(client, subject=f"=Letter {n}") for n in range(52)]
    first, second = client.get(LIST), client.get(LIST, params={"page": "2"})
    assert rows_in(first.text) + rows_in(second.text) == sorted(ids, reverse=True)
    assert "Page 1 of 2 · 52 messages" in first.text
    file = client.get("/s/north/messages.csv?state=waiting")
    rows = list(csv.DictReader(file.text.splitlines()))
    assert [int(row["message"]) for row in rows] == sorted(ids, reverse=True)
    assert (rows[0]["subject"], rows[0]["to"]) == ("'=Letter 51", "dana@example.org")
    answer = client.get(client.get(API).json()["next"]).json()
    assert [each["id"] for each in answer["items"]] == rows_in(second.text)
    assert (answer["next"], answer["total"], answer["counts"]["waiting"]) == (None, 52, 52)


@pytest.mark.parametrize("rows", [1, 30])
def test_the_pages_take_a_fixed_number_of_statements(room: PostRoom, rows: int) -> None:
    client = room.web.signed_in("Receptionist")
    message_id = [room.written(client, subject=f"Letter {n}") for n in range(rows)][-1]
    client.get(LIST)
    with room.counted() as statements:
        client.get(LIST)
    # two of the gate; counts, rows, the worker, what did not go out, the mail server's settings
    assert len(statements) == 8, "\n".join(statements)
    client.get(f"{LIST}/{message_id}")
    with room.counted() as statements:
        client.get(f"{LIST}/{message_id}")
    # two of the gate; the message, what people did, the mail server's settings, the worker's sign of life
    assert len(statements) == 7, "\n".join(statements)
    with room.counted() as statements:
        client.get(f"{LIST}/new", params={"client": room.web.clinic.client_id})
    # two of the gate; the client, e-mails, phones, the mail server's settings, the patients
    assert len(statements) == 8, "\n".join(statements)


@pytest.mark.req("H-41", "H-42")
def test_programs_write_read_and_decide_the_same(room: PostRoom) -> None:
    client = room.web.signed_in("Receptionist")
    body = {
        "client_id": room.web.clinic.client_id,
        "channel": "email",
        "subject": "Results",
        "body": "All is well.",
        "key": "6f1f3f9e-4ad4-4c0f-9f19-5a3f9b7f4a10",
    }
    made = client.post(API, json=body)
    assert made.status_code == 201
    message_id = made.json()["message"]["id"]
    assert (made.json()["message"]["state"], made.json()["written_by"]) == ("waiting", "Receptionist Smith")
    assert client.post(API, json=body).json()["message"]["id"] == message_id, "one key, one message"
    assert client.get(f"{API}/{message_id}").json()["body"] == "All is well."
    for path, sent, status in (
        (f"{message_id}/send-again", {}, 409),
        ("send-waiting", {"channel": "email"}, 409),
        ("send-failed", {"channel": "email"}, 409),
        ("leave-waiting", {"channel": "email"}, 200),
        ("leave-waiting", {"channel": "pigeon"}, 400),
        (f"{message_id}/drop", {"reason": ""}, 422),
        (f"{message_id}/drop", {"reason": "No."}, 200),
        ("999/drop", {"reason": "No."}, 404),
    ):
        assert client.post(f"{API}/{path}", json=sent).status_code == status, path
    wrong = client.post(API, json=body | {"key": None, "subject": "", "body": " "})
    assert (wrong.status_code, set(wrong.json()["fields"])) == (422, {"subject", "body"})
    assert client.get(API, params={"state": "dropped"}).json()["total"] == 1
    assert client.get(f"{API}?state=lost").status_code == 400
    assert client.get("/api/v1/s/south/messages").json()["total"] == 0
    assert client.get(f"/api/v1/s/south/messages/{message_id}").status_code == 404
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    described = {path.partition("/messages")[2] for path in paths if "/messages" in path}
    assert described == {
        "",
        "/{message_id}",
        "/{message_id}/send-again",
        "/{message_id}/drop",
        "/send-waiting",
        "/leave-waiting",
        "/send-failed",
    }


@pytest.mark.req("H-3")
def test_another_sites_messages_do_not_exist_here(room: PostRoom) -> None:
    client = room.web.signed_in("Receptionist")
    message_id = room.written(client)
    assert client.get(f"/s/south/messages/{message_id}").status_code == 404
    assert client.post(f"/s/south/messages/{message_id}/drop", data={"reason": "x"}).status_code == 404
    assert client.post("/s/south/messages/leave-waiting", data={"channel": "email"}).status_code == 303
    assert room.message(message_id).state == "waiting"
