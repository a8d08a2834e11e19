"""The clients as a list, by account number: whole numbers first, in their order (H-10)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, selectinload

from fetlock.domain.clients.models import Client

Position = tuple[int | None, str]
"""Where a client stands in the list: the number that its account number stands for, and that text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What is listed. `account_number` finds exactly that one; `active` None: all."""

    account_number: str = ""
    active: bool | None = None


def position_of(client: Client) -> Position:
    """Where this client stands in the list."""
    return client.account_value, client.account_number


def count(session: Session, wanted: Filter) -> int:
    """How many there are."""
    return session.scalar(select(func.count()).select_from(Client).where(*_matching(wanted))) or 0


def after(session: Session, wanted: Filter, last: Position | None, limit: int) -> Sequence[Client]:
    """So many clients after that place, with their phones and addresses; three queries."""
    conditions = _matching(wanted)
    if last is not None:
        conditions.append(_beyond(last))
    statement = (
        select(Client)
        .where(*conditions)
        .order_by(Client.account_value.is_(None), Client.account_value, Client.account_number)
        .limit(limit)
        .options(selectinload(Client.phones), selectinload(Client.emails))
    )
    return session.scalars(statement).all()


def _matching(wanted: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.account_number:
        found.append(Client.account_number == wanted.account_number)
    if wanted.active is not None:
        found.append(Client.active == wanted.active)
    return found


def _beyond(last: Position) -> ColumnElement[bool]:
    value, number = last
    if value is None:
        return and_(Client.account_value.is_(None), Client.account_number > number)
    return or_(
        Client.account_value > value,
        and_(Client.account_value == value, Client.account_number > number),
        Client.account_value.is_(None),
    )
