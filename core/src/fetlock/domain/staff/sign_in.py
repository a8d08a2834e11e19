"""Signing in and out (H-4): attempts are counted in the database, and every sign-in has a new token."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.database import Database
from fetlock.domain.audit.service import record
from fetlock.domain.staff import passwords
from fetlock.domain.staff.models import SignIn, SignInAttempt, Staff
from fetlock.domain.staff.presence import hash_of
from fetlock.errors import FetlockError

WINDOW: Final = timedelta(minutes=15)
FAILURES_OF_A_NAME: Final = 8
FAILURES_OF_AN_ADDRESS: Final = 40
"""A clinic's workstations share one address, so it bears more than a name does."""
_KEPT: Final = timedelta(days=1)


class SignInRefused(FetlockError):
    """Unknown name, wrong password or a deactivated employee: nobody learns which."""

    code = "sign_in_refused"

    def __init__(self) -> None:
        super().__init__("Name or password is wrong.")


class TooManyAttempts(FetlockError):
    """Too many failures of this name or from this address; said whether the name exists or not."""

    code = "too_many_attempts"

    def __init__(self) -> None:
        minutes = int(WINDOW.total_seconds() // 60)
        super().__init__(
            f"Too many attempts. Wait {minutes} minutes and try again, or ask an administrator for help."
        )


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new sign-in. `token` goes into the cookie and is kept nowhere else."""

    token: str
    staff_id: int
    must_change_password: bool


def sign_in(
    database: Database, user_name: str, password: str, address: str, *, replaces: str = ""
) -> SignedIn:
    """Sign an employee in. `replaces`: the token that the browser brought along, which ends.

    Computes exactly one hash, whatever the name. Raises `SignInRefused`, `TooManyAttempts`, `Busy`.
    """
    name_hash = _hash_of_name(user_name)
    address = address[:60]
    # Counted before the hash: of many attempts sent at once, each sees all the others.
    attempt_id = database.write(lambda session: _begin_attempt(session, name_hash, address))
    with database.reading() as session:
        refused = _too_many(session, name_hash, address)
        staff = session.scalar(
            select(Staff).where(func.lower(Staff.user_name) == user_name.strip().lower(), Staff.active)
        )
    if refused:
        database.write(lambda session: _forget_attempt(session, attempt_id))
        raise TooManyAttempts
    stored = staff.password_hash if staff is not None else ""
    if not passwords.matches(stored, password[: passwords.LONGEST + 1]) or staff is None:
        staff_id = staff.id if staff is not None else None
        database.write(lambda session: _note_failure(session, staff_id, name_hash, address))
        raise SignInRefused
    renewed = passwords.hashed(password) if passwords.is_outdated(stored) else ""
    known = staff

    def open_sign_in(session: Session) -> SignedIn:
        # only where the password is still the one that was checked
        fresh = session.scalar(
            select(Staff).where(Staff.id == known.id, Staff.active, Staff.password_hash == stored)
        )
        if fresh is None:
            raise SignInRefused
        if renewed:
            fresh.password_hash = renewed
        session.execute(delete(SignInAttempt).where(SignInAttempt.user_name_hash == name_hash))
        if replaces:
            _end(session, SignIn.token_hash == hash_of(replaces))
        token = open_for(session, fresh.id)
        record(
            session,
            "staff.signed_in",
            staff_id=fresh.id,
            subject=f"staff:{fresh.id}",
            detail={"address": address},
        )
        return SignedIn(token, fresh.id, fresh.must_change_password)

    return database.write(open_sign_in)


def open_for(session: Session, staff_id: int) -> str:
    """Open a sign-in of this employee and answer its new token."""
    token = secrets.token_urlsafe(32)
    now = clock.now()
    session.add(SignIn(token_hash=hash_of(token), staff_id=staff_id, created_at=now, last_seen_at=now))
    return token


def sign_out(session: Session, sign_in_id: int, staff_id: int) -> None:
    """End one sign-in."""
    _end(session, SignIn.id == sign_in_id)
    record(session, "staff.signed_out", staff_id=staff_id, subject=f"staff:{staff_id}")


def end_all(session: Session, staff_id: int) -> None:
    """End every open sign-in of an employee, from their next request on (H-2)."""
    _end(session, SignIn.staff_id == staff_id)


def _end(session: Session, condition: object) -> None:
    session.execute(
        update(SignIn)
        .where(condition, SignIn.ended_at.is_(None))  # type: ignore[arg-type]  # a column expression
        .values(ended_at=clock.now())
    )


def _begin_attempt(session: Session, name_hash: str, address: str) -> int:
    now = clock.now()
    session.execute(delete(SignInAttempt).where(SignInAttempt.at < now - _KEPT))
    attempt = SignInAttempt(user_name_hash=name_hash, address=address, at=now)
    session.add(attempt)
    session.flush()
    return attempt.id


def _forget_attempt(session: Session, attempt_id: int) -> None:
    """A refused attempt doesn't count: else hammering would keep a name locked for ever."""
    session.execute(delete(SignInAttempt).where(SignInAttempt.id == attempt_id))


def _too_many(session: Session, name_hash: str, address: str) -> bool:
    since = clock.now() - WINDOW
    counted = select(func.count()).select_from(SignInAttempt).where(SignInAttempt.at > since)
    of_name, of_address = session.execute(
        select(
            counted.where(SignInAttempt.user_name_hash == name_hash).scalar_subquery(),
            counted.where(SignInAttempt.address == address).scalar_subquery(),
        )
    ).one()
    return bool(of_name > FAILURES_OF_A_NAME or of_address > FAILURES_OF_AN_ADDRESS)


def _note_failure(session: Session, staff_id: int | None, name_hash: str, address: str) -> None:
    # the name itself is left out: people type passwords into that field
    record(
        session,
        "staff.sign_in_failed",
        staff_id=None,
        subject=f"staff:{staff_id}" if staff_id is not None else "",
        detail={"address": address, "name": name_hash[:16]},
    )


def _hash_of_name(user_name: str) -> str:
    return hashlib.sha256(f"fetlock user name {user_name.strip().lower()}".encode()).hexdigest()
