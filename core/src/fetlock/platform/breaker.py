"""The circuit breaker: a hook of a plugin that keeps failing at a site is left alone for a while (PL-5).

Its state stands in a table, so that every web process and worker agrees; where it matters it comes with the
site's row. After so many failures in a row it opens; once the pause is over one call is let through, which
closes it, or opens it again for longer.

Hooks that price or check are not left alone for failing: asking again costs nothing, and people's own input
may be what they stumble over. Only slowness opens theirs, since it would hold everybody's writing up. They
are never skipped in silence: an open breaker is a failed answer, and what that means its kind says.
"""

import logging
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.database import Database
from fetlock.domain.audit import service as audit
from fetlock.domain.plugins.models import PluginBreaker
from fetlock.domain.plugins.standing import Standing, State
from fetlock.errors import NotFound
from fetlock.hooks.markers import HookKind
from fetlock.work import Work

log = logging.getLogger(__name__)

SLOW: Final = "slow"
"""The reason of an answer that came, but too late; others are the names of error classes."""

_FAIL_CLOSED: Final = frozenset({HookKind.PROPOSE, HookKind.CHECK})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """When a breaker opens and for how long.

    `failures` in a row within `window` open it for `pause`, each time twice as long, up to `longest`.
    `slow`: seconds from which an answer counts as a failure; select hooks wait for outside services.
    """

    failures: int = 5
    window: timedelta = timedelta(minutes=5)
    pause: timedelta = timedelta(seconds=30)
    longest: timedelta = timedelta(minutes=10)
    slow: Mapping[HookKind, float] = field(
        default_factory=lambda: {
            HookKind.CONTRIBUTE: 5.0,
            HookKind.PROPOSE: 3.0,
            HookKind.CHECK: 3.0,
            HookKind.NOTIFY: 3.0,
            HookKind.SELECT: 60.0,
        }
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One hook of a plugin at a site; `site_id` None for what belongs to no single one."""

    plugin: str
    hook: str
    site_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerState:
    """A hook that has failed at some time, for people: when, why, and how the host stands with it.

    `failures` in a row; `total` of all time; `opened_at`, `retry_at`: while it is open or on trial.
    """

    plugin: str
    hook: str
    site_id: int | None
    state: State
    failures: int
    total: int
    last_at: datetime
    reason: str
    incident: str
    opened_at: datetime | None
    retry_at: datetime | None


class Breaker:
    """The breakers of one process over their table. `rules` may be replaced."""

    def __init__(self, database: Database, rules: Rules | None = None) -> None:
        self.rules = rules or Rules()
        self._database = database
        self._trying: set[Place] = set()
        self._lock = threading.Lock()

    def look(self, place: Place) -> Standing | None:
        """How the hook stands, in a short transaction of its own: for what is done outside of any."""
        with self._database.reading() as session:
            return standing(session, place)

    def may_try(self, place: Place) -> bool:
        """Whether this process may let its one trial call through now; `tried` ends it."""
        with self._lock:
            if place in self._trying:
                return False
            self._trying.add(place)
            return True

    def tried(self, place: Place) -> None:
        """The trial call has ended."""
        with self._lock:
            self._trying.discard(place)

    def failed(self, place: Place, kind: HookKind, reason: str, incident: str) -> None:
        """Note a failure, once this thread is in no transaction: also where its unit of work is undone."""
        rules = self.rules
        self._database.afterwards(lambda session: note_failure(session, place, kind, reason, incident, rules))

    def succeeded(self, place: Place) -> None:
        """Note that a hook works that had failed of late."""
        self._database.afterwards(lambda session: note_success(session, place))


def note_failure(
    session: Session, place: Place, kind: HookKind, reason: str, incident: str, rules: Rules
) -> None:
    """Count one failure; opens the breaker where that was one too many, or the trial."""
    now = clock.now()
    row = _row(session, place)
    if row is None:
        row = PluginBreaker(
            plugin=place.plugin, site_id=place.site_id, hook=place.hook, failures=0, total=0, trips=0
        )
        row.first_at = now
        session.add(row)
    row.total += 1
    row.last_at = now
    row.reason = reason[:120]
    row.incident = incident[:20]
    if kind in _FAIL_CLOSED and reason != SLOW:
        return
    if not row.failures or now - row.first_at > rules.window:
        row.first_at = now
        row.failures = 0
    row.failures += 1
    if row.retry_at is None:
        opens = row.failures >= rules.failures
    else:
        opens = row.retry_at <= now  # a call that was under way when it opened is no trial
    if opens:
        row.trips += 1
        row.opened_at = row.opened_at or now
        row.retry_at = now + min(rules.pause * 2 ** min(row.trips - 1, 20), rules.longest)
        log.warning(
            "breaker open: plugin %s is left alone in %s at site %s until %s, incident %s",
            *(place.plugin, place.hook, place.site_id, f"{row.retry_at:%H:%M:%S} UTC", incident),
        )


def note_success(session: Session, place: Place) -> None:
    """Close the breaker, and count from nought again."""
    row = _row(session, place)
    if row is not None:
        _close(row)


def standing(session: Session, place: Place) -> Standing | None:
    """How the hook stands at the site; None where it has not failed of late."""
    row = session.scalar(_of(place).execution_options(populate_existing=True))
    state = State.CLOSED if row is None else _state(row)
    return None if row is None or state is State.CLOSED else Standing(state, row.incident)


def waits_until(session: Session, place: Place) -> datetime | None:
    """Until when the hook is left alone; None while it is called."""
    row = session.scalar(_of(place).execution_options(populate_existing=True))
    return row.retry_at if row is not None and _state(row) is State.OPEN else None


def states(session: Session, *, site_ids: Collection[int] | None = None) -> list[BreakerState]:
    """Every hook that ever failed, at these sites (by default everywhere): by plugin, site and hook.

    What belongs to no single site is told in either case.
    """
    wanted = select(PluginBreaker).order_by(PluginBreaker.plugin, PluginBreaker.site_id, PluginBreaker.hook)
    if site_ids is not None:
        wanted = wanted.where(PluginBreaker.site_id.in_(list(site_ids)) | PluginBreaker.site_id.is_(None))
    return [
        BreakerState(
            plugin=row.plugin,
            hook=row.hook,
            site_id=row.site_id,
            state=_state(row),
            failures=row.failures,
            total=row.total,
            last_at=row.last_at,
            reason=row.reason,
            incident=row.incident,
            opened_at=row.opened_at,
            retry_at=row.retry_at,
        )
        for row in session.scalars(wanted)
    ]


def reset(work: Work, plugin: str) -> list[str]:
    """Close every breaker of `plugin` at this site; answers the hooks that it was open for.

    Raises `NotFound` where none was, `NotPermitted`. Audited.
    """
    work.require("plugins.switch")
    rows: Sequence[PluginBreaker] = work.session.scalars(
        select(PluginBreaker)
        .where(
            PluginBreaker.plugin == plugin,
            PluginBreaker.site_id == work.site.id,
            PluginBreaker.retry_at.is_not(None),
        )
        .order_by(PluginBreaker.hook)
        .with_for_update()
    ).all()
    if not rows:
        raise NotFound("Nothing of this plugin is left alone here.")
    hooks = [row.hook for row in rows]
    for row in rows:
        _close(row)
    audit.record(
        work.session,
        "plugin.breaker_reset",
        staff_id=work.actor.staff_id,
        site_id=work.site.id,
        subject=f"plugin:{plugin}",
        detail={"hooks": hooks},
    )
    return hooks


def _of(place: Place) -> Select[PluginBreaker]:
    return select(PluginBreaker).where(
        PluginBreaker.plugin == place.plugin,
        PluginBreaker.hook == place.hook,
        PluginBreaker.site_id.is_not_distinct_from(place.site_id),
    )


def _row(session: Session, place: Place) -> PluginBreaker | None:
    return session.scalar(_of(place).with_for_update())


def _close(row: PluginBreaker) -> None:
    row.failures = 0
    row.trips = 0
    row.opened_at = None
    row.retry_at = None


def _state(row: PluginBreaker) -> State:
    if row.retry_at is not None:
        return State.OPEN if row.retry_at > clock.now() else State.TRIAL
    return State.FAILING if row.failures else State.CLOSED
