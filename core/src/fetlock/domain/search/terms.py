"""The words under which a client or a patient is found, and keeping them in step with the records."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from fetlock.domain.clients.models import Client, ClientEmail, ClientPhone
from fetlock.domain.clients.phones import digits_of, searched_forms
from fetlock.domain.patients.models import Patient, PatientAlias
from fetlock.domain.search.folding import fold, indexed_words
from fetlock.domain.search.models import SearchTerm, TermKind

BACKWARDS: Final = "<"
"""Begins a number written backwards: so its last digits are found as quickly as its first."""

_LONGEST: Final = 254
Row = dict[str, Any]


def client_terms(
    client_id: int,
    *,
    account_number: str,
    names: Iterable[str],
    phones: Iterable[str] = (),
    emails: Iterable[str] = (),
) -> list[Row]:
    """Rows of `search_term` for a client. `phones` in stored form (+18605550142)."""
    found: list[tuple[TermKind, str]] = [(TermKind.CODE, fold(account_number))]
    found += [(TermKind.NAME, word) for name in names for word in indexed_words(name)]
    for phone in phones:
        found += [(TermKind.PHONE, form) for form in searched_forms(phone)]
        if digits := digits_of(phone):
            found.append((TermKind.PHONE, BACKWARDS + digits[::-1]))
    for address in emails:
        found.append((TermKind.EMAIL, fold(address)))
        local, _, domain = address.partition("@")
        found += [(TermKind.EMAIL, word) for word in indexed_words(f"{local} {domain.partition('.')[0]}")]
    return _rows(found, client_id=client_id, patient_id=None)


def patient_terms(
    patient_id: int, *, name: str, code: str, microchip: str = "", aliases: Iterable[str] = ()
) -> list[Row]:
    """Rows of `search_term` for a patient. A microchip is found with or without its blanks."""
    found: list[tuple[TermKind, str]] = [(TermKind.CODE, fold(each)) for each in (code, *aliases)]
    found += [(TermKind.NAME, word) for word in indexed_words(name)]
    if chip := fold("".join(microchip.split())):
        found.append((TermKind.CHIP, chip))
        found.append((TermKind.CHIP, BACKWARDS + chip[::-1]))
    return _rows(found, client_id=None, patient_id=patient_id)


def store(session: Session, rows: Sequence[Row]) -> None:
    """Insert rows of many clients and patients at once."""
    if rows:
        session.execute(insert(SearchTerm), rows)


def refresh_clients(session: Session, client_ids: Iterable[int]) -> None:
    """Write the words of these clients anew from their records."""
    for client_id in sorted(client_ids):
        session.execute(delete(SearchTerm).where(SearchTerm.client_id == client_id))
        client = session.execute(
            select(Client.account_number, Client.first_name, Client.last_name).where(Client.id == client_id)
        ).first()
        if client is None:
            continue
        rows = client_terms(
            client_id,
            account_number=client.account_number,
            names=(client.first_name, client.last_name),
            phones=session.scalars(
                select(ClientPhone.digits).where(ClientPhone.client_id == client_id)
            ).all(),
            emails=session.scalars(
                select(ClientEmail.address).where(ClientEmail.client_id == client_id)
            ).all(),
        )
        store(session, rows)


def refresh_patients(session: Session, patient_ids: Iterable[int]) -> None:
    """Write the words of these patients anew from their records."""
    for patient_id in sorted(patient_ids):
        session.execute(delete(SearchTerm).where(SearchTerm.patient_id == patient_id))
        patient = session.execute(
            select(Patient.name, Patient.code, Patient.microchip).where(Patient.id == patient_id)
        ).first()
        if patient is None:
            continue
        aliases = session.scalars(
            select(PatientAlias.code).where(PatientAlias.patient_id == patient_id)
        ).all()
        rows = patient_terms(
            patient_id, name=patient.name, code=patient.code, microchip=patient.microchip, aliases=aliases
        )
        store(session, rows)


def follow(session: Session) -> None:
    """After a flush: refresh the words of every client and patient that it touched."""
    clients: set[int] = set()
    patients: set[int] = set()
    for changed in (*session.new, *session.dirty, *session.deleted):
        if isinstance(changed, Client):
            clients.add(changed.id)
        elif isinstance(changed, (ClientPhone, ClientEmail)):
            clients.add(changed.client_id or 0)
        elif isinstance(changed, Patient):
            patients.add(changed.id)
        elif isinstance(changed, PatientAlias):
            patients.add(changed.patient_id)
    if clients or patients:
        with session.no_autoflush:
            refresh_clients(session, clients)
            refresh_patients(session, patients)


def _rows(
    found: Iterable[tuple[TermKind, str]], *, client_id: int | None, patient_id: int | None
) -> list[Row]:
    unique = dict.fromkeys((kind.value, term[:_LONGEST]) for kind, term in found if term)
    return [
        {"term": term, "kind": kind, "client_id": client_id, "patient_id": patient_id}
        for kind, term in unique
    ]
