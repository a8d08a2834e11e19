"""Answers when something went wrong: a page, a notice for a part of a page, or problem+json for programs."""

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from litestar import Request
from litestar.exceptions import HTTPException, ValidationException
from litestar.response import Response
from litestar.utils.scope.state import ScopeState
from sqlalchemy.exc import DataError

from fetlock.database.losing import is_lost
from fetlock.errors import Blocked, Busy, FetlockError, Invalid, NotFound, NotPermitted
from fetlock.platform.incidents import record_incident
from fetlock_hostapp.web.kernel.access import Access
from fetlock_hostapp.web.kernel.conditional import Stale, tag_of
from fetlock_hostapp.web.kernel.context import STATE_KEY
from fetlock_hostapp.web.kernel.idempotency import Replay
from fetlock_hostapp.web.kernel.json_bodies import Unreadable
from fetlock_hostapp.web.kernel.parameters_described import sent_names
from fetlock_hostapp.web.kernel.refusals import fields_of, refusal_of, status_of
from fetlock_hostapp.web.kernel.refused_entry import (
    CHALLENGE,
    ScopeTooSmall,
    SecondFactorMissing,
    TokenRefused,
)
from fetlock_hostapp.web.kernel.seats import SeatsTaken

if TYPE_CHECKING:
    from fetlock_hostapp.web.kernel.kernel import Kernel

PROBLEM: Final = "application/problem+json"


class SignInNeeded(FetlockError):
    """Nobody is signed in, or the sign-in has ended."""

    code = "sign_in_needed"
    status = 401

    def __init__(self) -> None:
        super().__init__("Sign in to go on.")


class NotFromHere(FetlockError):
    """A request that changes something without the token of one of our pages."""

    code = "csrf_refused"
    status = 403

    def __init__(self) -> None:
        super().__init__(
            "This page had grown too old to be sent. Load it again, then retry; nothing was saved."
        )


class DatabaseLost(FetlockError):
    """The database went away; whether the work was saved only a look can tell."""

    code = "database_lost"
    status = 503

    def __init__(self) -> None:
        super().__init__("The database was away for a moment. Look whether it was saved before you go on.")


class PasswordMustChange(FetlockError):
    """The person has to choose a password of their own before anything else (H-4)."""

    code = "password_must_change"
    status = 403

    def __init__(self) -> None:
        super().__init__("Choose a password of your own first.")


def respond(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """The answer to an exception, in the form that the asking side understands."""
    if isinstance(error, Replay):
        return error.response
    status, fetlock_error = _classified(request, error)
    incident = ""
    if status == 500:
        incident = request.scope["state"]["fetlock_incident"] = _incident(request, error)
    if request.scope["path"].startswith("/api/"):
        return _problem(request, status, fetlock_error, error, incident)
    if isinstance(error, PasswordMustChange):
        return _onward(request, "/change-password")
    if isinstance(error, SecondFactorMissing):
        return _onward(request, error.onward)
    if isinstance(error, SignInNeeded) and request.headers.get("hx-request") != "true":
        return _onward(request, _sign_in_address(request))
    if request.headers.get("hx-request") == "true":
        return _notice(request, status, fetlock_error, incident)
    return _page(request, status, fetlock_error, incident)


def _classified(request: Request[Any, Any, Any], error: Exception) -> tuple[int, FetlockError | None]:
    if isinstance(error, DataError | OverflowError):
        error = refusal_of(error)
    if is_lost(error):
        error = DatabaseLost()
    if isinstance(error, FetlockError):
        return status_of(error), error
    if isinstance(error, HTTPException):
        status = error.status_code
        if status == 405 and _is_of_a_plugin(request):
            status = 404  # what a plugin offers is nobody's to know where it is off
        if status == 404:
            return status, NotFound("There is no such page.")
        return status, None
    return 500, None


def _problem(
    request: Request[Any, Any, Any],
    status: int,
    error: FetlockError | None,
    raised: Exception,
    incident: str,
) -> Response[dict[str, Any]]:
    title = HTTPStatus(status).phrase
    body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status}
    if error is not None:
        body |= {"code": error.code, "detail": error.message}
    elif isinstance(raised, HTTPException) and status < 500:
        body |= {"code": "invalid" if status == 400 else "refused", "detail": raised.detail}
    else:
        body |= {"code": "fault", "detail": "Fetlock met a fault of its own; nothing was half saved."}
    if isinstance(error, Unreadable):
        body["fields"] = error.fields
    elif isinstance(error, Invalid | Blocked):
        body["fields"] = dict(fields_of(error))
    elif isinstance(raised, ValidationException) and isinstance(raised.extra, list):
        body["fields"] = _faults_of(request, raised.extra)
    if incident:
        body["incident"] = incident
    meant = isinstance(raised, HTTPException) and raised.status_code == status
    headers = dict(raised.headers or {}) if isinstance(raised, HTTPException) and meant else {}
    if isinstance(error, TokenRefused | ScopeTooSmall):
        headers |= error.headers
    elif isinstance(error, SignInNeeded):
        headers["www-authenticate"] = CHALLENGE
    if isinstance(error, Busy | SeatsTaken):
        headers["retry-after"] = "2"
    if isinstance(error, Stale):
        body["present"] = error.present.model_dump(mode="json")
        headers["etag"] = f'"{tag_of(request, error.present)}"'
    return Response(body, status_code=status, media_type=PROBLEM, headers=headers)


