"""A site's messages as people read them: filtered, counted by state, in pages; one whole (H-41, H-42)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, defer

from fetlock.domain.clients.models import Client
from fetlock.domain.messages.models import Message, MessageState
from fetlock.domain.patients.models import Patient
from fetlock.domain.staff.models import Staff
from fetlock.errors import NotFound

PAGE: Final = 50
_EXCERPT: Final = 140


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What is listed; "" and None stand for all."""

    state: str = ""
    channel: str = ""
    client_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A message in a list; `excerpt` is the beginning of its text."""

    id: int
    client_id: int
    client_code: str
    client_name: str
    channel: str
    recipient: str
    subject: str
    excerpt: str
    purpose: str
    plugin: str
    state: str
    problem: str
    attempts: int
    next_attempt_at: datetime | None
    created_at: datetime
    sent_at: datetime | None

    @property
    def title(self) -> str:
        """The subject, or how the text begins."""
        return self.subject or self.excerpt


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """One message with its text. `author` is empty where no employee wrote it."""

    row: Row
    key: UUID
    body: str
    author: str
    patient_id: int | None
    patient_code: str
    patient_name: str


def counts(session: Session, site_id: int, wanted: Filter) -> dict[str, int]:
    """How many messages stand in each state, under the filter's other conditions; one query."""
    rows = session.execute(
        select(Message.state, func.count()).where(*_but_state(site_id, wanted)).group_by(Message.state)
    )
    found = dict(rows.all())
    return {state.value: found.get(state.value, 0) for state in MessageState}


def page(session: Session, site_id: int, wanted: Filter, number: int = 1) -> list[Row]:
    """One page of the list, the newest first; one query."""
    return _rows(session, _matching(site_id, wanted), limit=PAGE, offset=(max(number, 1) - 1) * PAGE)


def after(session: Session, site_id: int, wanted: Filter, last_id: int | None, limit: int) -> list[Row]:
    """So many messages older than the one with that id, the newest first; one query."""
    conditions = _matching(site_id, wanted)
    if last_id is not None:
        conditions.append(Message.id < last_id)
    return _rows(session, conditions, limit=limit)


def every(session: Session, site_id: int, wanted: Filter) -> Iterator[Row]:
    """All that the filter finds, the newest first, for an export."""
    conditions = _matching(site_id, wanted)
    last: int | None = None
    while rows := _rows(session, conditions if last is None else [*conditions, Message.id < last], limit=500):
        yield from rows
        last = rows[-1].id


def get(session: Session, site_id: int, message_id: int) -> Whole:
    """One message with its text; one query. Raises `NotFound`."""
    found = session.execute(
        select(Message, Client, Staff, Patient)
        .join(Client, Client.id == Message.client_id)
        .outerjoin(Staff, Staff.id == Message.created_by)
        .outerjoin(Patient, Patient.id == Message.patient_id)
        .where(Message.id == message_id, Message.site_id == site_id)
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such message here.")
    message, client, staff, patient = found
    return _whole(message, client, staff, patient)


def _matching(site_id: int, wanted: Filter) -> list[ColumnElement[bool]]:
    found = _but_state(site_id, wanted)
    return [*found, Message.state == wanted.state] if wanted.state else found


def _but_state(site_id: int, wanted: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [Message.site_id == site_id]
    if wanted.channel:
        found.append(Message.channel == wanted.channel)
    if wanted.client_id is not None:
        found.append(Message.client_id == wanted.client_id)
    return found


def _rows(
    session: Session, conditions: Sequence[ColumnElement[bool]], *, limit: int, offset: int = 0
) -> list[Row]:
    found = session.execute(
        select(Message, Client, func.substr(Message.body, 1, _EXCERPT))
        .join(Client, Client.id == Message.client_id)
        .where(*conditions)
        .order_by(Message.id.desc())
        .limit(limit)
        .offset(offset)
        .options(defer(Message.body, raiseload=True))
    )
    return [_row(message, client, begins) for message, client, begins in found]


def _row(message: Message, client: Client, begins: str) -> Row:
    return Row(
        id=message.id,
        client_id=client.id,
        client_code=client.account_number,
        client_name=client.name,
        channel=message.channel,
        recipient=message.recipient,
        subject=message.subject,
        excerpt=" ".join(begins.split()),
        purpose=message.purpose,
        plugin=message.plugin,
        state=message.state,
        problem=message.problem,
        attempts=message.attempts,
        next_attempt_at=message.next_attempt_at,
        created_at=message.created_at,
        sent_at=message.sent_at,
    )


def _whole(message: Message, client: Client, staff: Staff | None, patient: Patient | None) -> Whole:
    return Whole(
        row=_row(message, client, message.body[:_EXCERPT]),
        key=message.key,
        body=message.body,
        author=staff.full_name if staff is not None else "",
        patient_id=message.patient_id,
        patient_code=patient.code if patient is not None else "",
        patient_name=patient.display_name if patient is not None else "",
    )
