"""Secrets at rest: encrypted with the newest of several keys, readable with any of them (PL-3)."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fetlock.errors import FetlockError
from fetlock.platform.installation import Installation


class KeyUnreadable(FetlockError):
    """There is no key that opens what is stored; the message says where it should be."""

    code = "key_unreadable"


class Secrets:
    """Seals and opens JSON. A key that another process has added since is looked up when one is missing."""

    def __init__(self, read_keys: Callable[[], Sequence[str]]) -> None:
        self._read_keys = read_keys
        self._fernet: MultiFernet | None = None

    def seal(self, values: Mapping[str, Any]) -> bytes:
        """Encrypted JSON of `values`. Raises `KeyUnreadable` where there is no key."""
        return self._ready().encrypt(json.dumps(dict(values)).encode())

    def open(self, sealed: bytes | None) -> dict[str, Any]:
        """What was sealed; nothing where nothing was. Raises `KeyUnreadable`."""
        if not sealed:
            return {}
        try:
            plain = self._ready().decrypt(sealed)
        except InvalidToken:
            self._fernet = None  # a rotation since this process started
            try:
                plain = self._ready().decrypt(sealed)
            except InvalidToken:
                raise KeyUnreadable(
                    "The secrets were encrypted with a key that this installation no longer has. "
                    "Put the key file back, or enter the credentials again."
                ) from None
        opened: dict[str, Any] = json.loads(plain)
        return opened

    def reseal(self, sealed: bytes) -> bytes:
        """The same secrets under the newest key, which another process may just have made."""
        self._fernet = None
        return self.seal(self.open(sealed))

    def derived(self, purpose: str) -> list[bytes]:
        """32 bytes for `purpose` from each key, newest first, read afresh; no other purpose gets the same.

        Raises `KeyUnreadable`.
        """
        self.check()
        return [
            HKDF(hashes.SHA256(), length=32, salt=None, info=f"fetlock {purpose}".encode()).derive(
                key.encode()
            )
            for key in self._read_keys()
        ]

    def check(self) -> None:
        """Raise `KeyUnreadable`, with the reason, unless there is a usable key."""
        self._fernet = None
        self._ready()

    def __repr__(self) -> str:
        return "Secrets(...)"

    def _ready(self) -> MultiFernet:
        if self._fernet is None:
            try:
                keys = [Fernet(key) for key in self._read_keys()]
            except ValueError:
                raise KeyUnreadable("A key is damaged: each is 44 characters of base64.") from None
            if not keys:
                raise KeyUnreadable("There is no key.")
            self._fernet = MultiFernet(keys)
        return self._fernet


def secrets_of(installation: Installation) -> Secrets:
    """The secrets of this installation: keys from the environment, or else from the key file."""
    if installation.secret_keys:
        given = [key.get_secret_value() for key in installation.secret_keys]
        return Secrets(lambda: given)
    return Secrets(lambda: _keys_in(installation.key_file))


def ensure_key(installation: Installation) -> bool:
    """Make the home folder and, where there are no keys, the key file (mode 0600); True if it was made."""
    installation.home.mkdir(parents=True, exist_ok=True)
    if installation.secret_keys or installation.key_file.exists():
        return False
    _write(installation.key_file, [Fernet.generate_key().decode()])
    return True


def add_key(installation: Installation) -> None:
    """Put a new key before the others in the key file: everything is sealed with it from now on.

    Raises `KeyUnreadable` where the keys come from the environment, or there is no file yet.
    """
    if installation.secret_keys:
        raise KeyUnreadable(
            "The keys come from FETLOCK_SECRET_KEYS: put a new one before the others there, then run this "
            "again with --keep-key."
        )
    _write(installation.key_file, [Fernet.generate_key().decode(), *_keys_in(installation.key_file)])


def drop_old_keys(installation: Installation) -> int:
    """Keep the newest key alone; answers how many were dropped. Everything must be resealed before."""
    keys = _keys_in(installation.key_file)
    _write(installation.key_file, keys[:1])
    return len(keys) - 1


def _keys_in(path: Path) -> list[str]:
    try:
        return [line for line in path.read_text(encoding="ascii").splitlines() if line.strip()]
    except FileNotFoundError:
        raise KeyUnreadable(
            f"There is no key file at {path}. `fetlock init` makes it for a new installation; for a "
            "restored one put the old file there."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise KeyUnreadable(f"The key file {path} cannot be read: {type(error).__name__}.") from None


def _write(path: Path, keys: Sequence[str]) -> None:
    fresh = path.with_name(path.name + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write("\n".join(keys) + "\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
