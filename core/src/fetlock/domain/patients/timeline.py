"""A patient's record on one line of time: weights, treatment, invoices, messages, alerts (H-14).

One statement, whatever there is: each kind gives its newest entries, and the database merges them.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Select,
    String,
    and_,
    bindparam,
    exists,
    func,
    literal,
    literal_column,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session

from fetlock.database.types import MONEY_PLACES, QUANTITY_PLACES, UtcDateTime
from fetlock.domain.catalogue.models import Product
from fetlock.domain.invoices.models import Invoice, InvoiceLine
from fetlock.domain.messages.models import Message
from fetlock.domain.patients.models import Patient, PatientAlert, PatientAlias, PatientWeight
from fetlock.domain.staff.models import Staff
from fetlock.domain.treatment.models import TreatmentItem

Part = Select[*tuple[Any, ...]]
_PATIENT: Final = bindparam("patient_id", type_=BigInteger)
_SITE: Final = bindparam("site_id", type_=BigInteger)


class EntryKind(StrEnum):
    """What an entry is; filters are called so in addresses."""

    WEIGHT = "weight"
    TREATMENT = "treatment"
    INVOICE = "invoice"
    MESSAGE = "message"
    ALERT = "alert"
    RECORD = "record"


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry. What the fields hold depends on `kind`:

    weight: `amount` kilograms, `unit` as entered. treatment: `title` product, `code`, `amount` quantity,
    `unit`, `note`. invoice: `title` its number, `code` closed, or opened while it is open, `amount` its
    total, `ref` its id.
    message: `title` subject, `code` channel, `note` state. alert: `title` its text, `code` severe, mild or
    ended. record: `title` the id it had before a change of owner, `code` made or moved.
    """

    kind: EntryKind
    at: datetime
    ref: int
    title: str
    code: str
    note: str
    unit: str
    amount: Decimal | None
    by: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """A part of the record, newest first; `more`: there are older entries."""

    entries: tuple[Entry, ...]
    more: bool


def timeline(
    session: Session,
    patient_id: int,
    site_id: int,
    kinds: Collection[EntryKind],
    *,
    skip: int = 0,
    limit: int = 50,
) -> Timeline:
    """The entries of these kinds; invoices and messages are those of this site."""
    if not kinds:
        return Timeline((), False)
    values = {
        "patient_id": patient_id,
        "site_id": site_id,
        "most": skip + limit + 1,
        "skip": skip,
        "wanted": limit + 1,
    }
    rows = session.execute(_entries_of(frozenset(kinds)), values).all()
    return Timeline(tuple(map(_entry, rows[:limit])), len(rows) > limit)


def counts(
    session: Session, patient_id: int, site_id: int, kinds: Collection[EntryKind]
) -> dict[EntryKind, int]:
    """How many entries there are of each kind, in one statement."""
    wanted = [kind for kind in EntryKind if kind in kinds]
    if not wanted:
        return {}
    values = {"patient_id": patient_id, "site_id": site_id}
    row = session.execute(_counts_of(frozenset(kinds)), values).one()
    return dict(zip(wanted, row, strict=True))


# Statements are put together once for each set of kinds: doing so for every page took most of its time.
@lru_cache(maxsize=64)
def _entries_of(kinds: frozenset[EntryKind]) -> Part:
    parts = [part for kind in EntryKind if kind in kinds for part in _SOURCES[kind]()]
    newest = [
        select(part.order_by(part.selected_columns.at.desc()).limit(bindparam("most")).subquery())
        for part in parts
    ]
    merged = union_all(*newest).subquery()
    return (
        select(*merged.c, Staff.initials)
        .outerjoin(Staff, Staff.id == merged.c.staff_id)
        .order_by(merged.c.at.desc(), merged.c.kind, merged.c.ref.desc())
        .offset(bindparam("skip"))
        .limit(bindparam("wanted"))
    )


@lru_cache(maxsize=64)
def _counts_of(kinds: frozenset[EntryKind]) -> Part:
    return select(
        *(
            select(func.count()).select_from(union_all(*_SOURCES[kind]()).subquery()).scalar_subquery()
            for kind in EntryKind
            if kind in kinds
        )
    )


