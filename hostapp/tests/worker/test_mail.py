"""E-mail over a real SMTP server: it waits for one, goes when somebody says so, never twice (H-41, H-42)."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from email import message_from_bytes
from email.message import Message as Received
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from core.tests.platform.places import Place, place
from fetlock import clock
from fetlock.domain.clients.models import Client
from fetlock.domain.messages import service
from fetlock.domain.messages.models import Message
from fetlock.domain.patients.models import Patient
from fetlock.domain.plugins.settings import save
from fetlock.errors import Conflict, Invalid
from fetlock.services import queue_message
from fetlock.work import Work
from fetlock_hostapp.simulators import free_port
from fetlock_hostapp.worker import Worker

BODY = "Dear Ada,\n\nBella’s results are back: all is well.\n"


class Inbox:
    """A real SMTP server that keeps what it accepts; `answer` is its answer to a message's text."""

    def __init__(self) -> None:
        self.letters: list[Received] = []
        self.answer = "250 Accepted"
        self.port = free_port()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.answer.startswith("250"):
            self.letters.append(message_from_bytes(envelope.content, policy=default))
        return self.answer


@contextmanager
def _inbox() -> Iterator[Inbox]:
    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=inbox.port)
    controller.start()
    try:
        yield inbox
    finally:
        controller.stop()


@pytest.fixture
def here(database_url: str, tmp_path: Path) -> Iterator[Place]:
    with place(database_url, tmp_path / "home", {}) as made:
        yield made


def _queue(here: Place, channel: str = "email", purpose: str = "service", **more: Any) -> Message:
    client_id = here.records.clients["57"]
    return here.run(
        lambda work: queue_message(work, client_id, channel, "Results of Bella", BODY, purpose, **more)
    )


def _set_up(here: Place, port: int) -> None:
    typed = {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "sender": "desk@northgate.example",
        "sender_name": "Northgate",
    }
    here.run(lambda work: save(work, here.runtime.secrets, "email", typed))


def _messages(here: Place) -> list[Message]:
    with here.runtime.database.reading() as session:
        return list(session.scalars(select(Message).order_by(Message.id)))


def _pass(here: Place) -> int:
    worker = Worker(here.runtime)
    try:
        return worker.run_once()
    finally:
        worker.close()


@pytest.mark.req("H-41", "H-42")
def test_without_a_server_messages_wait_and_go_after_a_question(here: Place) -> None:
    with _inbox() as inbox:
        _queue(here)
        assert _pass(here) == 0
        (message,) = _messages(here)
        assert (message.state, message.body) == ("waiting", BODY)
        with pytest.raises(Conflict, match="no server"):
            here.run(service.send_waiting)

        _set_up(here, inbox.port)
        assert _pass(here) == 0, "not by themselves: somebody is asked first"
        assert here.run(service.waiting_count) == 1
        assert here.run(service.send_waiting) == 1
        _pass(here)
        (message,) = _messages(here)
        assert (message.state, message.problem) == ("sent", "")
        (letter,) = inbox.letters
        assert letter["To"] == message.recipient
        assert letter["From"] == "Northgate <desk@northgate.example>"
        assert letter["Subject"] == "Results of Bella"
        assert str(message.key) in letter["Message-ID"]
        assert "Bella’s results" in letter.get_content().replace("\r\n", "\n")  # type: ignore[attr-defined]

        _queue(here)
        _pass(here)
        assert len(inbox.letters) == 2, "with a server they go at once"


@pytest.mark.req("H-41")
def test_a_server_that_is_away_is_tried_again(here: Place) -> None:
    _set_up(here, free_port())
    _queue(here)
    _pass(here)
    (message,) = _messages(here)
    assert message.state == "failed"
    assert "cannot be reached" in message.problem
    assert message.next_attempt_at is not None
    with _inbox() as inbox, clock.set_to(clock.now() + timedelta(minutes=1)):
        _set_up(here, inbox.port)
        _pass(here)
        assert len(inbox.letters) == 1
    assert [each.state for each in _messages(here)] == ["sent"]


