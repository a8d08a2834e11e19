"""The kernel of one web process: what every request shares, put together once at start."""

import re
from dataclasses import dataclass, field

from fetlock.contracts.registration import PatientTab
from fetlock.domain.staff.catalogue import PermissionGroup
from fetlock.platform.runtime import Runtime
from fetlock_hostapp.web.kernel.access import Access, Route
from fetlock_hostapp.web.kernel.discovery import Areas
from fetlock_hostapp.web.kernel.navigation import Menus
from fetlock_hostapp.web.kernel.rendering import Renderer
from fetlock_hostapp.web.kernel.seats import Seats
from fetlock_hostapp.web.kernel.static import StaticFiles


@dataclass(slots=True, kw_only=True)
class Kernel:
    """What requests share. `access`: id of each handler → its conditions."""

    runtime: Runtime
    areas: Areas
    groups: tuple[PermissionGroup, ...]
    menus: Menus
    renderer: Renderer
    static: StaticFiles
    seats: Seats
    access: dict[int, Access] = field(default_factory=dict)
    plugin_paths: list[re.Pattern[str]] = field(default_factory=list)

    def permission_label(self, key: str) -> str:
        """The permission in words; the key itself where nobody declares it."""
        labels = {p.key: p.label for group in self.groups for p in group.permissions}
        return labels.get(key, key)

    def plugin_label(self, name: str) -> str:
        """The plugin's name for people."""
        plugin = self.runtime.registry.plugins.get(name)
        return plugin.manifest.label if plugin else name

    def patient_tabs(self, enabled: frozenset[str]) -> list[PatientTab]:
        """The tabs of a patient's page: the host's, and those of the plugins that are on, by weight."""
        tabs = list(self.areas.patient_tabs)
        for name, registered in self.runtime.registry.registered("patient_tabs").items():
            if name in enabled:
                tabs += registered
        return sorted(tabs, key=lambda tab: (tab.weight, tab.label))

    def owner_of(self, route: Route) -> str:
        """The plugin that a route belongs to; empty for the host's."""
        access = self.access.get(id(route.handler))
        return access.plugin if access else ""

    def belongs_to_plugin(self, path: str) -> bool:
        """Whether the address is one of a plugin's, on or off."""
        return any(pattern.fullmatch(path) for pattern in self.plugin_paths)
