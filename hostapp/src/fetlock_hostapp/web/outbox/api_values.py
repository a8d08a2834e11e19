"""What the outbox tells programs, and what it takes from them."""

from datetime import date, datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, Field

from fetlock.outbox.listing import Filter, Parcel, Row
from fetlock.outbox.resending import Resent
from fetlock_hostapp.plugin import Answer, Id
from fetlock_hostapp.web.outbox.api_shapes import Outgoing

State = Literal[
    "",
    "to_settle",
    "pending",
    "sending",
    "sent",
    "failed",
    "conflict",
    "given_up",
    "held",
    "in_doubt",
    "dropped",
]
"""A state; `to_settle` is in doubt, in conflict or given up; empty is any."""


class Entry(BaseModel):
    """One thing to hand over. `key`: its idempotency key; `site_id` is null where it belongs to no site."""

    id: int
    key: str
    plugin: str
    topic: str
    site_id: int | None
    order: str
    subject: str
    invoice_id: int | None
    invoice: str
    receiver: str
    state: str
    attempts: int
    next_attempt_at: datetime | None
    problem: str
    reference: str
    stored_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, row: Row) -> Self:
        """The entry of a row."""
        return cls(
            id=row.id,
            key=str(row.key),
            plugin=row.plugin,
            topic=row.topic,
            site_id=row.site_id,
            order=row.aggregate,
            subject=row.subject,
            invoice_id=row.invoice_id,
            invoice=row.invoice_title,
            receiver=row.receiver,
            state=row.state,
            attempts=row.attempts,
            next_attempt_at=row.next_attempt_at if row.state in ("pending", "failed") else None,
            problem=row.problem,
            reference=row.reference,
            stored_at=row.created_at,
            finished_at=row.finished_at,
        )


class Entries(Outgoing[Entry]):
    """Entries of the outbox."""


class Tried(Answer):
    """One attempt; `outcome` is empty while it is under way."""

    number: int
    started_at: datetime
    ended_at: datetime | None
    outcome: str
    message: str


class EntryWithPast(BaseModel):
    """An entry with its attempts, the newest first. `waits_behind`: the earlier entry that goes first."""

    entry: Entry
    tried: list[Tried]
    payload: dict[str, Any]
    answer: dict[str, Any]
    waits_behind: int | None

    @classmethod
    def of(cls, parcel: Parcel) -> Self:
        """The entry with its past."""
        return cls(
            entry=Entry.of(parcel.row),
            tried=[Tried.model_validate(attempt) for attempt in parcel.attempts],
            payload=parcel.payload,
            answer=parcel.answer,
            waits_behind=parcel.behind,
        )


class Chosen(BaseModel):
    """A filter, as the list's."""

    state: State = ""
    plugin: str = Field(default="", max_length=60)
    topic: str = Field(default="", max_length=60)
    invoice: Id | None = None
    first: date | None = None
    last: date | None = None

    def wanted(self) -> Filter:
        """The filter of the list."""
        return Filter(
            state=self.state,
            plugin=self.plugin,
            topic=self.topic,
            invoice_id=self.invoice,
            first=self.first,
            last=self.last,
        )


class SentAgain(BaseModel):
    """How many are sent again now, and why others are not."""

    count: int
    left: list[str]

    @classmethod
    def of(cls, resent: Resent) -> Self:
        """What came of it."""
        return cls(count=resent.count, left=list(resent.left))
