"""What a refusal is to the outside: its HTTP status, and the words beside each field."""

from collections.abc import Mapping
from typing import Any, Final, cast

from sqlalchemy.exc import IntegrityError

from fetlock.domain.access.attempts import TooManyAttempts
from fetlock.domain.access.sign_in import SignInRefused
from fetlock.errors import Blocked, Busy, Conflict, FetlockError, Invalid, NotFound, NotPermitted
from fetlock.imports.sheet import UnreadableFile
from fetlock.platform.secrets import KeyUnreadable

STATUS: Final[Mapping[type[FetlockError], int]] = {
    NotFound: 404,
    NotPermitted: 403,
    Conflict: 409,
    Blocked: 409,
    Invalid: 422,
    Busy: 503,
    SignInRefused: 401,
    TooManyAttempts: 429,
    UnreadableFile: 422,
    KeyUnreadable: 503,
}


def status_of(error: FetlockError) -> int:
    """The HTTP status that says what went wrong: the error's own, or that of its kind, else 400."""
    own: int | None = getattr(error, "status", None)
    if own is not None:
        return own
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 400)


def refusal_of(error: Exception) -> FetlockError:
    """What a person is told where the database refused: twice the same, or what no column can keep."""
    if isinstance(error, IntegrityError):
        return Conflict(
            "Somebody else saved the same thing at the same moment. Nothing was saved: look, then retry."
        )
    return Invalid(
        "One of the values can’t be stored: a number is too large, or a text holds odd characters."
    )


def fields_of(errors: Any) -> Mapping[str, str]:
    """Field names with what is wrong; "" is what belongs to no field."""
    if errors is None:
        return {}
    if isinstance(errors, Invalid):
        return errors.fields
    if isinstance(errors, Blocked):
        named = {veto.field: veto.reason for veto in errors.vetoes if veto.field}
        rest = " ".join(veto.reason for veto in errors.vetoes if not veto.field)
        return named | ({"": rest} if rest else {})
    if isinstance(errors, FetlockError):
        return {"": errors.message}
    return cast("Mapping[str, str]", errors)
