"""What holds for every request of the JSON API, its handlers knowing nothing of it (PL-11).

Query parameters that nobody knows are refused: a misspelt filter would list everything. A body is JSON. A
route of the API gets these rules, tagged answers and its description by being mounted with `API_LAYER`.
"""

import re
from typing import Any, Final

from litestar import Request
from litestar.enums import RequestEncodingType
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from fetlock_hostapp.web.kernel.conditional import TaggedAnswer, read_tags
from fetlock_hostapp.web.kernel.csrf import SAFE_METHODS
from fetlock_hostapp.web.kernel.idempotency import note_key
from fetlock_hostapp.web.kernel.json_bodies import Unreadable

_JSON: Final = re.compile(r"application/([\w.+-]+\+)?json")


class NotJson(HTTPException):
    """A body of another type than JSON."""

    status_code = 415


async def check_request(request: Request[Any, Any, Any]) -> None:
    """Refuse what no handler should have to look at: 400 or 415."""
    if b"%00" in request.scope["query_string"] or "\x00" in request.scope["path"]:
        raise Unreadable("Text cannot hold the character U+0000.")
    unknown = sorted(set(request.query_params.keys()) - query_names(request))
    if unknown:
        raise Unreadable(
            "The query holds a parameter that this address does not know.",
            dict.fromkeys(unknown, "There is no such parameter."),
        )
    for header in ("if-match", "if-none-match"):
        read_tags(request, header)
    if request.method in SAFE_METHODS:
        return
    handler = request.scope["route_handler"]
    if isinstance(handler, HTTPRouteHandler) and handler.parsed_data_field is not None:
        _require_json(request)
    await note_key(request)


def query_names(request: Request[Any, Any, Any]) -> frozenset[str]:
    """The query parameters that the handler of this request declares."""
    handler = request.scope["route_handler"]
    known: dict[int, frozenset[str]] = request.app.state.setdefault("api_query_names", {})
    if id(handler) not in known:
        for route in request.app.routes:
            if isinstance(route, HTTPRoute):
                for each, model in route.route_handler_map.values():
                    known[id(each)] = frozenset(p.field_alias for p in model.expected_query_params)
    return known.get(id(handler), frozenset())


def _require_json(request: Request[Any, Any, Any]) -> None:
    content_type, _ = request.content_type
    if content_type and not _JSON.fullmatch(str(content_type).lower()):
        raise NotJson(detail=f"Send {RequestEncodingType.JSON.value}.")


API_LAYER: Final[dict[str, Any]] = {"before_request": check_request, "response_class": TaggedAnswer}
"""What a router of the JSON API is made with."""
