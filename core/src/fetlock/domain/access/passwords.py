"""Passwords: argon2id, a few hashed at once and none in a transaction; rules people can meet (H-4)."""

import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from fetlock.errors import Busy

SHORTEST: Final = 10
LONGEST: Final = 200

_COMMON: Final = (
    "1234567890 12345678910 0123456789 1111111111 0987654321 qwertyuiop qwerty12345 1q2w3e4r5t password12 "
    "password123 password1234 passw0rd123 iloveyou12 administrator changeme123 welcome123 letmein1234 "
    "veterinary veterinarian animalhospital sunshine123 princess123 football123 abcdefghij abc1234567"
)
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"


class Hasher(Protocol):
    """What makes and checks hashes; argon2's `PasswordHasher` is one."""

    def hash(self, password: str) -> str:
        """A salted hash."""
        ...

    def verify(self, hash: str, password: str) -> bool:
        """True, or raises one of argon2's errors."""
        ...

    def check_needs_rehash(self, hash: str) -> bool:
        """Whether the hash has other settings than this hasher."""
        ...


_hasher: Hasher = PasswordHasher()
# A hash takes 64 MiB and a core for a sixth of a second: more at once would starve the pages.
_at_once = threading.BoundedSemaphore(max(2, (os.cpu_count() or 2) // 2))
_in_line = threading.BoundedSemaphore(12)


def use(hasher: Hasher) -> Hasher:
    """Hash with `hasher` from now on, and answer the one before (tests take the cheapest profile)."""
    global _hasher
    before, _hasher = _hasher, hasher
    return before


def hashed(password: str) -> str:
    """The hash to keep. Raises `Busy` where too many wait for one. Never call it in a transaction."""
    with _turn():
        return _hasher.hash(password)


def matches(stored: str, password: str) -> bool:
    """Whether `password` is the one of this hash. An empty `stored` costs one hash too, and is never it."""
    with _turn():
        if not stored:
            _hasher.hash(password)
            return False
        try:
            return _hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with weaker settings than today's."""
    return _hasher.check_needs_rehash(stored)


def fault(password: str, *, user_name: str, names: tuple[str, ...] = ()) -> str:
    """What is wrong with a new password, in words; empty where nothing is."""
    folded = password.casefold()
    if len(password) < SHORTEST:
        return f"Use at least {SHORTEST} characters. Several words make a good password."
    if len(password) > LONGEST:
        return f"Use at most {LONGEST} characters."
    if len(set(folded)) < 4:
        return "Use more than a few different characters."
    if user_name and user_name.casefold() in folded:
        return "Leave your user name out of it."
    if any(len(name) > 3 and name.casefold() in folded for name in names):
        return "Leave your own name out of it."
    if folded in _COMMON.split():
        return "This is one of the first passwords that anybody would try."
    return ""


def temporary() -> str:
    """A password to be read out and typed once, such as kr7t-m2wq-9hxa (56 bits)."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))


@contextmanager
def _turn() -> Iterator[None]:
    """Wait for one of the few places; those who would wait too long are sent away at once."""
    if not _in_line.acquire(blocking=False):
        raise Busy
    try:
        with _at_once:
            yield
    finally:
        _in_line.release()
