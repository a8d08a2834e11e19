"""The cookies: the sign-in, the visit before it, the way from password to code, one notice."""

import base64
import hashlib
import hmac
import json
from typing import Any, Final

from litestar import Request
from litestar.datastructures import Cookie

from fetlock.domain.access.half_way import LASTS

SIGN_IN: Final = "fetlock_sign_in"
VISIT: Final = "fetlock_visit"
HALF_WAY: Final = "fetlock_half_way"
FLASH: Final = "fetlock_flash"

_FLASH_LIMIT: Final = 1500
_FLASH_SECONDS: Final = 60


def sign_in_cookie(request: Request[Any, Any, Any], token: str) -> Cookie:
    """The cookie of a sign-in; it ends with the browser, or with the sign-in's row before that."""
    return _cookie(request, SIGN_IN, token)


def visit_cookie(request: Request[Any, Any, Any], secret: str) -> Cookie:
    """The cookie that the CSRF token of signed-out pages is bound to."""
    return _cookie(request, VISIT, secret)


def half_way_cookie(request: Request[Any, Any, Any], sealed: str) -> Cookie:
    """The cookie of somebody whose password was right, while the code is still to come (H-4)."""
    return _cookie(request, HALF_WAY, sealed, max_age=int(LASTS.total_seconds()))


def ended(request: Request[Any, Any, Any], name: str) -> Cookie:
    """Take a cookie away again."""
    return _cookie(request, name, "", max_age=0)


def flash_cookie(request: Request[Any, Any, Any], secret: str, notices: list[tuple[str, str]]) -> Cookie:
    """Notices (kind, text) for the next page; sealed, so that nobody else can put words there."""
    shown = [(kind, text[:400]) for kind, text in notices]
    body = base64.urlsafe_b64encode(json.dumps(shown).encode()).decode()
    while len(body) > _FLASH_LIMIT and len(shown) > 1:
        shown.pop()
        body = base64.urlsafe_b64encode(json.dumps(shown).encode()).decode()
    return _cookie(request, FLASH, f"{body}.{_seal(secret, body)}", max_age=_FLASH_SECONDS)


def read_flash(cookie: str | None, secret: str) -> list[tuple[str, str]]:
    """The notices of `flash_cookie`; none where the cookie is missing or was sealed for another sign-in."""
    body, _, seal = (cookie or "").partition(".")
    if not body or not hmac.compare_digest(seal.encode(), _seal(secret, body).encode()):
        return []
    return [(str(kind), str(text)) for kind, text in json.loads(base64.urlsafe_b64decode(body))]


def _seal(secret: str, body: str) -> str:
    return hmac.new(secret.encode(), b"fetlock flash " + body.encode(), hashlib.sha256).hexdigest()


def _cookie(request: Request[Any, Any, Any], name: str, value: str, max_age: int | None = None) -> Cookie:
    return Cookie(
        key=name,
        value=value,
        path="/",
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
        max_age=max_age,
    )
