"""The outbox as people read it: filtered, counted by state, in pages; one parcel with its past (PL-8)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, defer

from fetlock.domain.invoices.models import Invoice
from fetlock.errors import NotFound
from fetlock.outbox.models import OutboxAttempt, OutboxRow, OutboxState
from fetlock.outbox.order import goes_first
from fetlock.work import Work

PAGE: Final = 50
SHARED: Final = "plugins.outbox_shared"

TO_SETTLE: Final = "to_settle"
"""The filter for what waits for a person: it goes nowhere by itself."""
SETTLED_BY_PEOPLE: Final = (
    OutboxState.IN_DOUBT.value,
    OutboxState.CONFLICT.value,
    OutboxState.GIVEN_UP.value,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Whose parcels a person sees: those of a site, with `shared` also those that belong to no site."""

    site_id: int
    zone: str
    shared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What is listed. `state`: a state of parcels, `TO_SETTLE`, or "" for all.

    `first`, `last`: days on which parcels were stored, in the site's zone, both included.
    """

    state: str = ""
    plugin: str = ""
    topic: str = ""
    invoice_id: int | None = None
    first: date | None = None
    last: date | None = None

    @property
    def states(self) -> tuple[str, ...]:
        """The states that `state` stands for; none for all of them."""
        if self.state == TO_SETTLE:
            return SETTLED_BY_PEOPLE
        return (self.state,) if self.state else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A parcel in a list. `invoice_title` is empty where it came of no invoice."""

    id: int
    key: UUID
    plugin: str
    topic: str
    site_id: int | None
    aggregate: str
    subject: str
    invoice_id: int | None
    invoice_title: str
    receiver: str
    state: str
    attempts: int
    next_attempt_at: datetime
    problem: str
    reference: str
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt to hand a parcel over. `outcome` is empty while it is under way."""

    number: int
    started_at: datetime
    ended_at: datetime | None
    outcome: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A parcel with all that is known of it; attempts are the newest first.

    `behind`: the earlier parcel of the same order that goes first, where one still does; `behind_elsewhere`:
    that one belongs to another site, and can't be opened here.
    """

    row: Row
    attempts: tuple[Attempt, ...]
    payload: dict[str, Any]
    answer: dict[str, Any]
    behind: int | None
    behind_elsewhere: bool = False


def reach_of(work: Work) -> Reach:
    """What the person of this unit of work may see."""
    return Reach(site_id=work.site.id, zone=work.site.time_zone, shared=work.actor.may(SHARED))


def within(reach: Reach) -> ColumnElement[bool]:
    """The condition of that reach."""
    here = OutboxRow.site_id == reach.site_id
    return or_(here, OutboxRow.site_id.is_(None)) if reach.shared else here


def matching(reach: Reach, wanted: Filter) -> list[ColumnElement[bool]]:
    """The conditions of the filter, its state among them."""
    found = _but_state(reach, wanted)
    return [*found, OutboxRow.state.in_(wanted.states)] if wanted.states else found


def counts(session: Session, reach: Reach, wanted: Filter) -> dict[str, int]:
    """How many parcels stand in each state, under the filter's other conditions; one query."""
    rows = session.execute(
        select(OutboxRow.state, func.count()).where(*_but_state(reach, wanted)).group_by(OutboxRow.state)
    )
    found = dict(rows.all())
    return {state.value: found.get(state.value, 0) for state in OutboxState}


def page(session: Session, reach: Reach, wanted: Filter, number: int = 1) -> list[Row]:
    """One page of the list, the newest first; one query."""
    return _rows(session, matching(reach, wanted), limit=PAGE, offset=(max(number, 1) - 1) * PAGE)


def after(session: Session, reach: Reach, wanted: Filter, last_id: int | None, limit: int) -> list[Row]:
    """So many parcels older than the one with that id, the newest first; one query."""
    conditions = matching(reach, wanted)
    if last_id is not None:
        conditions.append(OutboxRow.id < last_id)
    return _rows(session, conditions, limit=limit, offset=0)


