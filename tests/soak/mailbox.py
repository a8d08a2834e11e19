"""A real SMTP server that counts each letter, and has bad moments: around them workers are killed."""

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

from aiosmtpd.controller import Controller

from fetlock_hostapp.simulators import free_port

_MESSAGE_ID = re.compile(rb"^message-id:\s*<([0-9a-f-]{36})@", re.IGNORECASE | re.MULTILINE)


class Mailbox:
    """`arrivals`: how often each message was accepted, by its key; `troubled` switches the bad moments on."""

    def __init__(self, random: Random, strike: Callable[[], None]) -> None:
        self.port = free_port()
        self.arrivals: Counter[str] = Counter()
        self.troubled = True
        self._random = random
        self._strike = strike

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Take a letter, or not; now and then a worker is killed before it hears the answer."""
        found = _MESSAGE_ID.search(envelope.content)
        key = found[1].decode() if found else "?"
        chance = self._random.random() if self.troubled else 1.0
        if chance < 0.08:
            return "451 Try later"
        if chance < 0.10:
            return "550 No such user"
        self.arrivals[key] += 1
        if chance < 0.20:
            await asyncio.to_thread(self._strike)
        elif chance < 0.25:
            session.peer_broke = True
            server.transport.close()
        elif chance < 0.30:
            await asyncio.sleep(1.5)
        return "250 Accepted"


@contextmanager
def mailbox(random: Random, strike: Callable[[], None]) -> Iterator[Mailbox]:
    """The server for the length of the block. `strike` kills a worker; it is called from its thread."""
    box = Mailbox(random, strike)
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
