"""Work that reaches the outside: parcels of the outbox, asks, and what came of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from fetlock.contracts.http import Http
from fetlock.contracts.reading import NoReading, Reading


class Receiver(StrEnum):
    """What the receiver can do about a repeat (decides what happens after an unclear end, PL-8)."""

    TAKES_KEYS = "takes_keys"
    CAN_BE_ASKED = "can_be_asked"
    NEITHER = "neither"


class DeliveryState(StrEnum):
    """How one attempt ended, as the adapter sees it."""

    DELIVERED = "delivered"
    RETRY = "retry"
    REJECTED = "rejected"
    CONFLICT = "conflict"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One outbox row on its way. `key` is the idempotency key, `attempt` counts from 1."""

    key: str
    topic: str
    aggregate: str
    attempt: int
    payload: Mapping[str, Any]
    settings: Any
    site_id: int | None
    http: Http
    reading: Reading = field(default_factory=NoReading)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of a parcel; `message` is shown to staff and holds no secret and no patient data."""

    state: DeliveryState
    message: str = ""
    reference: str = ""
    retry_after_seconds: int | None = None
    answer: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question that a plugin wants asked; `subject` says about what ("patient:12").

    The host stores it as an ask unless an equal one still waits.
    """

    question: str
    subject: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A question to an outside service that a page stored: `question` names it, `data` carries it."""

    ask_id: str
    question: str
    data: Mapping[str, Any]
    settings: Any
    site_id: int
    http: Http


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAnswer:
    """The answer. `ok` False: `message` says what went wrong and what to do, in plain words.

    `data` is JSON-like, and is handed to the plugin's `apply_ask` in a transaction of its own.
    """

    ok: bool
    message: str
    data: Mapping[str, Any] = field(default_factory=dict)
