"""What every operation of the JSON API may answer besides success, and who may call it: as described."""

from http import HTTPStatus
from typing import Any, Final

from fetlock_hostapp.web.kernel import cookies
from fetlock_hostapp.web.kernel.access import Access, Audience, Route
from fetlock_hostapp.web.kernel.conditional import CONDITIONAL, REQUIRED
from fetlock_hostapp.web.kernel.csrf import HEADERS as CSRF_HEADERS
from fetlock_hostapp.web.kernel.csrf import SAFE_METHODS
from fetlock_hostapp.web.kernel.idempotency import takes_key

PROBLEM: Final = "application/problem+json"
ANSWERS: Final = "answers"
"""The option of handlers that answer further problems: `answers=(429,)`."""

INTRODUCTION: Final = (
    "Programs sign in with a token (`Authorization: Bearer …`) or, like browsers, at /api/v1/sign-in; then "
    "the token of its answer goes as x-csrf-token with every POST, PUT, PATCH and DELETE.\n\n"
    "Amounts and quantities are strings with a fixed number of decimals. Days are `2026-11-19`, moments are "
    "in UTC. Lists are in pages: `next` is the address of the next one, or null. Every refusal is a problem "
    "(RFC 9457): `code` is for programs, `detail` and `fields` are for people."
)

DONE: Final = {
    "200": "Done; what stands there now.",
    "201": "Made.",
    "202": "Taken; it is done by the worker.",
    "204": "Done; there is nothing to tell.",
}

_MEANINGS: Final[dict[int, tuple[str, str, str]]] = {
    304: ("NotModified", "", "It is what If-None-Match names; there is no body."),
    400: (
        "Unreadable",
        "invalid",
        "It isn't as this description has it: JSON, a member, a parameter.",
    ),
    401: ("SignInNeeded", "sign_in_needed", "Nobody is signed in, or the token is unknown or over."),
    403: (
        "NotPermitted",
        "not_permitted",
        "They may not do this, or x-csrf-token is missing.",
    ),
    404: ("NotFound", "not_found", "There is no such thing, or not at this site."),
    409: ("Conflict", "conflict", "What stands there does not allow it; `fields` may hold the reasons."),
    412: ("Stale", "stale", "Somebody changed it since; `present` is what stands there now."),
    413: ("TooLarge", "refused", "The body is too large."),
    415: ("NotJson", "refused", "The body is not JSON."),
    422: ("Invalid", "invalid", "Readable, but not acceptable: `fields` says what is wrong where."),
    428: ("MustSaySeen", "precondition_required", "Send If-Match, or the revision that was read."),
    429: ("TooMany", "too_many", "Too many attempts: wait as long as Retry-After says."),
    503: ("Busy", "busy", "The database is busy; nothing was saved. Try again after Retry-After seconds."),
}

SCHEMAS: Final[dict[str, Any]] = {
    "Problem": {
        "type": "object",
        "title": "Problem",
        "description": "What went wrong (RFC 9457).",
        "required": ["type", "title", "status", "code", "detail"],
        "properties": {
            "type": {"type": "string", "const": "about:blank"},
            "title": {"type": "string", "description": "The status in words"},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "code": {"type": "string", "description": "For programs; stays the same"},
            "detail": {"type": "string", "description": "For people, in words that they can act on"},
            "fields": {
                "type": "object",
                "additionalProperties": {"type": "string"},
                "description": 'What is wrong with each member or parameter; "" is what belongs to none',
            },
            "present": {"type": "object", "description": "With 412: what stands there now"},
            "incident": {"type": "string", "description": "With 500: the number of the fault in the log"},
        },
    }
}

HEADERS: Final[dict[str, Any]] = {
    "ETag": {
        "description": "The tag of this state, for If-Match and If-None-Match",
        "schema": {"type": "string"},
    },
    "Replayed": {
        "description": "`true`: it was done before, with the same Idempotency-Key",
        "schema": {"type": "string", "const": "true"},
    },
    "RetryAfter": {"description": "Seconds to wait", "schema": {"type": "string", "pattern": "^[0-9]+$"}},
}

SECURITY_SCHEMES: Final[dict[str, Any]] = {
    "signIn": {
        "type": "apiKey",
        "in": "cookie",
        "name": cookies.SIGN_IN,
        "description": "Given by /api/v1/sign-in.",
    },
    "csrfToken": {
        "type": "apiKey",
        "in": "header",
        "name": CSRF_HEADERS[0],
        "description": "Of the same sign-in, from its answer or from /api/v1/me.",
    },
    "token": {"type": "http", "scheme": "bearer", "description": "A token of an employee, for one program."},
}


def _response(status: int, name: str, code: str, text: str) -> dict[str, Any]:
    made: dict[str, Any] = {"description": text}
    if status >= 400:
        example = {
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "code": code,
            "detail": text,
        }
        schema = {"$ref": "#/components/schemas/Problem"}
        made["content"] = {PROBLEM: {"schema": schema, "example": example}}
    else:
        made["headers"] = {"ETag": {"$ref": "#/components/headers/ETag"}}
    if status in (429, 503):
        made["headers"] = {"Retry-After": {"$ref": "#/components/headers/RetryAfter"}}
    return made


RESPONSES: Final[dict[str, Any]] = {
    name: _response(status, name, code, text) for status, (name, code, text) in _MEANINGS.items()
}


def problems(route: Route, access: Access) -> dict[str, Any]:
    """Every answer of this operation that isn't success, by its status."""
    return {
        str(status): {"$ref": f"#/components/responses/{_MEANINGS[status][0]}"}
        for status in sorted(_statuses(route, access))
    }


def _statuses(route: Route, access: Access) -> set[int]:
    handler = route.handler
    safe = route.method in SAFE_METHODS
    found = {400, 503} | {int(status) for status in handler.opt.get(ANSWERS, ())}
    if access.audience is Audience.PUBLIC:
        found |= {401, 429}
    else:
        found |= {401, 403}
    if route.parameters:
        found.add(404)
    if safe and access.audience is not Audience.PUBLIC:
        found.add(304)
    if handler.parsed_data_field is not None:
        found |= {413, 415, 422}
    if not safe and access.audience is not Audience.PUBLIC:
        found |= {409, 422}
    if takes_key(handler):
        found |= {413, 422}
    if handler.opt.get(CONDITIONAL):
        found.add(412)
        if handler.opt[CONDITIONAL] == REQUIRED:
            found.add(428)
    return found


def headers_of(route: Route, status: str) -> dict[str, Any]:
    """The headers of the answer of success."""
    found = {}
    if status != "204" and route.method in ("GET", "PUT"):
        found["ETag"] = {"$ref": "#/components/headers/ETag"}
    if takes_key(route.handler):
        found["Idempotency-Replayed"] = {"$ref": "#/components/headers/Replayed"}
    return found


def security(route: Route, access: Access) -> list[dict[str, list[str]]]:
    """Who may call: nobody's name is asked, or a sign-in (with its CSRF token) or a token."""
    if access.audience is Audience.PUBLIC:
        return []
    by_cookie: dict[str, list[str]] = {"signIn": []}
    if route.method not in SAFE_METHODS:
        by_cookie["csrfToken"] = []
    return [by_cookie] if access.sessions_only else [by_cookie, {"token": []}]
