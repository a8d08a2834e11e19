"""`/metrics`: figures for Prometheus, for whoever has the token, or else for this machine alone (OP-4)."""

import hmac
import ipaddress
from typing import Any

from litestar import Request, get
from litestar.response import Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import SecretStr

from fetlock.errors import NotFound
from fetlock_hostapp import metrics
from fetlock_hostapp.web.kernel.kernel import Kernel

_FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
"""A proxy on this machine would make everybody a caller from this machine: these headers give it away."""


@get("/metrics", public=True, include_in_schema=False, sync_to_thread=True)
def show_metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The figures; 404 for everybody else."""
    kernel: Kernel = request.app.state.kernel
    if not _may(request, kernel.runtime.installation.metrics_token):
        raise NotFound("There is no such page.")
    content = metrics.exposition(kernel.runtime)
    return Response(content, media_type=CONTENT_TYPE_LATEST, headers={"cache-control": "no-store"})


def _may(request: Request[Any, Any, Any], token: SecretStr | None) -> bool:
    if token is not None:
        given = request.headers.get("authorization", "").encode()
        return hmac.compare_digest(given, f"Bearer {token.get_secret_value()}".encode())
    if any(name in request.headers for name in _FORWARDED) or request.client is None:
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


ROOT_HANDLERS = [show_metrics]
