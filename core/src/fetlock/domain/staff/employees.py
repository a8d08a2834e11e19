"""Employees: adding, changing, deactivating, and a new password from an administrator (H-2, H-4)."""

import re
from dataclasses import dataclass
from typing import Any, Final, Self

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fetlock.domain.access import password_change, sign_in, tokens
from fetlock.domain.audit.service import record
from fetlock.domain.staff.models import Staff
from fetlock.domain.staff.reach import keep_an_administrator, require_not_above
from fetlock.domain.tasks import assigning as tasks
from fetlock.errors import Conflict, Invalid, NotFound
from fetlock.work import Work

_USER_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{1,79}")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployeeDraft:
    """An employee as somebody typed it, with blanks around the texts or not."""

    first_name: str
    last_name: str
    user_name: str
    prefix: str = ""
    suffix: str = ""
    initials: str = ""
    email: str = ""
    staff_group: str = ""

    @classmethod
    def of(cls, staff: Staff) -> Self:
        """An employee as they stand."""
        return cls(**{name: getattr(staff, name) for name in cls.__dataclass_fields__})

    def checked(self) -> dict[str, str]:
        """The columns, tidied. Raises `Invalid` with every field that is wrong."""
        tidy = {name: " ".join(str(getattr(self, name)).split()) for name in self.__dataclass_fields__}
        wrong = {}
        for name, label in (("first_name", "a first name"), ("last_name", "a last name")):
            if not tidy[name]:
                wrong[name] = f"Enter {label}."
        if not _USER_NAME.fullmatch(tidy["user_name"]):
            wrong["user_name"] = "Use letters, digits, point, hyphen, underscore or @, two or more of them."
        if tidy["email"] and not _EMAIL.fullmatch(tidy["email"]):
            wrong["email"] = "Enter an e-mail address such as ruth@clinic.example."
        if not tidy["initials"]:
            tidy["initials"] = (tidy["first_name"][:1] + tidy["last_name"][:1]).upper()
        for name, column in Staff.__table__.columns.items():
            longest = getattr(column.type, "length", None)
            if name in tidy and name not in wrong and longest and len(tidy[name]) > longest:
                wrong[name] = f"Use at most {longest} characters."
        if wrong:
            raise Invalid(wrong)
        return tidy


def add(work: Work, draft: EmployeeDraft, password_hash: str) -> Staff:
    """Add an employee with a temporary password, to be changed at the first sign-in; still without roles."""
    work.require("staff.edit")
    columns = draft.checked()
    _refuse_taken(work.session, columns["user_name"], None)
    staff = Staff(**columns, password_hash=password_hash, must_change_password=True)
    work.session.add(staff)
    work.session.flush()
    _audit(work, "staff.added", staff)
    return staff


def change(work: Work, staff_id: int, draft: EmployeeDraft) -> Staff:
    """Change an employee's names, initials, user name, e-mail or group."""
    work.require("staff.edit")
    staff = _get(work.session, staff_id)
    columns = draft.checked()
    if columns["user_name"].lower() != staff.user_name.lower():
        # a user name is half of a sign-in, and the mail address may one day carry the other half
        require_not_above(work.session, work.actor, [staff_id])
    _refuse_taken(work.session, columns["user_name"], staff_id)
    changed = {name: value for name, value in columns.items() if getattr(staff, name) != value}
    for name, value in changed.items():
        setattr(staff, name, value)
    if changed:
        work.session.flush()
        _audit(work, "staff.changed", staff, {"fields": sorted(changed)})
    return staff


def deactivate(work: Work, staff_id: int) -> Staff:
    """Let an employee sign in no longer; open sign-ins end at once (H-2). What they did keeps their name.

    Their open tasks go back to the roles (H-17).
    """
    work.require("staff.edit")
    staff = _get(work.session, staff_id)
    if staff_id == work.actor.staff_id:
        raise Conflict("You cannot deactivate yourself. Ask another administrator.")
    require_not_above(work.session, work.actor, [staff_id])
    if staff.active:
        staff.active = False
        work.session.flush()
        keep_an_administrator(work.session)
        sign_in.end_all(work.session, staff_id)
        tasks.hand_back(work.session, staff_id)
        tokens.revoke_all(work.session, staff_id, by=work.actor.staff_id)
        _audit(work, "staff.deactivated", staff)
    return staff


def activate(work: Work, staff_id: int) -> Staff:
    """Let an employee sign in again, with the roles they had."""
    work.require("staff.edit")
    staff = _get(work.session, staff_id)
    require_not_above(work.session, work.actor, [staff_id])
    if not staff.active:
        staff.active = True
        work.session.flush()
        _audit(work, "staff.activated", staff)
    return staff


def reset_password(work: Work, staff_id: int, password_hash: str) -> Staff:
    """Give an employee a temporary password, hashed before the transaction; their sign-ins end (H-4)."""
    work.require("staff.edit")
    staff = _get(work.session, staff_id)
    require_not_above(work.session, work.actor, [staff_id])
    password_change.set_temporary(work.session, staff, password_hash)
    _audit(work, "staff.password_reset", staff)
    return staff


def _refuse_taken(session: Session, user_name: str, staff_id: int | None) -> None:
    taken = session.scalar(select(Staff.id).where(func.lower(Staff.user_name) == user_name.lower()))
    if taken is not None and taken != staff_id:
        raise Invalid({"user_name": "Another employee has this user name."})


def _get(session: Session, staff_id: int) -> Staff:
    staff = session.get(Staff, staff_id)
    if staff is None:
        raise NotFound("There is no such employee.")
    return staff


def _audit(work: Work, action: str, staff: Staff, detail: dict[str, Any] | None = None) -> None:
    record(
        work.session,
        action,
        staff_id=work.actor.staff_id,
        site_id=work.site.id,
        subject=f"staff:{staff.id}",
        detail=detail,
    )
