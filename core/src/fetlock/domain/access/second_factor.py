"""The second factor: one-time codes of an app, from a key that is kept encrypted (H-4; RFC 6238)."""

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import pyotp
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.domain.access import recovery_codes
from fetlock.domain.access.models import SecondFactor
from fetlock.domain.audit.service import record
from fetlock.domain.sites.models import Site
from fetlock.domain.staff.models import Role, StaffRole
from fetlock.errors import Conflict, Invalid
from fetlock.platform.secrets import KeyUnreadable, Secrets
from fetlock.work import Work

ISSUER: Final = "Fetlock"
STEP: Final = 30
"""Seconds for which the app shows a code. That of the step before and of the one after count too."""
_PURPOSE: Final = "second factor"
_CODE: Final = re.compile(r"\d{6}")


@dataclass(frozen=True, slots=True)
class State:
    """How an employee stands: `begun` and not yet confirmed, or on since `since`."""

    begun: bool = False
    since: datetime | None = None
    codes_left: int = 0

    @property
    def on(self) -> bool:
        """Whether a code is asked for at sign-in."""
        return self.since is not None


@dataclass(frozen=True, slots=True)
class Accepted:
    """A code that was right, and is used up. `codes_left`: where it was a recovery code, how many remain."""

    codes_left: int | None = None


def is_on(session: Session, staff_id: int) -> bool:
    """Whether a code is asked for when this employee signs in."""
    row = session.get(SecondFactor, staff_id)
    return row is not None and row.confirmed_at is not None


def is_asked_of(session: Session, staff_id: int) -> bool:
    """Whether a role of this employee, at any site that is open, asks for a second factor."""
    asked = (
        select(Role.id)
        .join(StaffRole, StaffRole.role_id == Role.id)
        .join(Site, Site.id == StaffRole.site_id)
        .where(StaffRole.staff_id == staff_id, Role.second_factor_since.is_not(None), Site.active)
    )
    return session.scalar(asked.limit(1)) is not None


def state(session: Session, staff_id: int) -> State:
    """How an employee stands, in at most two statements."""
    row = session.get(SecondFactor, staff_id)
    if row is None:
        return State()
    if row.confirmed_at is None:
        return State(begun=True)
    return State(since=row.confirmed_at, codes_left=recovery_codes.left(session, staff_id))


def begin(work: Work, secrets: Secrets) -> None:
    """Make a new key for oneself; it counts once it is confirmed. Raises `Conflict` where one is on."""
    staff_id = _self(work)
    row = _locked(work.session, staff_id)
    if row is not None and row.confirmed_at is not None:
        raise Conflict("Your second factor is on already. Switch it off first to set it up anew.")
    if row is None:
        row = SecondFactor(staff_id=staff_id)
        work.session.add(row)
    row.sealed = _sealed(secrets, staff_id, pyotp.random_base32())
    row.begun_at = clock.now()
    row.last_step = 0
    work.session.flush()


def key_to_show(session: Session, secrets: Secrets, staff_id: int) -> str:
    """The key in letters for the app, while it is being set up; empty before that and ever after."""
    row = session.get(SecondFactor, staff_id)
    if row is None or row.confirmed_at is not None:
        return ""
    return _opened(secrets, row)


def address_of(key: str, user_name: str) -> str:
    """What the app reads from the picture: an otpauth address."""
    return pyotp.TOTP(key).provisioning_uri(name=user_name, issuer_name=ISSUER)


def confirm(work: Work, secrets: Secrets, code: str, codes: Sequence[str]) -> None:
    """Switch it on with a first code of the app; `codes` are the recovery codes from now on.

    Raises `Invalid` with the field `code`, `Conflict` where nothing was begun.
    """
    staff_id = _self(work)
    row = _locked(work.session, staff_id)
    if row is None or row.confirmed_at is not None:
        raise Conflict("There is nothing to confirm. Begin once more.")
    if not _use_step(secrets, row, code):
        raise Invalid({"code": "This is not the code. Type the one that your app shows now."})
    row.confirmed_at = clock.now()
    recovery_codes.store(work.session, staff_id, codes)
    _record(work, "staff.second_factor_on", staff_id)


def accept(session: Session, secrets: Secrets, staff_id: int, code: str) -> Accepted | None:
    """Use a code up, of the app or for recovery; None where it is neither, or was used before."""
    row = _locked(session, staff_id)
    if row is None or row.confirmed_at is None:
        return None
    if _CODE.fullmatch(_plain(code)):
        return Accepted() if _use_step(secrets, row, code) else None
    if recovery_codes.use(session, staff_id, code):
        return Accepted(recovery_codes.left(session, staff_id))
    return None


def remove(session: Session, staff_id: int) -> bool:
    """Forget key and recovery codes; whether there was a key."""
    row = _locked(session, staff_id)
    recovery_codes.remove(session, staff_id)
    session.execute(delete(SecondFactor).where(SecondFactor.staff_id == staff_id))
    return row is not None


def reseal_all(session: Session, secrets: Secrets) -> int:
    """Encrypt every key with the newest of the installation's keys; answers how many."""
    rows = session.scalars(select(SecondFactor).with_for_update()).all()
    for row in rows:
        row.sealed = secrets.reseal(row.sealed)
    session.flush()
    return len(rows)


def _use_step(secrets: Secrets, row: SecondFactor, code: str) -> bool:
    """Whether `code` is of now, the half minute before or the one after, and later than the last one used."""
    totp = pyotp.TOTP(_opened(secrets, row), interval=STEP)
    present = int(clock.now().timestamp()) // STEP
    typed = _plain(code).encode()
    found = [
        step
        for step in (present - 1, present, present + 1)
        if hmac.compare_digest(totp.generate_otp(step).encode(), typed) and step > row.last_step
    ]
    if not found:
        return False
    row.last_step = max(found)
    return True


def _locked(session: Session, staff_id: int) -> SecondFactor | None:
    return session.get(SecondFactor, staff_id, with_for_update=True, populate_existing=True)


def _sealed(secrets: Secrets, staff_id: int, key: str) -> bytes:
    # bound to its owner: a row copied to another employee opens nothing
    return secrets.seal({"purpose": _PURPOSE, "staff": staff_id, "key": key})


def _opened(secrets: Secrets, row: SecondFactor) -> str:
    held = secrets.open(row.sealed)
    if held.get("purpose") != _PURPOSE or held.get("staff") != row.staff_id:
        raise KeyUnreadable("This second factor belongs to somebody else. An administrator can reset it.")
    return str(held["key"])


def _plain(code: str) -> str:
    return re.sub(r"\s", "", code)


def _self(work: Work) -> int:
    if work.actor.staff_id is None:
        raise Conflict("Only a person has a second factor.")
    return work.actor.staff_id


def _record(work: Work, action: str, staff_id: int) -> None:
    record(
        work.session,
        action,
        staff_id=work.actor.staff_id,
        site_id=work.site.id,
        subject=f"staff:{staff_id}",
    )