def every(session: Session, reach: Reach, wanted: Filter) -> Iterator[Row]:
    """All that the filter finds, the newest first, for an export."""
    conditions = matching(reach, wanted)
    last: int | None = None
    while rows := _rows(
        session, conditions if last is None else [*conditions, OutboxRow.id < last], limit=500, offset=0
    ):
        yield from rows
        last = rows[-1].id


def get(session: Session, reach: Reach, row_id: int) -> Parcel:
    """One parcel with its attempts, in three queries. Raises `NotFound`."""
    found = session.execute(
        select(OutboxRow, Invoice)
        .outerjoin(Invoice, Invoice.id == OutboxRow.invoice_id)
        .where(OutboxRow.id == row_id, within(reach))
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such entry here.")
    row, invoice = found
    behind, site_id = _behind(session, row)
    return Parcel(
        row=_row(row, invoice),
        attempts=_attempts(session, row.id),
        payload=dict(row.payload),
        answer=dict(row.answer),
        behind=behind,
        behind_elsewhere=site_id not in ((reach.site_id, None) if reach.shared else (reach.site_id,)),
    )


def _but_state(reach: Reach, wanted: Filter) -> list[ColumnElement[bool]]:
    found = [within(reach)]
    if wanted.plugin:
        found.append(OutboxRow.plugin == wanted.plugin)
    if wanted.topic:
        found.append(OutboxRow.topic == wanted.topic)
    if wanted.invoice_id is not None:
        found.append(OutboxRow.invoice_id == wanted.invoice_id)
    if wanted.first is not None:
        found.append(OutboxRow.created_at >= _begin(wanted.first, reach.zone))
    if wanted.last is not None:
        found.append(OutboxRow.created_at < _begin(_next(wanted.last), reach.zone))
    return found


def _next(day: date) -> date:
    return day + timedelta(days=1) if day < date.max else day


def _begin(day: date, zone: str) -> datetime:
    # days that nobody means, typed by mistake, lie outside what can be put into UTC
    sane = min(max(day, date(1900, 1, 1)), date(9000, 1, 1))
    return datetime.combine(sane, time.min, ZoneInfo(zone))


def _rows(
    session: Session, conditions: Sequence[ColumnElement[bool]], *, limit: int, offset: int
) -> list[Row]:
    found = session.execute(
        select(OutboxRow, Invoice)
        .outerjoin(Invoice, Invoice.id == OutboxRow.invoice_id)
        .where(*conditions)
        .order_by(OutboxRow.id.desc())
        .limit(limit)
        .offset(offset)
        .options(defer(OutboxRow.payload, raiseload=True), defer(OutboxRow.answer, raiseload=True))
    )
    return [_row(row, invoice) for row, invoice in found]


def _row(row: OutboxRow, invoice: Invoice | None) -> Row:
    return Row(
        id=row.id,
        key=row.key,
        plugin=row.plugin,
        topic=row.topic,
        site_id=row.site_id,
        aggregate=row.aggregate,
        subject=row.subject,
        invoice_id=row.invoice_id,
        invoice_title=invoice.title if invoice is not None else "",
        receiver=row.receiver,
        state=row.state,
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at,
        problem=row.problem,
        reference=row.reference,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )


def _attempts(session: Session, row_id: int) -> tuple[Attempt, ...]:
    rows = session.scalars(
        select(OutboxAttempt).where(OutboxAttempt.outbox_id == row_id).order_by(OutboxAttempt.id.desc())
    )
    return tuple(
        Attempt(
            number=row.number,
            started_at=row.started_at,
            ended_at=row.ended_at,
            outcome=row.outcome,
            message=row.message,
        )
        for row in rows
    )


def _behind(session: Session, row: OutboxRow) -> tuple[int | None, int | None]:
    """The first parcel that goes before this one, and its site."""
    if row.state not in (OutboxState.PENDING, OutboxState.FAILED):
        return None, row.site_id
    first = session.execute(
        select(OutboxRow.id, OutboxRow.site_id)
        .where(goes_first(OutboxRow, row))
        .order_by(OutboxRow.id)
        .limit(1)
    ).one_or_none()
    return (first.id, first.site_id) if first is not None else (None, row.site_id)
