"""Between password and code: a sealed note that lasts minutes and opens nothing but the code's page (H-4)."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.database import Database
from fetlock.domain.access import attempts, second_factor
from fetlock.domain.access.attempts import Counted
from fetlock.domain.access.sign_in import (
    Caller,
    CodeNeeded,
    SignedIn,
    SignInRefused,
    open_and_record,
    password_mark,
)
from fetlock.domain.audit.service import record
from fetlock.domain.staff.models import Staff
from fetlock.platform.secrets import KeyUnreadable, Secrets

LASTS: Final = timedelta(minutes=5)
_PURPOSE: Final = "half-way sign-in"


class HalfWayEnded(SignInRefused):
    """Too much time has passed since the password, or it isn't the person's any more."""

    code = "sign_in_again"

    def __init__(self) -> None:
        super().__init__("That took too long. Sign in once more.")


class CodeRefused(SignInRefused):
    """The code is wrong, of another time, or was used before."""

    code = "code_refused"

    def __init__(self) -> None:
        super().__init__("This code does not fit. Wait for the next one of your app, or use a recovery code.")


def seal(secrets: Secrets, needed: CodeNeeded) -> str:
    """What the browser carries to the code's page: nobody can read, make or lengthen one."""
    return secrets.seal(
        {
            "purpose": _PURPOSE,
            "staff": needed.staff_id,
            "password": needed.password_mark,
            "until": (clock.now() + LASTS).isoformat(),
        }
    ).decode("ascii")


def opened(secrets: Secrets, sealed: str) -> CodeNeeded:
    """What was sealed. Raises `HalfWayEnded` for what is too old, or was never ours."""
    try:
        held = secrets.open(sealed.encode("ascii", "replace")) if sealed else {}
    except KeyUnreadable:
        held = {}
    if held.get("purpose") != _PURPOSE or datetime.fromisoformat(str(held["until"])) <= clock.now():
        raise HalfWayEnded
    return CodeNeeded(int(held["staff"]), str(held["password"]))


def finish(database: Database, secrets: Secrets, needed: CodeNeeded, code: str, caller: Caller) -> SignedIn:
    """Sign in with a code, after the password. Raises `CodeRefused`, `HalfWayEnded`, `TooManyAttempts`."""
    counted = Counted.codes(needed.staff_id)
    attempts.begin(database, counted, caller.address)

    def open_sign_in(session: Session) -> SignedIn:
        staff = session.scalar(select(Staff).where(Staff.id == needed.staff_id, Staff.active))
        if staff is None or password_mark(staff) != needed.password_mark:
            raise HalfWayEnded
        if not second_factor.is_on(session, staff.id):
            raise HalfWayEnded  # it was reset meanwhile: the password alone is asked for again
        accepted = second_factor.accept(session, secrets, staff.id, code)
        if accepted is None:
            raise CodeRefused
        attempts.clear(session, counted, Counted.name(staff.user_name))
        with_ = "code" if accepted.codes_left is None else "recovery code"
        return open_and_record(session, staff, caller, with_=with_, codes_left=accepted.codes_left)

    try:
        return database.write(open_sign_in)
    except CodeRefused:
        database.write(lambda session: _note_refusal(session, needed.staff_id, caller))
        raise


def _note_refusal(session: Session, staff_id: int, caller: Caller) -> None:
    detail = {"address": caller.address[:60]}
    record(session, "staff.code_refused", staff_id=None, subject=f"staff:{staff_id}", detail=detail)
