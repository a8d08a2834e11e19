"""The search: clients, patients and invoices for what somebody typed, best first (H-12)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, or_, select, union
from sqlalchemy.orm import Session

from fetlock.domain.clients.models import Client, ClientPhone
from fetlock.domain.invoices.models import Invoice
from fetlock.domain.patients.models import Patient, PatientAlias
from fetlock.domain.search.folding import fold, words
from fetlock.domain.search.models import SearchTerm
from fetlock.domain.search.query import Query, understand

_END: Final = "\U0010ffff"
_CANDIDATES: Final = 300
"""So many hits of the rarest word are looked at, those that equal it first, before they are ranked."""
_SHORTEST_INSIDE: Final = 3
_QUICKLY_SCANNED: Final = 100_000
"""So many words are looked through within some 30 ms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPatient:
    """A patient that was found. `former_code`: the id it had before, where that is what was typed."""

    id: int
    code: str
    name: str
    species: str
    breed: str
    microchip: str
    deceased_on: date | None
    active: bool
    client_id: int
    client_name: str
    client_code: str
    former_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundClient:
    """A client that was found; `phone` is the first one, in stored form."""

    id: int
    code: str
    name: str
    city: str
    phone: str
    active: bool
    patients: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundInvoice:
    """An invoice of the site, found by its number."""

    id: int
    title: str
    state: str
    client_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What was found, each kind best first."""

    query: Query
    patients: tuple[FoundPatient, ...] = ()
    clients: tuple[FoundClient, ...] = ()
    invoices: tuple[FoundInvoice, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.patients or self.clients or self.invoices)


def find(
    session: Session,
    text: str,
    *,
    site_id: int,
    region: str,
    limit: int = 8,
    with_invoices: bool = True,
    thorough: bool = False,
) -> Results:
    """Find at most `limit` of each kind; every word typed must be met by the record or by its owner.

    Words are met by their beginnings. Where nothing is found so, also by their middles: always when
    `thorough`, else only in a clinic small enough for it to be quick while somebody types.
    """
    query = understand(text, region)
    if query.is_empty:
        return Results(query=query)
    patients = _patients(session, query, inside=False)
    clients = _clients(session, query, inside=False)
    long_enough = all(len(each[0]) >= _SHORTEST_INSIDE for each in query.wanted)
    if not patients and not clients and long_enough and (thorough or _is_small(session)):
        patients = _patients(session, query, inside=True)
        clients = _clients(session, query, inside=True)
    return Results(
        query=query,
        patients=tuple(sorted(patients, key=lambda found: _patient_rank(found, query))[:limit]),
        clients=tuple(sorted(clients, key=lambda found: _client_rank(found, query.whole))[:limit]),
        invoices=_invoices(session, query, site_id, limit) if with_invoices else (),
    )


def _is_small(session: Session) -> bool:
    return (session.scalar(select(func.max(SearchTerm.id))) or 0) <= _QUICKLY_SCANNED


def _met(prefixes: Sequence[str], *, inside: bool) -> ColumnElement[bool]:
    """The term begins with one of these, or (`inside`) holds the first anywhere."""
    if inside:
        return SearchTerm.term.contains(prefixes[0], autoescape=True)
    return or_(*(and_(SearchTerm.term >= each, SearchTerm.term < each + _END) for each in prefixes))


def _patients(session: Session, query: Query, *, inside: bool) -> list[FoundPatient]:
    driver = _met(query.driver, inside=inside)
    own = (
        select(SearchTerm.patient_id.label("id"))
        .where(driver, SearchTerm.patient_id.is_not(None))
        .order_by(SearchTerm.term)
        .limit(_CANDIDATES)
        .subquery()
    )
    owners = (
        select(SearchTerm.client_id.label("id"))
        .where(driver, SearchTerm.client_id.is_not(None))
        .order_by(SearchTerm.term)
        .limit(_CANDIDATES)
        .subquery()
    )
    candidates = union(
        select(own.c.id), select(Patient.id).join(owners, owners.c.id == Patient.client_id)
    ).subquery()
    statement = (
        select(Patient.__table__, Client.first_name, Client.last_name, Client.account_number)
        .join(candidates, candidates.c.id == Patient.id)
        .join(Client, Client.id == Patient.client_id)
        .limit(_CANDIDATES)
    )
    for prefixes in query.wanted:
        if prefixes != query.driver:
            statement = statement.where(
                or_(
                    _has(SearchTerm.patient_id == Patient.id, prefixes, inside),
                    _has(SearchTerm.client_id == Client.id, prefixes, inside),
                )
            )
    rows = session.execute(statement).all()
    return [_patient(row, former) for row, former in zip(rows, _formers(session, rows, query), strict=True)]


def _clients(session: Session, query: Query, *, inside: bool) -> list[FoundClient]:
    candidates = (
        select(SearchTerm.client_id.label("id"))
        .where(_met(query.driver, inside=inside), SearchTerm.client_id.is_not(None))
        .order_by(SearchTerm.term)
        .limit(_CANDIDATES)
        .subquery()
    )
    phone = (
        select(ClientPhone.digits)
        .where(ClientPhone.client_id == Client.id)
        .order_by(ClientPhone.position)
        .limit(1)
        .scalar_subquery()
    )
    patients = select(func.count()).where(Patient.client_id == Client.id).scalar_subquery()
    statement: Select[Any] = select(Client.__table__, phone.label("phone"), patients.label("patients")).where(
        Client.id.in_(select(candidates.c.id))
    )
    for prefixes in query.wanted:
        if prefixes != query.driver:
            statement = statement.where(_has(SearchTerm.client_id == Client.id, prefixes, inside))
    return [
        FoundClient(
            id=row.id,
            code=row.account_number,
            name=_full_name(row),
            city=row.city,
            phone=row.phone or "",
            active=row.active,
            patients=row.patients,
        )
        for row in session.execute(statement)
    ]


def _has(whose: ColumnElement[bool], prefixes: Sequence[str], inside: bool) -> ColumnElement[bool]:
    return exists().where(whose, _met(prefixes, inside=inside))


def _invoices(session: Session, query: Query, site_id: int, limit: int) -> tuple[FoundInvoice, ...]:
    typed = query.text.upper().replace(" ", "")
    draft = typed.removeprefix("DRAFT")
    wanted = [Invoice.reference == typed]
    if _is_number(typed):
        wanted.append(Invoice.number == int(typed))
    if draft != typed and _is_number(draft):
        wanted.append(and_(Invoice.id == int(draft), Invoice.reference.is_(None)))
    rows = session.execute(
        select(Invoice, Client)
        .join(Client, Client.id == Invoice.client_id)
        .where(Invoice.site_id == site_id, or_(*wanted))
        .order_by(Invoice.number)
        .limit(limit)
    )
    return tuple(
        FoundInvoice(id=invoice.id, title=invoice.title, state=invoice.state, client_name=client.name)
        for invoice, client in rows
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9


def _formers(session: Session, rows: Sequence[Row[Any]], query: Query) -> list[str]:
    """For each patient the id it had once, if that is what was typed."""
    typed = query.whole.upper()
    ids = [row.id for row in rows if not row.code.upper().startswith(typed)]
    if not ids or len(query.wanted) > 1:
        return [""] * len(rows)
    aliases = session.execute(
        select(PatientAlias.patient_id, PatientAlias.code).where(
            PatientAlias.patient_id.in_(ids), func.upper(PatientAlias.code).startswith(typed, autoescape=True)
        )
    )
    by_patient = {alias.patient_id: alias.code for alias in aliases}
    return [by_patient.get(row.id, "") for row in rows]


def _patient(row: Row[Any], former_code: str) -> FoundPatient:
    return FoundPatient(
        id=row.id,
        code=row.code,
        name=row.name or "(no name)",
        species=row.species,
        breed=row.breed,
        microchip=row.microchip,
        deceased_on=row.deceased_on,
        active=row.active,
        client_id=row.client_id,
        client_name=_full_name(row),
        client_code=row.account_number,
        former_code=former_code,
    )


def _full_name(row: Row[Any]) -> str:
    return " ".join(part for part in (row.first_name, row.last_name) if part) or "(no name)"


def _patient_rank(found: FoundPatient, query: Query) -> tuple[Any, ...]:
    """Its id first; then who bears the words in its own name, before who is found by its owner's."""
    whole = query.whole
    exact = whole in (fold(found.code), fold(found.former_code), fold(found.microchip))
    gone = not found.active or found.deceased_on is not None
    name = fold(found.name)
    own = [word for word in words(found.name) if word.startswith(tuple(each[0] for each in query.wanted))]
    return (not exact, gone, -len(own), not name.startswith(whole), name, found.id)


def _client_rank(found: FoundClient, whole: str) -> tuple[Any, ...]:
    exact = whole == fold(found.code)
    name = fold(found.name)
    return (not exact, not found.active, not name.startswith(whole), name, found.id)
