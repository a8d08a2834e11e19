"""What the pages about plugins show: the matrix, one plugin here, and where a page's runtime is."""

from dataclasses import dataclass

from fetlock.domain.plugins.overview import PluginView, overview
from fetlock.domain.sites.models import Site
from fetlock.domain.staff.reach import reach_of
from fetlock.errors import NotFound
from fetlock.platform.runtime import Runtime
from fetlock_hostapp.plugin import Desk, StaffRequest

BASE = "administration/plugins"

STATES = {"on": ("ok", "On"), "setup": ("work", "Set-up"), "off": ("off", "Off")}
"""How a plugin's state at a site looks, with its word."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A plugin at a site; `may_switch`: this person may switch it there."""

    site: Site
    state: str
    held: int
    may_switch: bool

    @property
    def look(self) -> tuple[str, str]:
        """The shape and the word of its state."""
        return STATES[self.state]


@dataclass(frozen=True, slots=True)
class Row:
    """A plugin with its cells, one for each site that this person works at."""

    view: PluginView
    cells: tuple[Cell, ...]


def runtime_of(request: StaffRequest) -> Runtime:
    """The runtime behind the pages."""
    runtime: Runtime = request.app.state.kernel.runtime
    return runtime


def matrix(desk: Desk) -> list[Row]:
    """Every plugin at every site that this person works at; of other sites nothing is told (H-1)."""
    mine = reach_of(desk.session, desk.person.id)
    return [
        Row(
            view,
            tuple(
                Cell(
                    site,
                    view.sites.get(site.slug, "off"),
                    view.held.get(site.slug, 0),
                    mine.at(site.id).may("plugins.switch"),
                )
                for site in desk.sites
            ),
        )
        for view in overview(desk.session, desk.hooks.registry)
    ]


def view_of(desk: Desk, name: str, *, builtins: bool = False) -> PluginView:
    """One plugin. Raises `NotFound`."""
    for view in overview(desk.session, desk.hooks.registry, builtins=builtins):
        if view.name == name:
            return view
    raise NotFound("There is no such plugin.")
