"""What messages tell programs, and what is taken from them."""

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from fetlock.domain.messages.listing import Row, Whole
from fetlock_hostapp.plugin import Id
from fetlock_hostapp.web.outbox.api_shapes import Outgoing

State = Literal["", "waiting", "queued", "sending", "sent", "failed", "in_doubt", "dropped"]
"""A state; empty is any. `waiting`: nothing is set up to send it with."""

Channel = Literal["email", "sms"]


class Message(BaseModel):
    """A message to a client. `next_attempt_at` is null where it is not tried again by itself."""

    id: int
    client_id: int
    account_number: str
    client: str
    channel: str
    recipient: str
    subject: str
    purpose: str
    plugin: str
    state: str
    problem: str
    attempts: int
    next_attempt_at: datetime | None
    written_at: datetime
    sent_at: datetime | None

    @classmethod
    def of(cls, row: Row) -> Self:
        """The message of a row."""
        tried = row.state in ("queued", "failed")
        return cls(
            id=row.id,
            client_id=row.client_id,
            account_number=row.client_code,
            client=row.client_name,
            channel=row.channel,
            recipient=row.recipient,
            subject=row.subject,
            purpose=row.purpose,
            plugin=row.plugin,
            state=row.state,
            problem=row.problem,
            attempts=row.attempts,
            next_attempt_at=row.next_attempt_at if tried else None,
            written_at=row.created_at,
            sent_at=row.sent_at,
        )


class Messages(Outgoing[Message]):
    """Messages to clients."""


class MessageWithText(BaseModel):
    """A message with its text. `written_by` is empty where no employee wrote it."""

    message: Message
    key: UUID
    body: str
    written_by: str
    patient_id: int | None

    @classmethod
    def of(cls, whole: Whole) -> Self:
        """The message with its text."""
        return cls(
            message=Message.of(whole.row),
            key=whole.key,
            body=whole.body,
            written_by=whole.author,
            patient_id=whole.patient_id,
        )


class NewMessage(BaseModel):
    """A message to keep and send. `recipient`: one of the client's own addresses, the first where empty.

    `key`: made by the caller; a second call with it keeps nothing and answers the first message.
    """

    client_id: Id
    channel: Channel
    recipient: str = Field(default="", max_length=254)
    subject: str = ""
    body: str
    purpose: Literal["service", "reminder", "booking", "offer"] = "service"
    patient_id: Id | None = None
    key: UUID | None = None


class OfChannel(BaseModel):
    """All messages of one channel at the site."""

    channel: Channel


class Counted(BaseModel):
    """How many messages it was done to."""

    count: int
