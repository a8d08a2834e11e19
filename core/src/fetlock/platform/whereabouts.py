"""Where a hook is called: read off its context, whatever kind of hook it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from fetlock.domain.plugins.standing import Standing, read_standings
from fetlock.work import Work


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """`standings`: of the site's hooks, by "plugin/hook"; None where they did not come with the context.

    `session`: the one that the context hands to the plugin, whose transaction is the host's.
    """

    site_id: int | None
    standings: Mapping[str, Standing] | None
    session: Session | None


def whereabouts(context: Any, site_id: int | None = None) -> Whereabouts:
    """Of a context with a unit of work, with the facts of its site, or with no more than a site's id.

    `site_id`: of one that has not even that.
    """
    work = context if isinstance(context, Work) else getattr(context, "work", None)
    if work is not None:
        return Whereabouts(work.site.id, read_standings(work.site.standings), work.session)
    site = getattr(context, "site", None)
    if site is not None:
        return Whereabouts(site.site_id, site.standings, None)
    return Whereabouts(getattr(context, "site_id", site_id), None, None)
