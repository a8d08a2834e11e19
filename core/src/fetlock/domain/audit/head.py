"""Reading the end of the audit chain: its signed head, and the last link, without walking it (H-5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import Table, func, literal, select, true
from sqlalchemy.orm import Session

from fetlock.domain.audit import signing
from fetlock.domain.audit.models import AuditHead, AuditLink
from fetlock.domain.audit.signing import HeadKeys

_LINK: Final = cast("Table", AuditLink.__table__)
_HEAD: Final = cast("Table", AuditHead.__table__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The end of the chain as the database says. `doubt`: why it can't be believed, empty where it can."""

    length: int
    hash: str
    older: int
    founded_at: datetime
    doubt: str


def head_of(session: Session, keys: HeadKeys | None) -> Head | None:
    """The chain's head; without `keys` its signature is not looked at."""
    row = session.execute(select(_HEAD)).mappings().one_or_none()
    return None if row is None else _head(row, keys)


def end_of(session: Session, keys: HeadKeys | None) -> tuple[Head | None, int, str]:
    """The head, and number and hash of the last link, as they stand in one moment; 0 where there is none."""
    number = select(func.max(_LINK.c.number)).scalar_subquery()
    last = select(_LINK.c.number, _LINK.c.hash).where(_LINK.c.number == number).subquery()
    row = select(literal(1).label("one")).subquery()
    # one statement: between two, somebody else may commit
    wanted = select(_HEAD, last.c.number.label("last_number"), last.c.hash.label("last_hash"))
    wanted = wanted.select_from(row.outerjoin(_HEAD, true()).outerjoin(last, true()))
    found = session.execute(wanted).mappings().one()
    head = None if found["length"] is None else _head(found, keys)
    return head, found["last_number"] or 0, found["last_hash"] or ""


def _head(row: Mapping[Any, Any], keys: HeadKeys | None) -> Head:
    doubt = ""
    if keys is not None:
        doubt = signing.doubt(
            keys,
            length=row["length"],
            last=row["hash"],
            older=row["older"],
            founded_at=row["founded_at"],
            key=row["key"],
            signed=row["signature"],
        )
    return Head(
        length=row["length"],
        hash=row["hash"],
        older=row["older"],
        founded_at=row["founded_at"],
        doubt=doubt,
    )
