"""The description of the JSON API, made from its handlers. JSON only: its viewers load foreign things."""

import json
from decimal import Decimal
from typing import Any, Final

from litestar import Request, get
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.response import Response

from fetlock_hostapp.web.kernel import cookies

TITLE: Final = "Fetlock"
NEVER_SERVED: Final = "/litestar-schema"
"""Where Litestar mounts its own pages of this: the gate keeps them shut, they load foreign things."""


def openapi_config(version: str) -> OpenAPIConfig:
    """What Litestar is told; its own pages for it stay shut."""
    return OpenAPIConfig(
        title=TITLE,
        version=version,
        path=NEVER_SERVED,
        render_plugins=[JsonRenderPlugin()],
        description="Sign in at /api/v1/sign-in; send the token of its answer as x-csrf-token with every "
        "POST, PUT, PATCH and DELETE. Amounts are strings with a fixed number of decimals.",
        security=[{"signIn": []}],
        components=Components(
            security_schemes={
                "signIn": SecurityScheme(type="apiKey", security_scheme_in="cookie", name=cookies.SIGN_IN)
            }
        ),
        use_handler_docstrings=True,
    )


@get("/openapi.json", public=True, include_in_schema=False, sync_to_thread=True)
def openapi_document(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The description of every route under /api/v1, in OpenAPI 3.1."""
    document = request.app.openapi_schema.to_schema()
    body = json.dumps(document, default=_plain).encode()
    return Response(body, media_type="application/vnd.oai.openapi+json")


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else repr(value)
