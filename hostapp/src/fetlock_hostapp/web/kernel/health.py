"""Whether this process lives, and whether it can work: for those who watch over it (OP-4)."""

from typing import Any

from litestar import Request, get
from litestar.response import Response
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from fetlock_hostapp.web.kernel.kernel import Kernel


@get("/health/live", public=True, include_in_schema=False)
async def live() -> dict[str, str]:
    """The process answers; the database is not asked."""
    return {"status": "live"}


@get("/health/ready", public=True, include_in_schema=False, sync_to_thread=True)
def ready(request: Request[Any, Any, Any]) -> Response[dict[str, str]]:
    """200 where the database is reachable and migrated, else 503 with the reason."""
    kernel: Kernel = request.app.state.kernel
    reason = unready(kernel)
    if reason:
        return Response({"status": "not ready", "reason": reason}, status_code=503)
    return Response({"status": "ready"})


def unready(kernel: Kernel) -> str:
    """Why this process cannot work now; empty where it can."""
    from fetlock.platform import migrations

    runtime = kernel.runtime
    try:
        with runtime.database.reading() as session:
            session.execute(text("SELECT 1"))
        pending = migrations.pending(runtime.database, runtime.registry)
    except SQLAlchemyError as error:
        return f"The database cannot be reached ({type(error).__name__})."
    if pending:
        return "The database is not migrated: run fetlock db upgrade."
    return ""
