"""The one form of an entry that is hashed: the same whichever database it was read from (H-5)."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final
from uuid import UUID

FIRST_HASH: Final = "0" * 64
"""What stands before the first link."""
_FORM: Final = "fetlock audit 1"


def plain(value: Any) -> Any:
    """`value` as JSON keeps it exactly in every database; raises `TypeError` for what has no form there.

    Numbers with decimals become text: a database may write 1e16 as 10000000000000000.
    """
    if isinstance(value, Enum):
        return plain(value.value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {clean(str(plain(key))): plain(each) for key, each in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((plain(each) for each in value), key=str)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [plain(each) for each in value]
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"the audit log keeps no {type(value).__name__}")


def clean(text: str) -> str:
    """Text that every database takes: without NUL, and without halves of surrogate pairs."""
    if "\0" in text:
        text = text.replace("\0", "�")
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def digest(
    number: int,
    before: str,
    *,
    entry_id: int,
    at: datetime,
    staff_id: int | None,
    site_id: int | None,
    action: str,
    subject: str,
    reason: str,
    detail: Any,
) -> str:
    """The hash of link `number`, hexadecimal; `before` is that of the link before it."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    content = [
        _FORM,
        number,
        before,
        entry_id,
        moment,
        staff_id,
        site_id,
        action,
        subject,
        reason,
        detail,
    ]
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
