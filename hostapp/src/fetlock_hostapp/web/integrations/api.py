"""The health of integrations for programs (PL-14)."""

from datetime import datetime
from typing import Self

from litestar import get
from pydantic import BaseModel

from fetlock.domain.integrations import health, wording
from fetlock.domain.integrations.health import Health, PastTrouble
from fetlock.domain.integrations.permissions import VIEW
from fetlock_hostapp.plugin import Desk, StaffRequest, reading
from fetlock_hostapp.web.integrations.showing import state_of
from fetlock_hostapp.web.kernel.paging import Cursor, CursorList, Limit, WholeKey, position

TAG = "Integrations"


class BreakerAnswer(BaseModel):
    """A hook of the plugin that is not called as ever: failing, open or on trial."""

    hook: str
    state: str
    failures: int
    reason: str
    retry_at: datetime | None


class ServiceAnswer(BaseModel):
    """How one service does. `source` is outbox or messages; of messages `topic` is the channel.

    `waiting` goes out by itself, `oldest` of it was stored when; `given_up` and `doubtful` need a person;
    `held` waits for its plugin. `failures` of the last 24 hours. `stuck_since`: people were told then.
    """

    source: str
    plugin: str
    topic: str
    name: str
    state: str
    set_up: bool
    last_success: datetime | None
    waiting: int
    oldest: datetime | None
    failures: int
    given_up: int
    doubtful: int
    held: int
    stuck_since: datetime | None
    breakers: list[BreakerAnswer]

    @classmethod
    def of(cls, desk: Desk, found: Health) -> Self:
        """The answer for one service."""
        return cls(
            source=found.service.source,
            plugin=found.service.plugin,
            topic=found.service.topic,
            name=wording.name_of(desk.hooks.registry, found.service),
            state=state_of(found)[1],
            set_up=found.set_up,
            last_success=found.last_success,
            waiting=found.queue.waiting,
            oldest=found.queue.oldest,
            failures=found.failures,
            given_up=found.queue.dead,
            doubtful=found.queue.doubtful,
            held=found.queue.held,
            stuck_since=found.trouble_since,
            breakers=[
                BreakerAnswer(
                    hook=each.hook,
                    state=each.state.value,
                    failures=each.failures,
                    reason=each.reason,
                    retry_at=each.retry_at,
                )
                for each in found.breakers
            ],
        )


class TroubleAnswer(BaseModel):
    """A time in which a service was stuck; `over_at` is null while it is. `mailed`: e-mails that went out."""

    id: int
    source: str
    plugin: str
    topic: str
    reason: str
    began_at: datetime
    over_at: datetime | None
    mailed: int

    @classmethod
    def of(cls, past: PastTrouble) -> Self:
        """The answer for one."""
        return cls(
            id=past.id,
            source=past.service.source,
            plugin=past.service.plugin,
            topic=past.service.topic,
            reason=past.reason,
            began_at=past.began_at,
            over_at=past.over_at,
            mailed=past.mailed,
        )


class TroubleList(CursorList[TroubleAnswer]):
    """A page of times of trouble, the newest first."""


@get("/integrations", permission=VIEW, sync_to_thread=True, tags=[TAG])
def list_services(request: StaffRequest) -> list[ServiceAnswer]:
    """Every service of this site."""
    with reading(request) as desk:
        return [ServiceAnswer.of(desk, found) for found in health.read(desk.work)]


@get("/integrations/troubles", permission=VIEW, sync_to_thread=True, tags=[TAG])
def list_troubles(request: StaffRequest, limit: Limit = 50, cursor: Cursor = "") -> TroubleList:
    """When services of this site were stuck."""
    with reading(request) as desk:
        found = position(cursor, tuple[WholeKey])
        rows = health.troubles(
            desk.session, desk.site.id, before_id=found[0] if found else None, limit=limit + 1
        )
        return TroubleList.of(request, rows, limit, TroubleAnswer.of, lambda row: (row.id,))


HANDLERS = [list_services, list_troubles]
