"""Switchable faults: which one is set, whether it hits a request, what it does to an answer."""

import json
import sqlite3
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import Field

from fetlock_careplans_covetrus.sandbox.documents import Document
from fetlock_careplans_covetrus.sandbox.problems import problem_body


class Mode(StrEnum):
    """What goes wrong. The request is handled before the fault unless said otherwise."""

    NONE = "none"
    ERROR500 = "error500"  # not handled
    ERROR503 = "error503"  # not handled; with Retry-After
    ERROR429 = "error429"  # not handled; with Retry-After
    WRONG_CREDENTIALS = "wrong_credentials"  # not handled; 401
    DELAY = "delay"  # waits delay_seconds first, then all is well
    TIMEOUT_AFTER_ACCEPT = "timeout_after_accept"  # handled, then silent for delay_seconds
    CUT_OFF_AFTER_ACCEPT = "cut_off_after_accept"  # handled, then the connection breaks in the answer
    NOT_JSON = "not_json"  # handled, then a page of HTML instead of the answer
    MISSING_FIELDS = "missing_fields"  # handled, then the answer without some of its fields
    DUPLICATE_ANSWER = "duplicate_answer"  # handled twice, as by a proxy that repeats; second answer given


UNHANDLED = {Mode.ERROR500: 500, Mode.ERROR503: 503, Mode.ERROR429: 429, Mode.WRONG_CREDENTIALS: 401}
_LOST_FIELDS = {"account_id", "as_of", "terms", "usage_id"}


class Fault(Document):
    """The fault that is set. ``times`` None: until changed. ``paths``: prefixes it hits, else all of /v1.

    ``methods``: HTTP methods it hits, by default all.
    """

    mode: Mode = Mode.NONE
    times: int | None = Field(default=None, ge=1)
    delay_seconds: float = Field(default=30.0, ge=0, le=3600)
    retry_after_seconds: int = Field(default=2, ge=0)
    paths: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()

    def hits(self, method: str, path: str) -> bool:
        """Whether a request to ``path`` meets this fault."""
        return (
            self.mode is not Mode.NONE
            and (not self.paths or path.startswith(self.paths))
            and (not self.methods or method in self.methods)
        )


def current_fault(db: sqlite3.Connection) -> Fault:
    """The fault that is set; mode ``none`` when none is."""
    row = db.execute("SELECT document FROM fault").fetchone()
    return Fault.model_validate_json(row["document"]) if row else Fault()


def set_fault(db: sqlite3.Connection, fault: Fault) -> None:
    """Set the fault, in place of any other."""
    db.execute("INSERT OR REPLACE INTO fault (id, document) VALUES (1, ?)", (fault.model_dump_json(),))


def take_fault(db: sqlite3.Connection, method: str, path: str) -> Fault:
    """The fault for this request, counted down; after the last of its times the mode is ``none`` again."""
    fault = current_fault(db)
    if not fault.hits(method, path):
        return Fault()
    if fault.times is not None:
        left = fault.times - 1
        set_fault(db, fault.model_copy(update={"times": left}) if left else Fault())
    return fault


@dataclass(frozen=True)
class Answer:
    """A buffered HTTP answer."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


def unhandled_answer(fault: Fault) -> Answer:
    """The answer of a fault that strikes before the request is handled."""
    status = UNHANDLED[fault.mode]
    body = problem_body(status, f"fault_{fault.mode.value}", "A fault set in the sandbox.")
    headers = [(b"content-type", b"application/problem+json")]
    if status in (429, 503):
        headers.append((b"retry-after", str(fault.retry_after_seconds).encode()))
    return Answer(status, headers, json.dumps(body).encode())


def tampered(fault: Fault, answer: Answer) -> Answer:
    """The handled answer as it arrives under this fault."""
    if fault.mode is Mode.NOT_JSON:
        page = b"<!doctype html><title>Maintenance</title><h1>Back soon</h1>"
        return Answer(200, [(b"content-type", b"text/html")], page)
    if fault.mode is Mode.MISSING_FIELDS:
        body = json.dumps(_without_fields(json.loads(answer.body))).encode()
        kept = [header for header in answer.headers if header[0].lower() != b"content-length"]
        return Answer(answer.status, kept, body)
    return answer


def _without_fields(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_fields(inner) for name, inner in value.items() if name not in _LOST_FIELDS}
    if isinstance(value, list):
        return [_without_fields(inner) for inner in value]
    return value