@pytest.mark.req("H-41")
@pytest.mark.parametrize(("answer", "again"), [("550 No such user", False), ("451 Try later", True)])
def test_a_refusal_is_final_or_not_as_the_server_says(here: Place, answer: str, again: bool) -> None:
    with _inbox() as inbox:
        inbox.answer = answer
        _set_up(here, inbox.port)
        _queue(here)
        _pass(here)
    (message,) = _messages(here)
    assert message.state == "failed"
    assert answer[:3] in message.problem
    assert (message.next_attempt_at is not None) is again


@pytest.mark.req("PL-8", "H-41")
def test_a_letter_in_doubt_is_never_sent_again_by_itself(here: Place) -> None:
    """The connection breaks after the text was handed over: it may have arrived."""
    with _breaking_server() as port:
        _set_up(here, port)
        _queue(here)
        _pass(here)
    (message,) = _messages(here)
    assert message.state == "in_doubt"
    with _inbox() as inbox, clock.set_to(clock.now() + timedelta(days=1)):
        _set_up(here, inbox.port)
        assert _pass(here) == 0
        assert inbox.letters == []
        with pytest.raises(Conflict, match="may have been sent"):
            here.run(lambda work: service.send_again(work, message.id))
        here.run(lambda work: service.send_again(work, message.id, sure=True))
        _pass(here)
        assert len(inbox.letters) == 1


@contextmanager
def _breaking_server() -> Iterator[int]:
    """Speaks SMTP as far as the end of the text, then hangs up without a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_speak, args=(listener,))
        thread.start()
        yield listener.getsockname()[1]
        thread.join(10)


def _speak(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection, connection.makefile("rwb", buffering=0) as stream:
        stream.write(b"220 hello\r\n")
        while line := stream.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                stream.write(b"354 go on\r\n")
                while stream.readline() != b".\r\n":
                    pass
                return
            stream.write(b"250 fine\r\n")


@pytest.mark.req("H-10")
def test_an_opt_out_holds_for_everybody(here: Place) -> None:
    _set_up(here, free_port())
    _queue(here)
    _change(here, Client, here.records.clients["57"], sms_opt_out=True, email_opt_out=True)
    for channel, words in (("email", "no e-mail"), ("sms", "no text message")):
        with pytest.raises(Conflict, match=words):
            _queue(here, channel, plugin="reminders")
    _pass(here)
    (message,) = _messages(here)
    assert (message.state, message.problem) == ("dropped", "The client has opted out meanwhile.")


@pytest.mark.req("H-11")
def test_nothing_is_offered_for_a_patient_that_died(here: Place) -> None:
    patient_id = here.records.patients["57A"]
    _queue(here, purpose="reminder", patient_id=patient_id)
    _change(here, Patient, patient_id, deceased_on=date(2026, 11, 1))
    for purpose in ("reminder", "booking", "offer"):
        with pytest.raises(Conflict, match="has died"):
            _queue(here, purpose=purpose, patient_id=patient_id)
    assert _queue(here, purpose="service", patient_id=patient_id).state == "waiting"
    with _inbox() as inbox:
        _set_up(here, inbox.port)
        here.run(service.send_waiting)
        _pass(here)
        assert len(inbox.letters) == 1
    assert [each.state for each in _messages(here)] == ["dropped", "sent"]


def test_what_is_wrong_with_a_message_is_said_by_field(here: Place) -> None:
    def queue(work: Work, subject: str, body: str) -> Message:
        return queue_message(work, here.records.clients["57"], "email", subject, body)

    with pytest.raises(Invalid) as caught:
        here.run(lambda work: queue(work, "Hello\nBcc: all@x.example", " "))
    assert set(caught.value.fields) == {"subject", "body"}


def _change(here: Place, model: Any, row_id: int, **values: Any) -> None:
    def change(work: Work) -> None:
        row = work.session.get_one(model, row_id)
        for name, value in values.items():
            setattr(row, name, value)

    here.run(change)
