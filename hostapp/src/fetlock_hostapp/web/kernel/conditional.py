"""Entity tags (RFC 9110): an unchanged answer is 304, and a change says what it stands on (PL-11, H-36).

A tag is `"<revision>-<fingerprint>"`, or `"<fingerprint>"` for what has no revision. If-None-Match compares
it whole. If-Match compares the revision alone where there is one: what the worker notes at an invoice
meanwhile must not spoil a person's change of it.
"""

import hashlib
import re
from collections.abc import Callable
from typing import Any, Final

from litestar import Request
from litestar.response import Response
from litestar.response.base import ASGIResponse
from pydantic import BaseModel

from fetlock.errors import FetlockError
from fetlock_hostapp.web.kernel.context import StaffRequest
from fetlock_hostapp.web.kernel.json_bodies import Unreadable

CONDITIONAL: Final = "conditional"
"""The option of handlers that call `require_seen`: True, or `REQUIRED` for those that replace everything."""
REQUIRED: Final = "required"

ANY: Final = "*"
_TAGGED: Final = ("GET", "HEAD", "PUT")
"""What other methods answer isn't what GET gives at the same address."""
TAGS: Final = r'^(\*|(W/)?"[!#-~]{0,200}"(, ?(W/)?"[!#-~]{0,200}"){0,9})$'
"""What If-Match and If-None-Match may hold: tags, or * for any."""
_TAG: Final = re.compile(r'"([!#-~]*)"')


class Stale(FetlockError):
    """The change stands on a state that is no more; `present` is what stands there now."""

    code = "stale"
    status = 412

    def __init__(self, present: BaseModel) -> None:
        super().__init__("Somebody saved this after you read it. Look at what stands there now, then retry.")
        self.present = present


class MustSaySeen(FetlockError):
    """The change replaces everything, so it has to say which state it stands on."""

    code = "precondition_required"
    status = 428

    def __init__(self) -> None:
        super().__init__("Send If-Match with the ETag of what you read, so that nobody’s change is lost.")


class TaggedAnswer(Response[Any]):
    """An answer of the JSON API with its tag; 304 without a body where the caller has it already."""

    def to_asgi_response(self, app: Any, request: Request[Any, Any, Any], **rest: Any) -> ASGIResponse:
        """The answer as it is sent."""
        made = super().to_asgi_response(app, request, **rest)
        if made.status_code == 204 or made.status_code >= 300 or request.method not in _TAGGED:
            return made
        tag = _tag(self.content, bytes(made.body))
        made.headers["etag"] = f'"{tag}"'
        if request.method in ("GET", "HEAD"):
            seen = read_tags(request, "if-none-match")
            if seen is not None and (tag in seen or ANY in seen):
                return ASGIResponse(
                    status_code=304,
                    headers={"etag": f'"{tag}"'},
                    body=b"",
                    media_type="application/json",
                )
        return made


def require_seen(request: StaffRequest, present: Callable[[], BaseModel], *, seen: int | None = None) -> None:
    """Compare If-Match with what stands there now, inside the transaction that is about to change it.

    `present` makes the answer that GET gives. `seen`: the revision that the body itself says was read, which
    does as well. Raises `Stale` (412), and `MustSaySeen` (428) where a handler requires one of both.
    """
    tags = read_tags(request, "if-match")
    if tags is None:
        if seen is None and request.scope["route_handler"].opt.get(CONDITIONAL) == REQUIRED:
            raise MustSaySeen
        return
    if ANY in tags:
        return
    found = present()
    standing = _strong(tag_of(request, found))
    if standing not in {_strong(tag) for tag in tags}:
        raise Stale(found)


def tag_of(request: Request[Any, Any, Any], answer: BaseModel) -> str:
    """The tag that this answer is sent with, without its quotes."""
    return _tag(answer, body_of(request, answer))


def body_of(request: Request[Any, Any, Any], answer: Any) -> bytes:
    """The answer as the handler of this request would send it."""
    encoders = request.scope["route_handler"].resolve_type_encoders()
    sent = Response(answer, media_type="application/json", type_encoders=encoders)
    return bytes(sent.to_asgi_response(None, request).body)


def read_tags(request: Request[Any, Any, Any], header: str) -> frozenset[str] | None:
    """The tags of If-Match or If-None-Match; None where it was not sent. Raises `Unreadable`."""
    sent = request.headers.get(header)
    if sent is None:
        return None
    if not re.fullmatch(TAGS, sent):
        raise Unreadable("A header cannot be read.", {header: 'Send tags in quotes, such as "12-0a9f".'})
    return frozenset({ANY} if sent == ANY else _TAG.findall(sent))


def _tag(answer: Any, body: bytes) -> str:
    fingerprint = hashlib.sha256(body).hexdigest()[:16]
    revision = getattr(answer, "revision", None)
    return fingerprint if revision is None else f"{revision}-{fingerprint}"


def _strong(tag: str) -> str:
    revision, dash, _ = tag.partition("-")
    return revision if dash else tag
