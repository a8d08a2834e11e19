"""Idempotency-Key: a POST that is sent again is answered again, and done once (PL-11).

Every POST of the API takes one, unless its handler says `idempotency=False`: because it changes nothing, or
is harmless to repeat by itself, or runs in transactions of its own. The key is claimed and the answer kept in
the transaction of the work; answers are encrypted, as some hold a password that is told only once.
"""

import hashlib
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from litestar import Request
from litestar.handlers import HTTPRouteHandler
from litestar.response import Response
from sqlalchemy.orm import Session

from fetlock.domain.idempotency import service
from fetlock.domain.idempotency.service import KeyedRequest
from fetlock_hostapp.web.kernel.conditional import body_of
from fetlock_hostapp.web.kernel.context import STATE_KEY, Context, StaffRequest
from fetlock_hostapp.web.kernel.json_bodies import Unreadable

if TYPE_CHECKING:
    from fetlock_hostapp.web.kernel.kernel import Kernel

HEADER: Final = "idempotency-key"
REPLAYED: Final = "idempotency-replayed"
PATTERN: Final = r"^[\x21-\x7e]{1,255}$"
OPTION: Final = "idempotency"
_NOTED: Final = "fetlock_keyed_request"

T = TypeVar("T")


class Replay(Exception):
    """This request was done before: `response` is what was answered then. No fault, so no `FetlockError`."""

    def __init__(self, response: Response[bytes]) -> None:
        super().__init__("done before")
        self.response = response


def takes_key(handler: Any) -> bool:
    """Whether this handler of the API does a request with a key once."""
    if not isinstance(handler, HTTPRouteHandler) or "POST" not in handler.http_methods:
        return False
    return bool(handler.opt.get(OPTION, True)) and not handler.opt.get("public")


async def note_key(request: Request[Any, Any, Any]) -> None:
    """Read the key, on the event loop, where the body can still be read. Raises `Unreadable`."""
    sent = request.headers.get(HEADER)
    if sent is None or not takes_key(request.scope["route_handler"]):
        return
    if not re.fullmatch(PATTERN, sent):
        raise Unreadable(
            "A header cannot be read.", {HEADER: "1 to 255 characters of ASCII, without blanks."}
        )
    context: Context = request.scope["state"][STATE_KEY]
    digest = hashlib.sha256()
    for part in (request.scope["path"].encode(), request.scope["query_string"], await request.body()):
        digest.update(len(part).to_bytes(8, "big") + part)
    request.scope["state"][_NOTED] = KeyedRequest(
        site_id=context.site.id if context.site else None,
        actor=_actor(context),
        route=f"{request.method} {request.scope['path_template']}",
        key=sent,
        digest=digest.hexdigest(),
    )


def _actor(context: Context) -> str:
    """Two programs of one employee don't share their keys."""
    if context.token_id is not None:
        return f"token:{context.token_id}"
    return f"staff:{context.actor.staff_id}"


def noted(request: StaffRequest) -> KeyedRequest | None:
    """The key of this request, where it sent one."""
    found: KeyedRequest | None = request.scope["state"].get(_NOTED)
    return found


def done(request: StaffRequest) -> None:
    """The keyed work is committed: what the handler writes besides is not the answer."""
    request.scope["state"].pop(_NOTED, None)


def once(request: StaffRequest, session: Session, asked: KeyedRequest, run: Callable[[], T]) -> T:
    """Run the work and keep its answer. Raises `Replay` where that was done before, or `KeyReused`."""
    kernel: Kernel = request.app.state.kernel
    kept = service.claim(session, asked)
    if kept is not None:
        raise Replay(_again(kernel.runtime.secrets.open(kept)))
    answer = run()
    service.keep(session, asked, kernel.runtime.secrets.seal(_kept(request, answer)))
    return answer


def _kept(request: StaffRequest, answer: Any) -> dict[str, Any]:
    handler: Any = request.scope["route_handler"]
    status = handler.status_code
    if isinstance(answer, Response):
        status, answer = answer.status_code or status, answer.content
    body = "" if answer is None else body_of(request, answer).decode()
    return {"status": status, "body": body}


def _again(kept: dict[str, Any]) -> Response[bytes]:
    return Response(
        kept["body"].encode(),
        status_code=kept["status"],
        media_type="application/json",
        headers={REPLAYED: "true"},
    )
