"""Patients as the database holds them and as they shall be written, in bulk (H-15)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.orm import Session

from fetlock.domain.clients.models import Client
from fetlock.domain.patients.models import Patient, PatientAlias
from fetlock.domain.search import terms
from fetlock.domain.search.models import SearchTerm
from fetlock.imports.patient_matching import EMPTY, HeldPatient
from fetlock.imports.steps import Action, Settings, Step, changed_meanwhile, looked_up


@dataclass(slots=True)
class Book:
    """What is known of the patients of a file. Codes in upper case; `taken` are all there are or were."""

    by_owner: dict[int, list[HeldPatient]] = field(default_factory=lambda: defaultdict(list))
    by_code: dict[str, HeldPatient] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)


@dataclass(slots=True)
class PatientWrite:
    """What is written for a row: the whole record as it shall be, and what was there before."""

    client_id: int
    code: str
    values: dict[str, Any]
    held: HeldPatient | None = None


def owners(session: Session, numbers: Iterable[str], owner: tuple[int, str] | None) -> dict[str, int]:
    """The client's id for each account number; the empty one stands for the owner of all."""
    rows = looked_up(
        {number for number in numbers if number},
        lambda some: session.execute(
            select(Client.account_number, Client.id).where(Client.account_number.in_(some))
        ),
    )
    found = {row.account_number: row.id for row in rows}
    return found if owner is None else found | {"": owner[0]}


def load(session: Session, client_ids: Collection[int], wanted_codes: Iterable[str]) -> Book:
    """The patients of these clients, and those that have or had one of these codes."""
    columns = select(
        Patient.id, Patient.revision, Patient.client_id, Patient.code, *(getattr(Patient, n) for n in EMPTY)
    )
    book = Book()
    for row in looked_up(client_ids, lambda ids: session.execute(columns.where(Patient.client_id.in_(ids)))):
        patient = _held(row)
        book.by_owner[patient.client_id].append(patient)
        book.by_code[patient.code.upper()] = patient
    wanted = {code.upper() for code in wanted_codes if code} - book.by_code.keys()
    for row in looked_up(
        wanted, lambda some: session.execute(columns.where(func.upper(Patient.code).in_(some)))
    ):
        book.by_code[row.code.upper()] = _held(row)
    for row in looked_up(
        wanted,
        lambda some: session.execute(
            columns.add_columns(PatientAlias.code.label("former"))
            .join(PatientAlias, PatientAlias.patient_id == Patient.id)
            .where(func.upper(PatientAlias.code).in_(some))
        ),
    ):
        book.by_code.setdefault(row.former.upper(), _held(row))
    book.taken = {
        code.upper()
        for column in (Patient.code, PatientAlias.code)
        for code in session.scalars(select(column))
    }
    return book


def write(session: Session, steps: Sequence[Step], settings: Settings) -> None:
    """Write a portion: new patients in one statement, changed ones in another, then their words."""
    new = [step.payload for step in steps if step.action is Action.CREATE]
    pairs: list[tuple[int, PatientWrite]] = []
    if new:
        statement = insert(Patient).returning(Patient.id, sort_by_parameter_order=True)
        rows = [
            each.values | {"client_id": each.client_id, "code": each.code, "created_at": settings.now}
            for each in new
        ]
        pairs += zip(session.scalars(statement, rows), new, strict=True)
    pairs += _update(session, [step for step in steps if step.action is Action.UPDATE])
    former = defaultdict(list)
    for alias in looked_up(
        [key for key, each in pairs if each.held is not None],
        lambda ids: session.execute(
            select(PatientAlias.patient_id, PatientAlias.code).where(PatientAlias.patient_id.in_(ids))
        ),
    ):
        former[alias.patient_id].append(alias.code)
    terms.store(
        session,
        [
            term
            for key, each in pairs
            for term in terms.patient_terms(
                key,
                name=each.values["name"],
                code=each.code,
                microchip=each.values["microchip"],
                aliases=former[key],
            )
        ],
    )


def _update(session: Session, steps: Sequence[Step]) -> list[tuple[int, PatientWrite]]:
    revisions = {step.payload.held.id: step.payload.held.revision for step in steps}
    late = changed_meanwhile(session, Patient, revisions) if revisions else set()
    pairs = []
    for step in steps:
        if step.payload.held.id in late:
            step.action, step.reason = Action.REJECT, "Somebody changed this patient just now. Import again."
        else:
            pairs.append((step.payload.held.id, step.payload))
    if pairs:
        session.execute(
            update(Patient),
            [each.values | {"id": key, "revision": each.held.revision + 1} for key, each in pairs],
        )
        session.execute(delete(SearchTerm).where(SearchTerm.patient_id.in_([key for key, _ in pairs])))
    return pairs


def _held(row: Row[Any]) -> HeldPatient:
    values = {name: getattr(row, name) for name in EMPTY}
    return HeldPatient(row.id, row.revision, row.client_id, row.code, values)
