"""Every plugin of this installation: working, in quarantine, or removed with its data kept (PL-2, PL-6)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fetlock.domain.plugins.models import PluginInstalled
from fetlock.domain.sites.models import Site
from fetlock.outbox.models import OutboxRow, OutboxState
from fetlock.platform.registry import Registry

WORKING = "working"
QUARANTINED = "quarantined"
REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginView:
    """A plugin as administrators see it.

    `state`: working, quarantined (with `reason`) or removed: its package is gone, its tables are kept.
    `sites`: slug to off, setup or on, of every active site. `held`: slug to rows held while it is not on.
    `deprecations`: what its author must change before a later version of Fetlock.
    """

    name: str
    label: str
    version: str
    hook_api: str
    state: str
    reason: str = ""
    description: str = ""
    builtin: bool = False
    has_settings: bool = False
    sites: dict[str, str] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    deprecations: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    exported_at: datetime | None = None


def overview(session: Session, registry: Registry, *, builtins: bool = False) -> list[PluginView]:
    """Every plugin, by label; those of the host itself only with `builtins`."""
    sites = session.scalars(select(Site).where(Site.active).order_by(Site.name)).all()
    held = _held(session)
    installed = {row.name: row for row in session.scalars(select(PluginInstalled))}
    deprecated = registry.deprecations
    with_settings = {owner.name for owner, _ in registry.implementations("settings_model")}

    def here(name: str) -> dict[str, Any]:
        kept = installed.get(name)
        return {
            "name": name,
            "sites": {site.slug: site.plugin_state(name) for site in sites},
            "held": {site.slug: held[name, site.id] for site in sites if (name, site.id) in held},
            "tables": tuple(kept.tables) if kept else (),
            "exported_at": kept.exported_at if kept else None,
        }

    found = [
        PluginView(
            **here(name) | ({"sites": {site.slug: "on" for site in sites}} if plugin.builtin else {}),
            label=plugin.manifest.label,
            version=plugin.version,
            hook_api=plugin.manifest.hook_api,
            state=WORKING,
            description=plugin.manifest.description,
            builtin=plugin.builtin,
            has_settings=name in with_settings,
            deprecations=deprecated.get(name, ()),
        )
        for name, plugin in registry.plugins.items()
        if builtins or not plugin.builtin
    ]
    found += [
        PluginView(
            **here(name),
            label=installed[name].label if name in installed else name,
            version=faulty.version,
            hook_api=faulty.hook_api,
            state=QUARANTINED,
            reason=faulty.reason,
        )
        for name, faulty in registry.quarantined.items()
    ]
    found += [
        PluginView(
            **here(name),
            label=kept.label,
            version=kept.version,
            hook_api="",
            state=REMOVED,
            reason="Its package is not installed; its data is kept.",
        )
        for name, kept in installed.items()
        if name not in registry.plugins and name not in registry.quarantined
    ]
    return sorted(found, key=lambda view: (view.builtin, view.label.lower(), view.name))


def _held(session: Session) -> dict[tuple[str, int], int]:
    rows = session.execute(
        select(OutboxRow.plugin, OutboxRow.site_id, func.count())
        .where(OutboxRow.state == OutboxState.HELD.value, OutboxRow.site_id.is_not(None))
        .group_by(OutboxRow.plugin, OutboxRow.site_id)
    )
    return {(plugin, site_id): count for plugin, site_id, count in rows if site_id is not None}
