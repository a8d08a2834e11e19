"""The limit of attempts to sign in, held in the database: by name, by person, by network address (H-4)."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Self

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.database import Database
from fetlock.domain.access.models import SignInAttempt
from fetlock.errors import FetlockError

WINDOW: Final = timedelta(minutes=15)
FAILURES_OF_A_NAME: Final = 8
FAILURES_OF_CODES: Final = 5
"""Six digits are few: whoever has found out a password gets five guesses at the code in each window."""
FAILURES_OF_AN_ADDRESS: Final = 40
"""A clinic's workstations share one address, so it bears more than a name does."""
_KEPT: Final = timedelta(days=1)


class TooManyAttempts(FetlockError):
    """Too many failures of this name or from this address; said whether the name exists or not."""

    code = "too_many_attempts"

    def __init__(self) -> None:
        minutes = int(WINDOW.total_seconds() // 60)
        super().__init__(
            f"Too many attempts. Wait {minutes} minutes and try again, or ask an administrator for help."
        )


@dataclass(frozen=True, slots=True)
class Counted:
    """What attempts are counted by: a hash, since people type passwords where their name belongs."""

    key: str
    limit: int

    @classmethod
    def name(cls, user_name: str) -> Self:
        """Passwords tried for a user name, whether it exists or not."""
        return cls(_hashed(f"fetlock user name {user_name.strip().lower()}"), FAILURES_OF_A_NAME)

    @classmethod
    def codes(cls, staff_id: int) -> Self:
        """Codes of the second factor tried for an employee, at sign-in or in their account."""
        return cls(_hashed(f"fetlock second factor of {staff_id}"), FAILURES_OF_CODES)


def begin(database: Database, counted: Counted, address: str) -> int:
    """Count an attempt before it is made, and answer its id. Raises `TooManyAttempts`.

    Of many attempts sent at once, each sees all the others. One that is refused here doesn't count: else
    hammering would keep a name locked for ever.
    """
    attempt_id = database.write(lambda session: _add(session, counted, address))
    with database.reading() as session:
        refused = _too_many(session, counted, address)
    if refused:
        database.write(lambda session: forget(session, attempt_id))
        raise TooManyAttempts
    return attempt_id


def forget(session: Session, attempt_id: int) -> None:
    """Take one attempt back: it was no failure."""
    session.execute(delete(SignInAttempt).where(SignInAttempt.id == attempt_id))


def clear(session: Session, *counted: Counted) -> None:
    """Count from nothing again, after a success."""
    keys = [each.key for each in counted]
    session.execute(delete(SignInAttempt).where(SignInAttempt.user_name_hash.in_(keys)))


def _add(session: Session, counted: Counted, address: str) -> int:
    now = clock.now()
    session.execute(delete(SignInAttempt).where(SignInAttempt.at < now - _KEPT))
    attempt = SignInAttempt(user_name_hash=counted.key, address=address[:60], at=now)
    session.add(attempt)
    session.flush()
    return attempt.id


def _too_many(session: Session, counted: Counted, address: str) -> bool:
    since = clock.now() - WINDOW
    number = select(func.count()).select_from(SignInAttempt).where(SignInAttempt.at > since)
    of_key, of_address = session.execute(
        select(
            number.where(SignInAttempt.user_name_hash == counted.key).scalar_subquery(),
            number.where(SignInAttempt.address == address[:60]).scalar_subquery(),
        )
    ).one()
    return bool(of_key > counted.limit or of_address > FAILURES_OF_AN_ADDRESS)


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
