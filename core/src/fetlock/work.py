"""A unit of work: one session, the person, the site, and the hooks of the plugins that are on there.

Every command of the domain takes one; what it needs of the outside it finds here, and nowhere else.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from fetlock.contracts.actor import Actor
from fetlock.contracts.facts import EventFacts, SiteFacts
from fetlock.errors import NotPermitted

if TYPE_CHECKING:
    from fetlock.domain.sites.models import Site
    from fetlock.platform.dispatch import Dispatcher


@dataclass(slots=True)
class Work:
    """What a command works with. `enabled`: the plugins that are on at `site`."""

    session: Session
    hooks: "Dispatcher"
    actor: Actor
    site: "Site"
    enabled: frozenset[str]

    def require(self, permission: str) -> None:
        """Raise `NotPermitted` unless the actor holds `permission` here (H-3)."""
        if not self.actor.may(permission):
            raise NotPermitted(permission)

    @property
    def site_facts(self) -> SiteFacts:
        """The site as hooks see it."""
        return self.site.facts()


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedAnswer:
    """An answered ask on its way into the plugin's tables."""

    work: Work
    question: str
    asked: Mapping[str, Any]
    answer: Mapping[str, Any]
    settings: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRun:
    """One run of a plugin's job, or a part of one, in one transaction (PL-9).

    `work` and `settings`: of the site, or of the first of the `sites` (ids) that share the account or the
    organisation. `cursor`: what the part before gave to `go_on`, empty in a first part.
    """

    work: Work
    job: str
    settings: Any
    sites: tuple[int, ...] = ()
    cursor: Mapping[str, Any] = field(default_factory=dict)
    onward: list[Mapping[str, Any]] = field(default_factory=list, repr=False)

    def go_on(self, cursor: Mapping[str, Any]) -> None:
        """Commit this part, and call the job again with `cursor` (JSON) right after.

        While a part runs nobody else can write to an SQLite database: one of much work does a hundredth
        of a second's or so at a time. A part that was lost with its worker is run again from its cursor.
        Raises `TypeError` or `ValueError` for what JSON has no form for.
        """
        self.onward.append(json.loads(json.dumps(dict(cursor), allow_nan=False)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(EventFacts):
    """What has happened, with the unit of work in which the plugin keeps its own part of it."""

    work: Work
