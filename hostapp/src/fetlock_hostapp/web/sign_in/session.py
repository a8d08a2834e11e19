"""What a browser is given and loses when its person signs in and out."""

from typing import Any
from urllib.parse import quote, urlsplit

from litestar import Response

from fetlock.domain.access import half_way
from fetlock.domain.access.sign_in import Caller, CodeNeeded, SignedIn
from fetlock_hostapp.plugin import StaffRequest
from fetlock_hostapp.web.kernel import cookies
from fetlock_hostapp.web.kernel.kernel import Kernel


def give_sign_in(response: Response[Any], request: StaffRequest, token: str) -> None:
    """The cookie of a new sign-in; what stood for the visit before it goes."""
    response.cookies.append(cookies.sign_in_cookie(request, token))
    for name in (cookies.VISIT, cookies.HALF_WAY):
        if name in request.cookies:
            response.cookies.append(cookies.ended(request, name))


def give_half_way(response: Response[Any], request: StaffRequest, needed: CodeNeeded) -> None:
    """The cookie that leads from the password to the code, and grants nothing."""
    kernel: Kernel = request.app.state.kernel
    response.cookies.append(cookies.half_way_cookie(request, half_way.seal(kernel.runtime.secrets, needed)))


def take_sign_in(response: Response[Any], request: StaffRequest) -> None:
    """No cookie of ours is left."""
    for name in (cookies.SIGN_IN, cookies.VISIT, cookies.HALF_WAY, cookies.FLASH):
        response.cookies.append(cookies.ended(request, name))


def caller_of(request: StaffRequest) -> Caller:
    """Where a request to sign in comes from; with the token that came along, its own or a planted one."""
    return Caller(
        address=address_of(request),
        browser=request.headers.get("user-agent", ""),
        replaces=request.cookies.get(cookies.SIGN_IN, ""),
    )


def address_of(request: StaffRequest) -> str:
    """The network address that attempts are counted by."""
    return request.client.host if request.client else ""


def onward_address(opened: SignedIn, wanted: str) -> str:
    """Where somebody goes who is signed in now."""
    return "/change-password" if opened.must_change_password else safe_next(wanted)


def code_address(wanted: str) -> str:
    """The page that asks for the code, which leads on to `wanted`."""
    onward = safe_next(wanted)
    return "/sign-in/code" if onward == "/" else f"/sign-in/code?next={quote(onward)}"


def safe_next(wanted: str) -> str:
    """Where to go after signing in: an address of a site of ours, else the start."""
    parts = urlsplit(wanted)
    plain = not parts.scheme and not parts.netloc and "\\" not in wanted and wanted.isprintable()
    return wanted if plain and parts.path.startswith("/s/") else "/"
