"""A real SMTP server for tests, and a gateway plugin for text messages."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller

from fetlock.contracts import HOOK_API, Delivery, DeliveryState, Manifest, TextMessage
from fetlock.hooks import MessagingHooks, RegistrationHooks, hookimpl


class Inbox:
    """Keeps what it accepts; `answer` is its answer to a message's text."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.answer = "250 Accepted"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.answer.startswith("250"):
            assert b"\n" not in envelope.content.replace(b"\r\n", b""), "a bare LF is refused by many servers"
            self.letters.append(message_from_bytes(envelope.content, policy=default))
        return self.answer


@contextmanager
def running_inbox() -> Iterator[Inbox]:
    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=inbox.port)
    controller.start()
    try:
        yield inbox
    finally:
        controller.stop()


class Gateway(RegistrationHooks, MessagingHooks):
    """Carries text messages, as `ends` says; keeps what it was given."""

    def __init__(self, name: str = "gateway") -> None:
        self._name = name
        self.texts: list[tuple[str, str]] = []
        self.ends = DeliveryState.DELIVERED

    @hookimpl
    def manifest(self) -> Manifest:
        return Manifest(
            name=self._name, label=self._name.capitalize(), version="1.0", hook_api=f"=={HOOK_API}"
        )

    @hookimpl
    def send_sms(self, message: TextMessage) -> Delivery:
        self.texts.append((message.to, message.text))
        return Delivery(state=self.ends, message="" if self.ends is DeliveryState.DELIVERED else "Cut off.")
