"""Readable patient ids: the client's account number and letters, 57A to 57Z, then 57AA (H-11)."""

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from fetlock.domain.patients.models import Patient, PatientAlias

LONGEST: Final = 50
_BASE: Final = 26
_POSSIBLE = re.compile(r"[^\W_](?:[\w./-]|[ ](?=\S))*")


def letters(index: int) -> str:
    """0 is A, 25 is Z, 26 is AA, 701 is ZZ, 702 is AAA."""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, _BASE)
        text = chr(ord("A") + rest) + text
    return text


def index_of(text: str) -> int | None:
    """The inverse of `letters`; None for anything else."""
    if not text or not all("A" <= sign <= "Z" for sign in text):
        return None
    index = 0
    for sign in text:
        index = index * _BASE + ord(sign) - ord("A") + 1
    return index - 1


def free_codes(account_number: str, own: Iterable[str], taken: Collection[str]) -> Iterator[str]:
    """The codes that a client's next patients get, one after another.

    `own`: codes of the client's present patients, after the highest of which it goes on.
    `taken`: codes that nobody may get, in upper case: of any patient, and those kept as aliases.
    """
    used = [index_of(code[len(account_number) :]) for code in own if code.startswith(account_number)]
    index = max((number for number in used if number is not None), default=-1) + 1
    while True:
        code = account_number + letters(index)
        if code.upper() not in taken:
            yield code
        index += 1


def next_code(session: Session, client_id: int, account_number: str) -> str:
    """The code that this client's next patient gets."""
    own = session.scalars(select(Patient.code).where(Patient.client_id == client_id))
    return next(code for code in free_codes(account_number, own, ()) if not is_taken(session, code))


def find(session: Session, code: str) -> Patient | None:
    """The patient with this readable id, or that had it before a change of owner; case does not matter."""
    wanted = code.strip().upper()
    if not wanted:
        return None
    patient = session.scalar(select(Patient).where(func.upper(Patient.code) == wanted))
    if patient is not None:
        return patient
    return session.scalar(
        select(Patient)
        .join(PatientAlias, PatientAlias.patient_id == Patient.id)
        .where(func.upper(PatientAlias.code) == wanted)
    )


def is_taken(session: Session, code: str, *, but_patient_id: int | None = None) -> bool:
    """Whether a patient has this code, or had it once; `but_patient_id` may have it itself."""
    wanted = code.upper()
    patient = exists().where(func.upper(Patient.code) == wanted, Patient.id != (but_patient_id or 0))
    alias = exists().where(
        func.upper(PatientAlias.code) == wanted, PatientAlias.patient_id != (but_patient_id or 0)
    )
    return bool(session.scalar(select(patient | alias)))


def fault(code: str) -> str | None:
    """Why this cannot be a patient's id, or None."""
    if len(code) > LONGEST:
        return f"A patient id has at most {LONGEST} characters."
    if not _POSSIBLE.fullmatch(code):
        return "A patient id is made of letters and digits, with - . / between them."
    return None
