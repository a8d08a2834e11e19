"""The gate of the worker: is this plugin on at this site, by the site's row as it stands now (PL-2)."""

from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from fetlock.domain.sites.models import Site
from fetlock.platform.registry import Registry


class Gate(StrEnum):
    """`ABSENT`: its package is not installed, or it is in quarantine."""

    ON = "on"
    SETUP = "setup"
    OFF = "off"
    ABSENT = "absent"


def gate(session: Session, registry: Registry, plugin: str, site_id: int | None) -> Gate:
    """How `plugin` stands at the site; without a site, the most open state at any.

    Reads the row afresh: an administrator may have switched it a moment ago, in another process.
    """
    known = registry.plugins.get(plugin)
    if known is None:
        return Gate.ABSENT
    if known.builtin:
        return Gate.ON
    wanted = select(Site).where(Site.active).execution_options(populate_existing=True)
    if site_id is not None:
        wanted = wanted.where(Site.id == site_id)
    states = {site.plugin_state(plugin) for site in session.scalars(wanted)}
    for open_state in (Gate.ON, Gate.SETUP):
        if open_state.value in states:
            return open_state
    return Gate.OFF


def words_of(state: Gate, label: str) -> str:
    """Why nothing is done for the plugin, for people."""
    return {
        Gate.ON: "",
        Gate.SETUP: f"{label} is being set up here.",
        Gate.OFF: f"{label} is off here.",
        Gate.ABSENT: f"{label} is not installed, or in quarantine.",
    }[state]
