"""The second factor afterwards: switched off, new recovery codes, reset, asked of a role (H-4)."""

from collections.abc import Callable, Sequence

from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.database import Database
from fetlock.domain.access import attempts, passwords, recovery_codes, second_factor, sign_in
from fetlock.domain.access.attempts import Counted
from fetlock.domain.audit.service import record
from fetlock.domain.staff import roles
from fetlock.domain.staff.models import Role, Staff
from fetlock.domain.staff.reach import require_not_above
from fetlock.errors import Conflict, Invalid, NotFound
from fetlock.platform.secrets import Secrets
from fetlock.work import Work


def switch_off(
    database: Database, secrets: Secrets, staff_id: int, password: str, code: str, address: str
) -> None:
    """Switch one's own second factor off. Raises `Invalid` with `password` or `code`, `TooManyAttempts`."""

    def off(session: Session) -> None:
        if second_factor.is_asked_of(session, staff_id):
            raise Conflict("A role of yours asks for a second factor, so it stays on.")
        second_factor.remove(session, staff_id)
        record(session, "staff.second_factor_off", staff_id=staff_id, subject=f"staff:{staff_id}")

    _with_password_and_code(database, secrets, staff_id, password, code, address, off)


def renew_codes(
    database: Database,
    secrets: Secrets,
    staff_id: int,
    password: str,
    code: str,
    address: str,
    codes: Sequence[str],
) -> None:
    """Let `codes` be one's recovery codes; those from before open nothing. Raises as `switch_off`."""

    def renew(session: Session) -> None:
        recovery_codes.store(session, staff_id, codes)
        record(session, "staff.recovery_codes_renewed", staff_id=staff_id, subject=f"staff:{staff_id}")

    _with_password_and_code(database, secrets, staff_id, password, code, address, renew)


def reset(work: Work, staff_id: int) -> Staff:
    """Take an employee's second factor away, who has lost the phone; their sign-ins end.

    Raises `Conflict` where there is none, or the employee may do more than the one who asks.
    """
    work.require("staff.edit")
    staff = work.session.get(Staff, staff_id)
    if staff is None:
        raise NotFound("There is no such employee.")
    require_not_above(work.session, work.actor, [staff_id])
    if not second_factor.remove(work.session, staff_id):
        raise Conflict(f"{staff.full_name} has no second factor.")
    sign_in.end_all(work.session, staff_id)
    _record(work, "staff.second_factor_reset", f"staff:{staff_id}")
    return staff


def ask_of_role(work: Work, role_id: int, wanted: bool) -> Role:
    """Ask everybody with this role for a second factor, from their next sign-in on; or no longer.

    Raises `NotFound`, and `Invalid` where the role may do more than the one who asks.
    """
    work.require("staff.roles")
    role = roles.get(work.session, role_id)
    if wanted != (role.second_factor_since is not None):
        roles.require_power_over(work, role)
        role.second_factor_since = clock.now() if wanted else None
        work.session.flush()
        _record(
            work, "roles.second_factor_asked" if wanted else "roles.second_factor_free", f"role:{role_id}"
        )
    return role


def _with_password_and_code(
    database: Database,
    secrets: Secrets,
    staff_id: int,
    password: str,
    code: str,
    address: str,
    then: Callable[[Session], None],
) -> None:
    with database.reading() as session:
        staff = session.get(Staff, staff_id)
        if staff is None or not second_factor.is_on(session, staff_id):
            raise Conflict("There is no second factor to change.")
    counted = Counted.codes(staff_id)
    attempts.begin(database, counted, address)
    if not passwords.matches(staff.password_hash, password[: passwords.LONGEST + 1]):
        raise Invalid({"password": "This is not your password."})

    def work(session: Session) -> None:
        if second_factor.accept(session, secrets, staff_id, code) is None:
            raise Invalid({"code": "This code does not fit. Wait for the next one, or use a recovery code."})
        then(session)
        attempts.clear(session, counted)

    database.write(work)


def _record(work: Work, action: str, subject: str) -> None:
    record(work.session, action, staff_id=work.actor.staff_id, site_id=work.site.id, subject=subject)