def _part(
    kind: EntryKind,
    at: Any,
    ref: Any,
    *,
    title: Any = "",
    code: Any = "",
    note: Any = "",
    unit: Any = "",
    amount: Any = None,
    staff_id: Any = None,
) -> Part:
    def text(value: Any) -> Any:
        return literal_column(f"'{value}'", String) if isinstance(value, str) else type_coerce(value, String)

    return select(
        literal_column(f"'{kind.value}'", String).label("kind"),
        type_coerce(at, UtcDateTime).label("at"),
        ref.label("ref"),
        text(title).label("title"),
        text(code).label("code"),
        text(note).label("note"),
        text(unit).label("unit"),
        (literal(None, BigInteger) if amount is None else type_coerce(amount, BigInteger)).label("amount"),
        (literal(None, BigInteger) if staff_id is None else staff_id).label("staff_id"),
    )


def _weights() -> list[Part]:
    weight = PatientWeight
    return [
        _part(
            EntryKind.WEIGHT,
            weight.measured_at,
            weight.id,
            unit=weight.entered_unit,
            amount=weight.kilograms,
            staff_id=weight.staff_id,
        ).where(weight.patient_id == _PATIENT)
    ]


def _treatment() -> list[Part]:
    item = TreatmentItem
    return [
        _part(
            EntryKind.TREATMENT,
            item.created_at,
            item.id,
            title=Product.name,
            code=Product.code,
            note=item.note,
            unit=Product.unit,
            amount=item.quantity,
            staff_id=func.coalesce(item.provider_id, item.created_by),
        )
        .join(Product, Product.id == item.product_id)
        .where(item.patient_id == _PATIENT, item.removed_at.is_(None))
    ]


def _invoices() -> list[Part]:
    mine = and_(
        Invoice.site_id == _SITE,
        exists().where(
            InvoiceLine.invoice_id == Invoice.id,
            InvoiceLine.patient_id == _PATIENT,
            InvoiceLine.removed_at.is_(None),
        ),
    )
    return [
        _part(
            EntryKind.INVOICE,
            at,
            Invoice.id,
            title=func.coalesce(Invoice.reference, ""),
            code=code,
            note=Invoice.state,
            amount=Invoice.gross,
        ).where(mine, condition)
        for at, code, condition in (
            (Invoice.created_at, "opened", Invoice.closed_at.is_(None)),
            (Invoice.closed_at, "closed", Invoice.closed_at.is_not(None)),
        )
    ]


def _messages() -> list[Part]:
    return [
        _part(
            EntryKind.MESSAGE,
            Message.created_at,
            Message.id,
            title=Message.subject,
            code=Message.channel,
            note=Message.state,
            staff_id=Message.created_by,
        ).where(Message.patient_id == _PATIENT, Message.site_id == _SITE)
    ]


def _alerts() -> list[Part]:
    alert = PatientAlert
    begun = [
        _part(EntryKind.ALERT, alert.created_at, alert.id, title=alert.text, code=code).where(
            alert.patient_id == _PATIENT, alert.severe.is_(severe)
        )
        for code, severe in (("severe", True), ("mild", False))
    ]
    ended = _part(EntryKind.ALERT, alert.ended_at, alert.id, title=alert.text, code="ended").where(
        alert.patient_id == _PATIENT, alert.ended_at.is_not(None)
    )
    return [*begun, ended]


def _record() -> list[Part]:
    made = _part(EntryKind.RECORD, Patient.created_at, Patient.id, title=Patient.code, code="made")
    alias = PatientAlias
    moved = _part(EntryKind.RECORD, alias.until, alias.id, title=alias.code, code="moved")
    return [
        made.where(Patient.id == _PATIENT),
        moved.where(alias.patient_id == _PATIENT),
    ]


_SOURCES: Final = {
    EntryKind.WEIGHT: _weights,
    EntryKind.TREATMENT: _treatment,
    EntryKind.INVOICE: _invoices,
    EntryKind.MESSAGE: _messages,
    EntryKind.ALERT: _alerts,
    EntryKind.RECORD: _record,
}


def _entry(row: Any) -> Entry:
    kind = EntryKind(row.kind)
    places = MONEY_PLACES if kind is EntryKind.INVOICE else QUANTITY_PLACES
    return Entry(
        kind=kind,
        at=row.at,
        ref=row.ref,
        title=row.title or "",
        code=row.code or "",
        note=row.note or "",
        unit=row.unit or "",
        amount=None if row.amount is None else Decimal(row.amount).scaleb(-places),
        by=row.initials or "",
    )
