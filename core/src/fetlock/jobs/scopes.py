"""For what a job runs: its scopes, and the sites of one at which it may run now (PL-2, PL-9)."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from fetlock.contracts.registration import Job, JobScope
from fetlock.domain.sites.models import Site
from fetlock.jobs.models import JobPause
from fetlock.platform import settings
from fetlock.platform.registry import Registry

ORGANISATION: Final = "organisation"

Key = tuple[str, str]
"""A job: plugin and key."""


@dataclass(frozen=True, slots=True)
class Place:
    """One place in the schedule. `sites`: those that share it, the lowest id first."""

    plugin: str
    job: str
    scope: str
    sites: tuple[Site, ...]

    @property
    def site_id(self) -> int | None:
        """The site, where the scope is a site."""
        return self.sites[0].id if self.scope.startswith("site:") else None


def known_jobs(registry: Registry) -> dict[Key, Job]:
    """Every job of the plugins that work here."""
    return {(plugin, job.key): job for plugin, jobs in registry.registered("jobs").items() for job in jobs}


def is_on(registry: Registry, site: Site, plugin: str) -> bool:
    """Whether the plugin works at the site, by the site's row."""
    known = registry.plugins.get(plugin)
    return known is not None and (known.builtin or site.plugin_state(plugin) == "on")


def places(session: Session, registry: Registry, jobs: Mapping[Key, Job]) -> list[Place]:
    """Every place of these jobs at the active sites where their plugins are on.

    One query, and one for each plugin and site whose job runs for accounts.
    """
    wanted = select(Site).where(Site.active).order_by(Site.id).execution_options(populate_existing=True)
    sites = session.scalars(wanted).all()
    found: dict[tuple[str, str, str], list[Site]] = {}
    for (plugin, key), job in jobs.items():
        for site in sites:
            if is_on(registry, site, plugin):
                found.setdefault((plugin, key, scope_at(session, registry, plugin, job, site)), []).append(
                    site
                )
    return [Place(*place, tuple(there)) for place, there in found.items()]


def scope_at(session: Session, registry: Registry, plugin: str, job: Job, site: Site) -> str:
    """The scope in which `job` runs for `site`."""
    if job.per == JobScope.ORGANISATION:
        return ORGANISATION
    if job.per == JobScope.ACCOUNT:
        model = settings.model_of(registry, plugin)
        stored = settings.stored(session, plugin, site.id).values
        defaults = {name: info.default for name, info in model.model_fields.items()} if model else {}
        named = [stored.get(field, defaults.get(field)) for field in job.account]
        if any(value not in (None, "") for value in named):
            return f"account:{_fingerprint(named)}"
    return f"site:{site.id}"


def not_paused(session: Session, plugin: str, job: str, sites: Iterable[Site]) -> list[Site]:
    """Those of the sites at which nobody paused the job."""
    paused = set(
        session.scalars(select(JobPause.site_id).where(JobPause.plugin == plugin, JobPause.job == job))
    )
    return [site for site in sites if site.id not in paused]


def _fingerprint(values: list[Any]) -> str:
    """Which account it is, without saying so: what names one may not be for everybody to read."""
    return hashlib.sha256(json.dumps(values, default=str).encode()).hexdigest()[:32]
