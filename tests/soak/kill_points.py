"""Points at which a process kills itself with SIGKILL: in a transaction, around a commit, around a delivery.

Chance kills from outside rarely hit the few microseconds around a commit; these always do. A point is named
`<what>:<n>`: the n-th time that this happens in the process.
"""

import os
import signal
from random import Random
from typing import Any

import httpx
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

STATEMENT = "statement"
BEFORE_COMMIT = "before-commit"
AFTER_COMMIT = "after-commit"
BEFORE_SENDING = "before-sending"
AFTER_SENDING = "after-sending"


def drawn(random: Random, *, sends: bool, longest: int) -> str:
    """A point at random, for a process that does about `longest` commits in its life."""
    kinds = [STATEMENT, BEFORE_COMMIT, AFTER_COMMIT]
    if sends:
        kinds += [BEFORE_SENDING, AFTER_SENDING]
    kind = random.choice(kinds)
    return f"{kind}:{random.randint(1, longest * 12 if kind == STATEMENT else longest)}"


def arm(point: str) -> None:
    """Make this process, freshly forked, kill itself at `point`; an empty one arms nothing."""
    if not point:
        return
    kind, _, number = point.partition(":")
    left = int(number)

    def strike(*_: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    if kind in (BEFORE_SENDING, AFTER_SENDING):
        _arm_sending(strike, before=kind == BEFORE_SENDING)
        return

    def in_writing_transaction(connection: Connection, *more: Any) -> None:
        if connection.get_execution_options().get("fetlock_writes"):
            strike()

    match kind:
        case "statement":
            event.listen(Engine, "before_cursor_execute", in_writing_transaction)
        case "before-commit":
            event.listen(Engine, "commit", in_writing_transaction)
        case "after-commit":

            def committed(session: Session) -> None:
                bind = session.bind
                if bind is not None and bind.get_execution_options().get("fetlock_writes"):
                    strike()

            event.listen(Session, "after_commit", committed)
        case _:
            raise ValueError(f"there is no kill point {kind}")


def _arm_sending(strike: Any, *, before: bool) -> None:
    """Around each request to an outside service: nothing of it is changed."""
    send = httpx.Client.send

    def sending(self: httpx.Client, request: httpx.Request, **more: Any) -> httpx.Response:
        counts = request.method == "POST"
        if before and counts:
            strike()
        answer = send(self, request, **more)
        if not before and counts:
            strike()
        return answer

    httpx.Client.send = sending  # type: ignore[method-assign]
