"""Requests that change something must come from a page of ours: the token is bound to the sign-in.

It is derived from the cookie's secret, so that a new sign-in has a new one and nothing is stored.
"""

import hashlib
import hmac
import secrets
from typing import Any, Final

from litestar import Request
from litestar.enums import RequestEncodingType

from fetlock_hostapp.web.kernel.forms import CSRF_FIELD

HEADERS: Final = ("x-csrf-token", "x-csrftoken")
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_FORMS: Final = frozenset({RequestEncodingType.URL_ENCODED, RequestEncodingType.MULTI_PART})


def new_secret() -> str:
    """A secret for a cookie: 256 random bits."""
    return secrets.token_urlsafe(32)


def token_for(secret: str) -> str:
    """The token of pages shown to the holder of the cookie with this secret; tells nothing of the secret."""
    return hmac.new(secret.encode(), b"fetlock csrf token", hashlib.sha256).hexdigest()


def bearer_of(request: Request[Any, Any, Any]) -> str:
    """The API token that a program sends along, empty where it sends none (H-6)."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def is_ours(request: Request[Any, Any, Any], secret: str, *, without_token: bool = False) -> bool:
    """Whether the request carries the token of `secret`, in a header or in the form.

    `without_token` accepts JSON of a program that has no page yet: no other page can send that content type
    to us without asking first, and we answer no such question.
    """
    if request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return False
    content_type, _ = request.content_type
    if without_token and content_type == RequestEncodingType.JSON:
        return True
    sent = next((request.headers[name] for name in HEADERS if name in request.headers), "")
    if content_type in _FORMS:
        # read here in any case: handlers that declare a form are given what is parsed by then, both kinds
        form = await request.form()
        sent = sent or str(form.get(CSRF_FIELD, ""))
    return bool(secret) and hmac.compare_digest(sent.encode(), token_for(secret).encode())
