"""The description of the JSON API, made from its handlers. JSON only: its viewers load foreign things."""

import json
from decimal import Decimal
from typing import Any, Final

from litestar import Request, get
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.response import Response

from fetlock_hostapp.web.kernel.describing import describe

TITLE: Final = "Fetlock"
NEVER_SERVED: Final = "/litestar-schema"
"""Where Litestar mounts its own pages of this: the gate keeps them shut, they load foreign things."""
MEDIA_TYPE: Final = "application/vnd.oai.openapi+json"
_MADE: Final = "api_description"


def openapi_config(version: str) -> OpenAPIConfig:
    """What Litestar is told; its own pages for it stay shut."""
    return OpenAPIConfig(
        title=TITLE,
        version=version,
        path=NEVER_SERVED,
        render_plugins=[JsonRenderPlugin()],
        use_handler_docstrings=True,
    )


@get("/openapi.json", public=True, include_in_schema=False, sync_to_thread=True)
def openapi_document(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The description of every route under /api/v1, in OpenAPI 3.1. It is made at the first request."""
    state = request.app.state
    body = state.get(_MADE)
    if body is None:
        body = json.dumps(describe(request.app), default=_plain).encode()
        state[_MADE] = body
    return Response(body, media_type=MEDIA_TYPE)


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else repr(value)
