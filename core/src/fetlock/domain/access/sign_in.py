"""Signing in and out (H-4): the password's step, and opening a sign-in, which has a new token every time."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.database import Database
from fetlock.domain.access import attempts, passwords, second_factor
from fetlock.domain.access.attempts import Counted
from fetlock.domain.access.models import SignIn
from fetlock.domain.access.presence import hash_of
from fetlock.domain.audit.service import record
from fetlock.domain.staff.models import Staff
from fetlock.errors import FetlockError

_LONGEST_BROWSER: Final = 200


class SignInRefused(FetlockError):
    """Unknown name, wrong password or a deactivated employee: nobody learns which."""

    code = "sign_in_refused"

    def __init__(self, message: str = "Name or password is wrong.") -> None:
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a sign-in comes from. `replaces`: the token that the browser brought along, which ends."""

    address: str = ""
    browser: str = ""
    replaces: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new sign-in. `token` goes into the cookie and is kept nowhere else.

    `codes_left`: how many recovery codes are left where one was used up, else None.
    """

    token: str
    staff_id: int
    must_change_password: bool
    codes_left: int | None = None


@dataclass(frozen=True, slots=True)
class CodeNeeded:
    """The password was right, and a code of the second factor is needed; grants nothing by itself.

    `password_mark`: of the password that was checked. Another one since makes this worthless.
    """

    staff_id: int
    password_mark: str


def sign_in(database: Database, user_name: str, password: str, caller: Caller) -> SignedIn | CodeNeeded:
    """Sign an employee in, or as far as the second factor where they have one.

    Computes exactly one hash, whatever the name. Raises `SignInRefused`, `TooManyAttempts`, `Busy`.
    """
    name = Counted.name(user_name)
    attempt_id = attempts.begin(database, name, caller.address)
    with database.reading() as session:
        staff = session.scalar(
            select(Staff).where(func.lower(Staff.user_name) == user_name.strip().lower(), Staff.active)
        )
    stored = staff.password_hash if staff is not None else ""
    if not passwords.matches(stored, password[: passwords.LONGEST + 1]) or staff is None:
        staff_id = staff.id if staff is not None else None
        database.write(lambda session: _note_failure(session, staff_id, name, caller.address))
        raise SignInRefused
    renewed = passwords.hashed(password) if passwords.is_outdated(stored) else ""
    known = staff

    def go_on(session: Session) -> SignedIn | CodeNeeded:
        # only where the password is still the one that was checked
        fresh = session.scalar(
            select(Staff).where(Staff.id == known.id, Staff.active, Staff.password_hash == stored)
        )
        if fresh is None:
            raise SignInRefused
        if renewed:
            fresh.password_hash = renewed
        if second_factor.is_on(session, fresh.id):
            attempts.forget(session, attempt_id)  # neither failed nor done: earlier failures still count
            return CodeNeeded(fresh.id, password_mark(fresh))
        attempts.clear(session, name)
        return open_and_record(session, fresh, caller)

    return database.write(go_on)


def open_and_record(
    session: Session, staff: Staff, caller: Caller, *, with_: str = "password", codes_left: int | None = None
) -> SignedIn:
    """Open a sign-in of somebody who has proven who they are, in place of what the browser had."""
    if caller.replaces:
        _end(session, SignIn.token_hash == hash_of(caller.replaces))
    token = open_for(session, staff.id, caller)
    detail = {"address": caller.address[:60], "with": with_}
    record(session, "staff.signed_in", staff_id=staff.id, subject=f"staff:{staff.id}", detail=detail)
    return SignedIn(token, staff.id, staff.must_change_password, codes_left)


def open_for(session: Session, staff_id: int, caller: Caller | None = None) -> str:
    """Open a sign-in of this employee and answer its new token."""
    caller = caller or Caller()
    token = secrets.token_urlsafe(32)
    now = clock.now()
    session.add(
        SignIn(
            token_hash=hash_of(token),
            staff_id=staff_id,
            created_at=now,
            last_seen_at=now,
            address=caller.address[:60],
            browser=caller.browser[:_LONGEST_BROWSER],
        )
    )
    return token


def password_mark(staff: Staff) -> str:
    """Tells one password of an employee from the next, and nothing about either."""
    return hashlib.sha256(f"fetlock password mark {staff.password_hash}".encode()).hexdigest()


def sign_out(session: Session, sign_in_id: int, staff_id: int) -> None:
    """End one sign-in."""
    _end(session, SignIn.id == sign_in_id)
    record(session, "staff.signed_out", staff_id=staff_id, subject=f"staff:{staff_id}")


def end_all(session: Session, staff_id: int, *, but: int | None = None) -> None:
    """End every open sign-in of an employee, from their next request on (H-2); `but`: one that stays."""
    _end(session, SignIn.staff_id == staff_id, SignIn.id != (but or 0))


def _end(session: Session, *conditions: object) -> None:
    session.execute(
        update(SignIn)
        .where(*conditions, SignIn.ended_at.is_(None))  # type: ignore[arg-type]  # column expressions
        .values(ended_at=clock.now())
    )


def _note_failure(session: Session, staff_id: int | None, name: Counted, address: str) -> None:
    # the name itself is left out: people type passwords into that field
    record(
        session,
        "staff.sign_in_failed",
        staff_id=None,
        subject=f"staff:{staff_id}" if staff_id is not None else "",
        detail={"address": address[:60], "name": name.key[:16]},
    )
