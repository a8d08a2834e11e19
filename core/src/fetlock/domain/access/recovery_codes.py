"""Recovery codes: each opens once in place of the second factor; shown once, stored hashed (H-4)."""

import hashlib
import re
import secrets
from collections.abc import Sequence
from typing import Any, Final, cast

from sqlalchemy import CursorResult, delete, func, insert, select, update
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.domain.access.models import RecoveryCode

NUMBER: Final = 10
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS: Final = 3
_GROUP: Final = 5


def make() -> tuple[str, ...]:
    """Ten new codes such as kr7tm-2wq9h-xa3bc: 74 bits each, so that a plain hash keeps them safe."""
    return tuple(
        "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
        for _ in range(NUMBER)
    )


def store(session: Session, staff_id: int, codes: Sequence[str]) -> None:
    """Let these codes count for the employee, and none from before."""
    remove(session, staff_id)
    rows = [{"staff_id": staff_id, "code_hash": _hash_of(staff_id, code)} for code in codes]
    session.execute(insert(RecoveryCode), rows)


def remove(session: Session, staff_id: int) -> None:
    """Forget every code of the employee."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff_id))


def use(session: Session, staff_id: int, code: str) -> bool:
    """Use a code up; False where it is none of theirs or used before. Blanks and hyphens don't matter."""
    done = cast(
        "CursorResult[Any]",
        session.execute(
            update(RecoveryCode)
            .where(
                RecoveryCode.staff_id == staff_id,
                RecoveryCode.code_hash == _hash_of(staff_id, code),
                RecoveryCode.used_at.is_(None),
            )
            .values(used_at=clock.now())
        ),
    )
    return done.rowcount == 1


def left(session: Session, staff_id: int) -> int:
    """How many codes the employee has not used yet."""
    number = select(func.count()).select_from(RecoveryCode)
    return (
        session.scalar(number.where(RecoveryCode.staff_id == staff_id, RecoveryCode.used_at.is_(None))) or 0
    )


def _hash_of(staff_id: int, code: str) -> str:
    plain = re.sub(r"[\s-]", "", code).lower()
    return hashlib.sha256(f"fetlock recovery code {staff_id} {plain}".encode()).hexdigest()
