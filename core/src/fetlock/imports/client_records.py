"""Clients as the database holds them and as they shall be written, in bulk (H-15)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from fetlock.domain.clients import account_number
from fetlock.domain.clients.draft import LENGTHS
from fetlock.domain.clients.models import Client, ClientEmail, ClientPhone
from fetlock.domain.search import terms
from fetlock.domain.search.models import SearchTerm
from fetlock.imports.steps import Action, Settings, Step, changed_meanwhile, looked_up

FLAGS: Final = ("sms_opt_out", "email_opt_out", "active")
PLAIN: Final = (*LENGTHS, "country", *FLAGS)


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone as it is kept."""

    kind: str
    digits: str
    entered: str


@dataclass(frozen=True, slots=True)
class HeldClient:
    """A client as the database holds it."""

    id: int
    revision: int
    values: Mapping[str, Any]
    phones: tuple[Phone, ...] = ()
    emails: tuple[str, ...] = ()


@dataclass(slots=True)
class ClientWrite:
    """What is written for a row: the whole record as it shall be, and what was there before."""

    account_number: str
    values: dict[str, Any]
    phones: tuple[Phone, ...]
    emails: tuple[str, ...]
    held: HeldClient | None = None


def load(session: Session, numbers: Sequence[str]) -> dict[str, HeldClient]:
    """The clients with these account numbers, by them, with their phones and e-mails."""
    columns = [Client.id, Client.revision, Client.account_number, *(getattr(Client, n) for n in PLAIN)]
    rows = {
        row.id: row
        for row in looked_up(
            numbers,
            lambda some: session.execute(select(*columns).where(Client.account_number.in_(some))),
        )
    }
    kept: dict[int, list[Phone]] = {}
    for phone in looked_up(
        rows,
        lambda ids: session.execute(
            select(ClientPhone.client_id, ClientPhone.kind, ClientPhone.digits, ClientPhone.entered)
            .where(ClientPhone.client_id.in_(ids))
            .order_by(ClientPhone.client_id, ClientPhone.position)
        ),
    ):
        kept.setdefault(phone.client_id, []).append(Phone(phone.kind, phone.digits, phone.entered))
    emails: dict[int, list[str]] = {}
    for email in looked_up(
        rows,
        lambda ids: session.execute(
            select(ClientEmail.client_id, ClientEmail.address)
            .where(ClientEmail.client_id.in_(ids))
            .order_by(ClientEmail.client_id, ClientEmail.position)
        ),
    ):
        emails.setdefault(email.client_id, []).append(email.address)
    return {
        row.account_number: HeldClient(
            row.id,
            row.revision,
            {name: getattr(row, name) for name in PLAIN},
            tuple(kept.get(row.id, ())),
            tuple(emails.get(row.id, ())),
        )
        for row in rows.values()
    }


def write(session: Session, steps: Sequence[Step], settings: Settings) -> None:
    """Write a portion: new clients in one statement, changed ones in another, then what hangs on them."""
    new = [step.payload for step in steps if step.action is Action.CREATE]
    ids = _insert(session, new, settings) if new else []
    pairs = list(zip(ids, new, strict=True))
    pairs += _update(session, [step for step in steps if step.action is Action.UPDATE])
    _write_parts(session, pairs)


def _insert(session: Session, new: Sequence[ClientWrite], settings: Settings) -> list[int]:
    rows = [
        write.values
        | {
            "account_number": write.account_number,
            "account_value": account_number.value_of(write.account_number),
            "created_at": settings.now,
            "country": write.values["country"] or settings.country,
        }
        for write in new
    ]
    statement = insert(Client).returning(Client.id, sort_by_parameter_order=True)
    return list(session.scalars(statement, rows))


def _update(session: Session, steps: Sequence[Step]) -> list[tuple[int, ClientWrite]]:
    revisions = {step.payload.held.id: step.payload.held.revision for step in steps}
    late = changed_meanwhile(session, Client, revisions) if revisions else set()
    pairs = []
    for step in steps:
        write: ClientWrite = step.payload
        assert write.held is not None
        if write.held.id in late:
            step.action, step.reason = Action.REJECT, "Somebody changed this client just now. Import again."
            continue
        pairs.append((write.held.id, write))
    if pairs:
        session.execute(
            update(Client),
            [
                write.values | {"id": key, "revision": write.held.revision + 1}
                for key, write in pairs
                if write.held is not None
            ],
        )
        ids = [key for key, _ in pairs]
        for table in (ClientPhone, ClientEmail, SearchTerm):
            session.execute(delete(table).where(table.client_id.in_(ids)))
    return pairs


def _write_parts(session: Session, pairs: Sequence[tuple[int, ClientWrite]]) -> None:
    numbers = [
        {"client_id": key, "position": place, "kind": p.kind, "digits": p.digits, "entered": p.entered}
        for key, write in pairs
        for place, p in enumerate(write.phones)
    ]
    addresses = [
        {"client_id": key, "position": place, "address": address}
        for key, write in pairs
        for place, address in enumerate(write.emails)
    ]
    if numbers:
        session.execute(insert(ClientPhone), numbers)
    if addresses:
        session.execute(insert(ClientEmail), addresses)
    rows = [
        term
        for key, write in pairs
        for term in terms.client_terms(
            key,
            account_number=write.account_number,
            names=(write.values["first_name"], write.values["last_name"]),
            phones=[phone.digits for phone in write.phones],
            emails=write.emails,
        )
    ]
    terms.store(session, rows)
