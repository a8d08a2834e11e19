"""The sample clinic's post room: writes by the page, sets servers up, lets the worker send."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import event

from fetlock import clock
from fetlock.domain.clients.models import Client
from fetlock.domain.messages.models import Message
from fetlock.domain.plugins.settings import save
from fetlock_hostapp.mailer import SmtpMailer
from fetlock_hostapp.testing import WebClinic
from fetlock_hostapp.worker import Worker

LIST = "/s/north/messages"
TEXT = "Dear Dana,\n\nBiscuit’s results are back: all is well.\n"


@dataclass
class PostRoom:
    """The clinic, with what its tests of messages do again and again."""

    web: WebClinic

    def write(self, sender: httpx.Client, **typed: str) -> httpx.Response:
        """Send the form of a message to client 57."""
        fields = {
            "client": str(self.web.clinic.client_id),
            "channel": "email",
            "subject": "Results of Biscuit",
            "body": TEXT,
            "purpose": "service",
            "patient": "",
        }
        return sender.post(f"{LIST}/new", data=fields | typed)

    def written(self, sender: httpx.Client, **typed: str) -> int:
        """As `write`, for a message that is kept; answers its id."""
        answer = self.write(sender, **typed)
        assert answer.status_code == 303, answer.text
        return int(answer.headers["location"].rpartition("/")[2])

    def set_up(self, port: int) -> None:
        """A mail server on this machine, at the north site."""
        typed = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "desk@north.example"}
        runtime = self.web.runtime
        site_id = self.web.clinic.records.sites["north"]
        actor = self.web.clinic.actor()
        runtime.database.write(
            lambda session: save(runtime.work_at(session, site_id, actor), runtime.secrets, "email", typed)
        )

    def change_client(self, **values: Any) -> None:
        """Change the record of client 57, such as `sms_opt_out=True`."""

        def change(session: Any) -> None:
            client = session.get_one(Client, self.web.clinic.client_id)
            for name, value in values.items():
                setattr(client, name, value)

        self.web.runtime.database.write(change)

    def work_off(self, *, later: timedelta = timedelta(0)) -> int:
        """One pass of a real worker, `later` than now."""
        with clock.set_to(clock.now() + later), httpx.Client(trust_env=False) as http:
            return Worker(self.web.runtime, http=http, mailer=SmtpMailer(seconds=3)).run_once()

    def message(self, message_id: int) -> Message:
        """The message as it stands."""
        with self.web.runtime.database.reading() as session:
            return session.get_one(Message, message_id)

    def put(self, message_id: int, **values: Any) -> None:
        """Put a message into a state that takes long to bring about."""

        def change(session: Any) -> None:
            message = session.get_one(Message, message_id)
            for name, value in values.items():
                setattr(message, name, value)

        self.web.runtime.database.write(change)

    @contextmanager
    def counted(self) -> Iterator[list[str]]:
        """The statements that reach the database within the block."""
        statements: list[str] = []

        def note(*args: object) -> None:
            text = str(args[2])
            if not text.startswith(("PRAGMA", "BEGIN", "SET")):
                statements.append(text)

        engine = self.web.runtime.database.engine
        event.listen(engine, "before_cursor_execute", note)
        yield statements
        event.remove(engine, "before_cursor_execute", note)


def rows_in(html: str) -> list[int]:
    """The ids of the messages of a list, from above."""
    return [int(found) for found in re.findall(r'<tr id="message-(\d+)"', html)]
