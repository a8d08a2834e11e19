"""Refusals at the gate that lead somebody elsewhere first, or tell a program about its token (H-4, H-6)."""

from collections.abc import Mapping
from typing import Final

from fetlock.errors import FetlockError

CHALLENGE: Final = 'Bearer realm="Fetlock"'


class TokenRefused(FetlockError):
    """The API token is unknown, expired or revoked, or its owner is deactivated: nobody learns which."""

    code = "token_refused"
    status = 401
    headers: Final[Mapping[str, str]] = {"www-authenticate": f'{CHALLENGE}, error="invalid_token"'}

    def __init__(self) -> None:
        super().__init__("This token opens nothing, or no longer. Make a new one in your account.")


class ScopeTooSmall(FetlockError):
    """The API token may read only (H-6)."""

    code = "token_scope"
    status = 403
    headers: Final[Mapping[str, str]] = {
        "www-authenticate": f'{CHALLENGE}, error="insufficient_scope", scope="write"'
    }

    def __init__(self) -> None:
        super().__init__("This token may read only. Make one that may write for this.")


class SessionsOnly(FetlockError):
    """What only a person who has signed in may do, not a program with a token."""

    code = "sessions_only"
    status = 403

    def __init__(self) -> None:
        super().__init__("This cannot be done with a token. Sign in with name and password.")


class SecondFactorMissing(FetlockError):
    """A role of the person asks for a second factor: `onward` is the page where it is set up (H-4)."""

    code = "second_factor_missing"
    status = 403

    def __init__(self, site_slug: str) -> None:
        super().__init__("A role of yours asks for a second factor. Set it up first.")
        self.onward = f"/s/{site_slug}/account/second-factor"
