"""What a browser is given and loses when its person signs in and out."""

from typing import Any
from urllib.parse import urlsplit

from litestar import Response

from fetlock_hostapp.plugin import StaffRequest
from fetlock_hostapp.web.kernel import cookies


def give_sign_in(response: Response[Any], request: StaffRequest, token: str) -> None:
    """The cookie of a new sign-in; what stood for the visit before it goes."""
    response.cookies.append(cookies.sign_in_cookie(request, token))
    response.cookies.append(cookies.ended(request, cookies.VISIT))


def take_sign_in(response: Response[Any], request: StaffRequest) -> None:
    """No cookie of ours is left."""
    for name in (cookies.SIGN_IN, cookies.VISIT, cookies.FLASH):
        response.cookies.append(cookies.ended(request, name))


def old_token(request: StaffRequest) -> str:
    """The token that the browser brought along, its own or one that somebody planted."""
    return request.cookies.get(cookies.SIGN_IN, "")


def address_of(request: StaffRequest) -> str:
    """The network address that attempts are counted by."""
    return request.client.host if request.client else ""


def safe_next(wanted: str) -> str:
    """Where to go after signing in: an address of a site of ours, else the start."""
    parts = urlsplit(wanted)
    plain = not parts.scheme and not parts.netloc and "\\" not in wanted and wanted.isprintable()
    return wanted if plain and parts.path.startswith("/s/") else "/"
