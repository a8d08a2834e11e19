"""The invoices of a site as a list: filtered, summed, in pages (H-28, QA18)."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from fetlock.database.keyset import beyond
from fetlock.domain.clients.models import Client
from fetlock.domain.invoices.models import Invoice, InvoiceLine, InvoiceState
from fetlock.domain.patients.models import Patient

ZERO = Decimal(0)
PAGE: Final = 50

Position = tuple[datetime, int]
"""Where an invoice stands in the list: when it was begun, and its id."""


class Which(StrEnum):
    """The filter by state; `READY` is open, with lines, and nothing left to pay."""

    ALL = ""
    OPEN = "open"
    REOPENED = "reopened"
    READY = "ready"
    CLOSED = "closed"
    VOID = "void"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What is listed. `text`: part of a client's name, an account number, an invoice number.

    `first`, `last`: days on which the invoice was begun, in the site's zone, both included.
    """

    which: Which = Which.ALL
    text: str = ""
    first: date | None = None
    last: date | None = None
    client_id: int | None = None
    patient_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An invoice in a list. `patients`: (id, code, name) of those on its lines."""

    id: int
    title: str
    state: str
    revision: int
    client_id: int
    client_code: str
    client_name: str
    patients: tuple[tuple[int, str, str], ...]
    created_at: datetime
    closed_at: datetime | None
    savings: Decimal
    gross: Decimal
    paid: Decimal
    balance: Decimal
    incomplete: bool
    must_reprice: bool
    ready: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """How many invoices the filter finds, and what those that are not void sum to."""

    count: int
    savings: Decimal
    gross: Decimal
    paid: Decimal

    @property
    def balance(self) -> Decimal:
        """What is still to be paid on all of them."""
        return self.gross - self.paid


_OPEN = (InvoiceState.OPEN.value, InvoiceState.REOPENED.value)


def page(
    session: Session, site_id: int, zone: str, wanted: Filter, number: int = 1
) -> tuple[list[Row], Sums]:
    """One page of the list, the newest first, with the sums over all pages. Three queries."""
    conditions = _conditions(site_id, zone, wanted)
    return _rows(session, conditions, limit=PAGE, offset=(max(number, 1) - 1) * PAGE), _sums(
        session, conditions
    )


def after(
    session: Session, site_id: int, zone: str, wanted: Filter, last: Position | None, limit: int
) -> tuple[list[Row], Sums]:
    """So many invoices after that place in the list, with the sums over all of it. Three queries."""
    conditions = _conditions(site_id, zone, wanted)
    sums = _sums(session, conditions)
    if last is not None:
        conditions.append(beyond((Invoice.created_at, Invoice.id), last, descending=True))
    return _rows(session, conditions, limit=limit, offset=0), sums


def _sums(session: Session, conditions: list[ColumnElement[bool]]) -> Sums:
    counts_for_something = Invoice.state != InvoiceState.VOID.value
    summed = (Invoice.savings, Invoice.gross, Invoice.paid)
    count, *sums = session.execute(
        select(
            func.count(Invoice.id),
            *(func.sum(column).filter(counts_for_something) for column in summed),
        )
        .join(Client, Client.id == Invoice.client_id)
        .where(*conditions)
    ).one()
    savings, gross, paid = (value or ZERO for value in sums)  # NULL where nothing is found
    return Sums(count=count, savings=savings, gross=gross, paid=paid)


def every(session: Session, site_id: int, zone: str, wanted: Filter) -> Iterator[Row]:
    """All that the filter finds, page after page, for an export."""
    conditions = _conditions(site_id, zone, wanted)
    offset = 0
    while rows := _rows(session, conditions, limit=500, offset=offset):
        yield from rows
        offset += 500


def counts(session: Session, site_id: int) -> dict[Which, int]:
    """How many invoices of the site stand in each state; each equals the length of its list."""
    found = dict.fromkeys(Which, 0)
    for state, count in session.execute(
        select(Invoice.state, func.count()).where(Invoice.site_id == site_id).group_by(Invoice.state)
    ):
        found[Which(state)] = count
        found[Which.ALL] += count
    statement = select(func.count()).select_from(Invoice).where(Invoice.site_id == site_id, _ready())
    found[Which.READY] = session.scalar(statement) or 0
    return found


def _ready() -> ColumnElement[bool]:
    has_lines = exists().where(InvoiceLine.invoice_id == Invoice.id, InvoiceLine.removed_at.is_(None))
    return and_(Invoice.state.in_(_OPEN), Invoice.gross == Invoice.paid, has_lines)


def _conditions(site_id: int, zone: str, wanted: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [Invoice.site_id == site_id]
    if wanted.which is Which.READY:
        found.append(_ready())
    elif wanted.which is not Which.ALL:
        found.append(Invoice.state == wanted.which.value)
    if wanted.client_id is not None:
        found.append(Invoice.client_id == wanted.client_id)
    if wanted.patient_id is not None:
        on_it = exists().where(
            InvoiceLine.invoice_id == Invoice.id,
            InvoiceLine.patient_id == wanted.patient_id,
            InvoiceLine.removed_at.is_(None),
        )
        found.append(on_it)
    if wanted.first is not None:
        found.append(Invoice.created_at >= _begin(wanted.first, zone))
    if wanted.last is not None:
        found.append(Invoice.created_at < _begin(wanted.last, zone) + timedelta(days=1))
    found += [_mentions(word) for word in wanted.text.split()[:6]]
    return found


def _mentions(word: str) -> ColumnElement[bool]:
    return or_(
        Client.first_name.icontains(word, autoescape=True),
        Client.last_name.icontains(word, autoescape=True),
        func.lower(Client.account_number) == word.lower(),
        Invoice.reference.iendswith(word, autoescape=True),
    )


def _begin(day: date, zone: str) -> datetime:
    # days that nobody means, typed by mistake, lie outside what can be put into UTC
    sane = min(max(day, date(1900, 1, 1)), date(9000, 1, 1))
    return datetime.combine(sane, time.min, ZoneInfo(zone))


def _rows(session: Session, conditions: list[ColumnElement[bool]], *, limit: int, offset: int) -> list[Row]:
    found = session.execute(
        select(Invoice, Client)
        .join(Client, Client.id == Invoice.client_id)
        .where(*conditions)
        .order_by(Invoice.created_at.desc(), Invoice.id.desc())
        .limit(limit)
        .offset(offset)
    ).all()
    patients = _patients(session, [invoice.id for invoice, _ in found])
    return [_row(invoice, client, patients[invoice.id]) for invoice, client in found]


def _patients(session: Session, invoice_ids: list[int]) -> dict[int, list[tuple[int, str, str]]]:
    found: dict[int, list[tuple[int, str, str]]] = defaultdict(list)
    if not invoice_ids:
        return found
    rows = session.execute(
        select(InvoiceLine.invoice_id, Patient.id, Patient.code, Patient.name)
        .join(Patient, Patient.id == InvoiceLine.patient_id)
        .where(InvoiceLine.invoice_id.in_(invoice_ids), InvoiceLine.removed_at.is_(None))
        .distinct()
        .order_by(InvoiceLine.invoice_id, Patient.code)
    )
    for invoice_id, patient_id, code, name in rows:
        found[invoice_id].append((patient_id, code, name or "(no name)"))
    return found


def _row(invoice: Invoice, client: Client, patients: list[tuple[int, str, str]]) -> Row:
    fields: dict[str, Any] = {
        name: getattr(invoice, name)
        for name in (
            "id",
            "title",
            "state",
            "revision",
            "created_at",
            "closed_at",
            "savings",
            "gross",
            "paid",
        )
    }
    return Row(
        **fields,
        client_id=client.id,
        client_code=client.account_number,
        client_name=client.name,
        patients=tuple(patients),
        balance=invoice.balance,
        incomplete=bool(invoice.incomplete),
        must_reprice=bool(invoice.must_reprice),
        ready=invoice.is_open and bool(patients) and invoice.balance == ZERO,
    )
