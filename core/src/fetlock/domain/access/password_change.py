"""Changing one's own password, and giving an employee a temporary one (H-4); no hash in a transaction."""

from sqlalchemy.orm import Session

from fetlock.database import Database
from fetlock.domain.access import attempts, passwords, sign_in
from fetlock.domain.access.attempts import Counted
from fetlock.domain.audit.service import record
from fetlock.domain.staff.models import Staff
from fetlock.errors import Conflict, Invalid, NotFound


def change_own(
    database: Database,
    staff_id: int,
    current: str,
    new: str,
    repeated: str,
    caller: sign_in.Caller | None = None,
) -> str:
    """Change a password; every sign-in of the person ends, and the token of a new one is answered.

    Raises `Invalid` with the fields `current`, `new`, `repeated`; `TooManyAttempts`.
    """
    with database.reading() as session:
        staff = session.get(Staff, staff_id)
        if staff is None:
            raise NotFound("There is no such employee.")
    stored = staff.password_hash
    # a session that was left open is no place to guess at the password either
    attempt_id = attempts.begin(database, Counted.name(staff.user_name), caller.address if caller else "")
    if not passwords.matches(stored, current[: passwords.LONGEST + 1]):
        raise Invalid({"current": "This is not your present password."})
    database.write(lambda session: attempts.forget(session, attempt_id))
    wrong = passwords.fault(new, user_name=staff.user_name, names=(staff.first_name, staff.last_name))
    if not wrong and new == current:
        wrong = "This is the password you have now. Choose another one."
    if wrong:
        raise Invalid({"new": wrong})
    if new != repeated:
        raise Invalid({"repeated": "The two are not the same. Type the new password twice."})
    made = passwords.hashed(new)

    def store(session: Session) -> str:
        fresh = session.get_one(Staff, staff_id)
        if fresh.password_hash != stored or not fresh.active:
            raise Conflict("Your password was changed meanwhile. Sign in again.")
        _set(session, fresh, made, must_change=False)
        record(session, "staff.password_changed", staff_id=staff_id, subject=f"staff:{staff_id}")
        return sign_in.open_for(session, staff_id, caller)

    return database.write(store)


def set_temporary(session: Session, staff: Staff, password_hash: str) -> None:
    """Give an employee a password that has to be changed at the next sign-in; their open sign-ins end."""
    _set(session, staff, password_hash, must_change=True)


def _set(session: Session, staff: Staff, password_hash: str, *, must_change: bool) -> None:
    staff.password_hash = password_hash
    staff.must_change_password = must_change
    session.flush()
    sign_in.end_all(session, staff.id)