def _faults_of(request: Request[Any, Any, Any], faults: list[Any]) -> dict[str, str]:
    """What is wrong with which parameter; Litestar adds parameters that a handler does not declare."""
    found = {str(fault.get("key", "")): str(fault.get("message", "")) for fault in faults}
    names = sent_names(request.scope["route_handler"])
    return {names.get(name, name): text for name, text in found.items() if text != repr(name)}


def _onward(request: Request[Any, Any, Any], address: str) -> Response[str]:
    if request.headers.get("hx-request") == "true":
        return Response("", headers={"HX-Redirect": address}, media_type="text/html")
    return Response("", status_code=303, headers={"location": address}, media_type="text/html")


def _sign_in_address(request: Request[Any, Any, Any]) -> str:
    """The sign-in page, which leads back to what was asked for."""
    path = request.scope["path"]
    if request.method != "GET" or path == "/":
        return "/sign-in"
    query = request.scope.get("query_string", b"").decode("latin-1")
    return f"/sign-in?next={quote(f'{path}?{query}' if query else path)}"


def _notice(
    request: Request[Any, Any, Any], status: int, error: FetlockError | None, incident: str
) -> Response[str]:
    kernel = _kernel(request)
    if isinstance(error, SeatsTaken):
        shown = {
            "label": kernel.plugin_label(error.plugin),
            "busy": True,
            "again_href": request.scope["path"],
        }
        card = kernel.renderer.draw("host/card_unavailable.html", shown)
        return Response(card, status_code=status, media_type="text/html")
    text = error.message if error is not None else _plain_words(status)
    drawn = kernel.renderer.draw("kernel/notice.html", {"text": text, "incident": incident})
    return Response(drawn, status_code=status, media_type="text/html")


def _page(
    request: Request[Any, Any, Any], status: int, error: FetlockError | None, incident: str
) -> Response[str]:
    kernel = _kernel(request)
    template = "host/error.html"
    shown: dict[str, Any] = {"lang": "en", "csrf_token": ""}
    if status in (404, 405):
        template = "host/not_found.html"
    elif isinstance(error, NotPermitted):
        template = "host/forbidden.html"
        shown["needs"] = kernel.permission_label(error.permission)
    elif isinstance(error, Busy):
        template = "kernel/busy.html"
        shown |= {"what": error.message, "action": request.scope["path"], "fields": _kept_fields(request)}
    elif error is not None:
        shown |= {
            "title": "This was not done",
            "what": error.message,
            "next": "Go back, look at what has changed, and try again.",
        }
    elif status < 500:
        shown |= {
            "title": "This can’t be read",
            "what": _plain_words(status),
            "next": "Go back and try again.",
        }
    else:
        shown["incident"] = incident
    return Response(kernel.renderer.draw(template, shown), status_code=status, media_type="text/html")


def _kept_fields(request: Request[Any, Any, Any]) -> list[tuple[str, str]]:
    """What was typed, to be sent again; its token too, since the sign-in is the same."""
    sent = ScopeState.from_scope(request.scope).form
    fields = []
    for name, value in sent.items() if isinstance(sent, dict) else ():
        several = value if isinstance(value, list) else [value]
        if "password" not in name:
            fields += [(name, one) for one in several if isinstance(one, str)]
    return fields


def _plain_words(status: int) -> str:
    if status == 413:
        return "What was sent is too large."
    if status < 500:
        return "The request could not be understood."
    return "Fetlock met a fault of its own and stopped; nothing was half saved."


def _incident(request: Request[Any, Any, Any], error: Exception) -> str:
    context = request.scope.get("state", {}).get(STATE_KEY)
    access: Access | None = context.access if context is not None else None
    plugin = access.plugin if access is not None and access.plugin else "host"
    route = str(request.scope.get("path_template", ""))
    site = context.site if context is not None else None
    return record_incident(
        plugin=plugin,
        hook=f"{request.method} {route}",
        error=error,
        site_id=site.id if site is not None else None,
    )


def _is_of_a_plugin(request: Request[Any, Any, Any]) -> bool:
    return _kernel(request).belongs_to_plugin(request.scope["path"])


def _kernel(request: Request[Any, Any, Any]) -> "Kernel":
    kernel: Kernel = request.app.state.kernel
    return kernel
