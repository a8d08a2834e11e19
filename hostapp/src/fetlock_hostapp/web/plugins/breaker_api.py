"""The breakers of plugins for programs: what fails at this site, and calling it again (PL-5)."""

from datetime import datetime

from litestar import get, post
from pydantic import BaseModel, Field

from fetlock.platform import breaker
from fetlock_hostapp.plugin import Desk, FromPath, StaffRequest, reading, writing


class BreakerAnswer(BaseModel):
    """A hook of a plugin that has failed at this site at some time."""

    plugin: str
    hook: str
    state: str = Field(description="closed, failing, open (left alone) or trial (tried with the next call)")
    failures: int = Field(description="In a row")
    total: int = Field(description="Of all time")
    last_at: datetime
    reason: str
    incident: str
    opened_at: datetime | None
    retry_at: datetime | None


class ResetAnswer(BaseModel):
    """The hooks that are called again."""

    hooks: list[str]


@get("/breakers", permission="plugins.view", sync_to_thread=True, tags=["Plugins"])
def list_breakers(request: StaffRequest) -> list[BreakerAnswer]:
    """Every hook of a plugin that failed at this site at some time."""
    with reading(request) as desk:
        return [
            BreakerAnswer(
                plugin=row.plugin,
                hook=row.hook,
                state=row.state.value,
                failures=row.failures,
                total=row.total,
                last_at=row.last_at,
                reason=row.reason,
                incident=row.incident,
                opened_at=row.opened_at,
                retry_at=row.retry_at,
            )
            for row in breaker.states(desk.session, site_ids=[desk.site.id])
        ]


@post(
    "/plugins/{name:str}/breakers/reset", permission="plugins.switch", sync_to_thread=True, tags=["Plugins"]
)
def reset_breakers(request: StaffRequest, name: FromPath[str]) -> ResetAnswer:
    """Call the hooks of this plugin that are left alone at this site again, at once."""

    def work(desk: Desk) -> ResetAnswer:
        return ResetAnswer(hooks=breaker.reset(desk.work, name))

    return writing(request, work)


HANDLERS = [list_breakers, reset_breakers]
