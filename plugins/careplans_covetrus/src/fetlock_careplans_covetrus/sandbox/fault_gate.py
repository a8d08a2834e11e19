"""Stands before the vendor's interface: logs each attempt, and lets the fault that is set do its work.

An ASGI wrapper, so that delays hold no thread and an answer can be broken after it was made.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from fetlock_careplans_covetrus.sandbox.faults import (
    UNHANDLED,
    Answer,
    Fault,
    Mode,
    take_fault,
    tampered,
    unhandled_answer,
)
from fetlock_careplans_covetrus.sandbox.store import Store

_KEPT_ATTEMPTS = 2000


class FaultGate:
    """Wraps the application; touches only requests below ``/v1/``."""

    def __init__(self, app: ASGIApp, store: Store, clock: Callable[[], datetime]) -> None:
        self._app = app
        self._store = store
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != ScopeType.HTTP or not scope["path"].startswith("/v1/"):
            await self._app(scope, receive, send)
            return
        attempt, fault = await asyncio.to_thread(self._begin, scope)
        if fault.mode in UNHANDLED:
            await self._finish(attempt, unhandled_answer(fault), send, handled=False)
            return
        if fault.mode is Mode.DELAY:
            await asyncio.sleep(fault.delay_seconds)
        body = await _read(receive)
        answer = await _call(self._app, scope, body)
        if fault.mode is Mode.DUPLICATE_ANSWER:
            answer = await _call(self._app, scope, body)
        if fault.mode in (Mode.TIMEOUT_AFTER_ACCEPT, Mode.CUT_OFF_AFTER_ACCEPT):
            await asyncio.to_thread(self._note, attempt, None, True)
        if fault.mode is Mode.TIMEOUT_AFTER_ACCEPT:
            await asyncio.sleep(fault.delay_seconds)
        if fault.mode is Mode.CUT_OFF_AFTER_ACCEPT:
            await _send_half(send, answer)
            return
        await self._finish(attempt, tampered(fault, answer), send, handled=True)

    def _begin(self, scope: Any) -> tuple[int, Fault]:
        headers = {name.lower(): value for name, value in scope["headers"]}
        key = headers.get(b"idempotency-key", b"").decode("latin-1") or None
        method, path = scope["method"], scope["path"]
        with self._store.transaction() as db:
            fault = take_fault(db, method, path)
            attempt = db.execute(
                "INSERT INTO attempt (at, method, path, query, key, fault) VALUES (?, ?, ?, ?, ?, ?)",
                (
                    self._clock().isoformat(), method, path, scope["query_string"].decode("latin-1"),
                    key, None if fault.mode is Mode.NONE else fault.mode.value,
                ),
            ).lastrowid  # fmt: skip
            assert attempt is not None
            db.execute("DELETE FROM attempt WHERE id <= ?", (attempt - _KEPT_ATTEMPTS,))
        return attempt, fault

    def _note(self, attempt: int, status: int | None, handled: bool) -> None:
        with self._store.transaction() as db:
            db.execute("UPDATE attempt SET status = ?, handled = ? WHERE id = ?", (status, handled, attempt))

    async def _finish(self, attempt: int, answer: Answer, send: Send, *, handled: bool) -> None:
        await asyncio.to_thread(self._note, attempt, answer.status, handled)
        await _send_start(send, answer, len(answer.body))
        await send({"type": "http.response.body", "body": answer.body, "more_body": False})


async def _read(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return body  # the caller went away; handle what came
        body += message["body"]
        if not message["more_body"]:
            return body


async def _call(app: ASGIApp, scope: Scope, body: bytes) -> Answer:
    """Have the application answer once, into memory."""
    status, headers, parts = 500, [], []

    async def receive() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status, headers = message["status"], list(message["headers"])
        elif message["type"] == "http.response.body":
            parts.append(message["body"])

    copied: Any = {**scope, "state": dict(scope.get("state") or {})}
    await app(copied, receive, send)
    return Answer(status, headers, b"".join(parts))


async def _send_start(send: Send, answer: Answer, length: int) -> None:
    headers = [header for header in answer.headers if header[0].lower() != b"content-length"]
    headers.append((b"content-length", str(length).encode()))
    start: Any = {"type": "http.response.start", "status": answer.status, "headers": headers}
    await send(start)


async def _send_half(send: Send, answer: Answer) -> None:
    """Announce the whole answer, send half: the server then breaks the connection."""
    await _send_start(send, answer, len(answer.body))
    half = answer.body[: len(answer.body) // 2]
    await send({"type": "http.response.body", "body": half, "more_body": False})
