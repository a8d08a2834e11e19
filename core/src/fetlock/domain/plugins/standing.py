"""How the host stands with a plugin's hook at a site, read along with the site's row (PL-5).

In words: "failing" (it failed of late, and is called as ever), "open" (the breaker is open: it is not
called), "trial" (the pause is over: one call is let through).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, bindparam, case, func, or_, select

from fetlock import clock
from fetlock.database import UtcDateTime
from fetlock.domain.plugins.models import PluginBreaker


class State(StrEnum):
    """What the host does with the hook; `CLOSED`: it works."""

    CLOSED = "closed"
    FAILING = "failing"
    OPEN = "open"
    TRIAL = "trial"


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of one hook, with the incident of its last failure."""

    state: State
    incident: str


def standings_at(site_id: Any) -> ScalarSelect[str]:
    """One text of all hooks that failed of late at the site: "club/patient_panels/open/7F3K-Q2WX …"."""
    row = PluginBreaker.__table__.alias("standing")
    place = row.c.plugin + "/" + row.c.hook + "/" + state_of(row.c) + "/" + row.c.incident
    return (
        select(func.aggregate_strings(place, " "))
        .where(row.c.site_id == site_id, or_(row.c.failures > 0, row.c.opened_at.is_not(None)))
        .scalar_subquery()
        .correlate_except(row)
    )


def state_of(columns: Any) -> ColumnElement[str]:
    """The state in words, of the columns of `plugin_breaker`."""
    now = bindparam("standing_now", callable_=clock.now, type_=UtcDateTime(), unique=True)
    return case(
        (columns.retry_at > now, State.OPEN.value),
        (columns.retry_at.is_not(None), State.TRIAL.value),
        (columns.failures > 0, State.FAILING.value),
        else_=State.CLOSED.value,
    )


def read_standings(text: str | None) -> Mapping[str, Standing]:
    """The text of `standings_at`, by "plugin/hook"."""
    found = {}
    for place in (text or "").split():
        plugin, hook, state, incident = place.split("/")
        found[f"{plugin}/{hook}"] = Standing(State(state), incident)
    return found
