"""Signing the chain's head with a key derived from the installation's (H-5).

The hashes alone would let anybody who can write to the database compute a new chain; the signature can only
be made by who holds the key file, which lies beside the database, never in it.
"""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection

from fetlock.platform.secrets import KeyUnreadable, Secrets

OPTION: Final = "fetlock_audit_keys"
"""The engine's execution option that holds the `HeadKeys` of the installation."""
_PURPOSE: Final = "audit head"


class HeadKeys:
    """The keys that sign heads, newest first, by fingerprint. Read when first needed.

    An unknown fingerprint makes it read again: another process may have added a key, or dropped old ones.
    """

    def __init__(self, read: Callable[[], Sequence[bytes]]) -> None:
        self._read = read
        self._known: dict[str, bytes] | None = None

    def newest(self) -> tuple[str, bytes] | None:
        """Fingerprint and key to sign with; None where the installation has no key that can be read."""
        return next(iter(self._all().items()), None)

    def find(self, fingerprint: str) -> bytes | None:
        """The key with this fingerprint."""
        if fingerprint and fingerprint not in self._all():
            self._known = None
        return self._all().get(fingerprint)

    def _all(self) -> dict[str, bytes]:
        if self._known is None:
            try:
                keys = self._read()
            except KeyUnreadable:
                return {}  # `doctor` says so; what happens is recorded all the same
            self._known = {hashlib.sha256(key).hexdigest()[:16]: key for key in keys}
        return self._known


def keys_of(secrets: Secrets) -> HeadKeys:
    """The signing keys of an installation."""
    return HeadKeys(lambda: secrets.derived(_PURPOSE))


def keys_at(connection: Connection) -> HeadKeys | None:
    """The keys that heads are signed with on this connection; None where its database was opened without."""
    found: HeadKeys | None = connection.get_execution_options().get(OPTION)
    return found


def signature(key: bytes, *, length: int, last: str, older: int, founded_at: datetime) -> str:
    """The signature of a head, hexadecimal."""
    moment = founded_at.astimezone(UTC).isoformat(timespec="microseconds")
    text = f"fetlock audit head 1|{length}|{last}|{older}|{moment}"
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def doubt(
    keys: HeadKeys, *, length: int, last: str, older: int, founded_at: datetime, key: str, signed: str
) -> str:
    """Why a head can't be believed: "unsigned", "unknown key" or "signature"; empty where it is ours."""
    if not signed:
        return "unsigned"
    known = keys.find(key)
    if known is None:
        return "unknown key"
    expected = signature(known, length=length, last=last, older=older, founded_at=founded_at)
    return "" if hmac.compare_digest(expected, signed) else "signature"
