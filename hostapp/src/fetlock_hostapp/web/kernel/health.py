"""Whether this process lives, and whether it can work: for those who watch over it (OP-4)."""

from typing import Annotated, Any, Final

from litestar import Request, get
from litestar.params import QueryParameter
from litestar.response import Response

from fetlock.platform.runtime import Runtime
from fetlock_hostapp.examination import examine
from fetlock_hostapp.web.kernel.kernel import Kernel

NEEDED: Final = {
    "database": "The database does not answer.",
    "migrations": "The tables are not up to date. Run: fetlock db upgrade",
    "worker": "No worker was heard of for 60 seconds. Run: fetlock worker",
    "secrets": "The key that secrets are encrypted with cannot be read.",
}
"""What must be well, with what anybody may be told where it is not. The details are `fetlock doctor`'s."""


@get("/health/live", public=True, include_in_schema=False)
async def live() -> dict[str, str]:
    """The process answers; the database is not asked."""
    return {"status": "live"}


@get("/health/ready", public=True, include_in_schema=False, sync_to_thread=True)
def ready(
    request: Request[Any, Any, Any], ignore: Annotated[str, QueryParameter(max_length=100)] = ""
) -> Response[dict[str, Any]]:
    """200 where everything that is needed is well, else 503 with what is not.

    `?ignore=worker` leaves that out, for a balancer that chooses among web servers: without a worker pages
    still work, and taking all of them away would mend nothing.
    """
    kernel: Kernel = request.app.state.kernel
    found = missing(kernel.runtime, frozenset(ignore.split(",")))
    if found:
        reason = " ".join(NEEDED[key] for key in found)
        return Response({"status": "not ready", "missing": found, "reason": reason}, status_code=503)
    return Response({"status": "ready"})


def missing(runtime: Runtime, ignored: frozenset[str]) -> list[str]:
    """What of `NEEDED` is not well, in the order in which one thing stands on the other."""
    return [
        each.key
        for each in examine(runtime)
        if each.key in NEEDED and not each.ok and each.key not in ignored
    ]
