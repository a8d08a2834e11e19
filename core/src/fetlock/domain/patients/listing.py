"""The patients as a list, in the order in which they were added (H-11)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload

from fetlock.domain.patients.models import Patient


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What is listed; None stands for all."""

    client_id: int | None = None
    active: bool | None = None


def count(session: Session, wanted: Filter) -> int:
    """How many there are."""
    return session.scalar(select(func.count()).select_from(Patient).where(*_matching(wanted))) or 0


def after(session: Session, wanted: Filter, last_id: int, limit: int) -> Sequence[Patient]:
    """So many patients after the one with that id, each with its owner; one query."""
    statement = (
        select(Patient)
        .where(*_matching(wanted), Patient.id > last_id)
        .options(joinedload(Patient.client))
        .order_by(Patient.id)
        .limit(limit)
    )
    return session.scalars(statement).all()


def _matching(wanted: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.client_id is not None:
        found.append(Patient.client_id == wanted.client_id)
    if wanted.active is not None:
        found.append(Patient.active == wanted.active)
    return found
