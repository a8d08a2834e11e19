"""Templates: found beside the handlers of their area, a plugin's under its own name, drawn strictly."""

import inspect
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from jinja2 import BaseLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from jinja2.ext import Extension

from fetlock.platform.registry import Plugin, Registry
from fetlock_hostapp.web.kernel.filters import FILTERS, Manner, in_the_manner_of
from fetlock_hostapp.web.kernel.static import StaticFiles

WEB = Path(__file__).resolve().parents[1]


def template_folders(areas: Mapping[str, ModuleType], registry: Registry) -> dict[str, Path]:
    """The folder of each prefix: the host's areas, and `templates/` of each plugin that has one.

    A plugin with templates whose name is that of an area is quarantined: it must not shadow the host's.
    """
    folders = {name: Path(inspect.getfile(module)).parent for name, module in areas.items()}
    folders["host"] = WEB / "host"
    folders["kernel"] = WEB / "kernel" / "templates"
    for plugin in list(registry.plugins.values()):
        folder = plugin_templates(plugin)
        if folder is None:
            continue
        if plugin.name in folders:
            registry.quarantine(plugin.name, f"Its templates would shadow the host's own “{plugin.name}/…”.")
            continue
        folders[plugin.name] = folder
    return folders


def plugin_templates(plugin: Plugin) -> Path | None:
    """The plugin's `templates/` folder beside its module, or None."""
    try:
        folder = Path(inspect.getfile(type(plugin.instance))).parent / "templates"
    except (OSError, TypeError):
        return None
    return folder if folder.is_dir() else None


class Renderer:
    """Draws templates to strings, in the thread of the handler that asks (never on the event loop)."""

    def __init__(self, folders: Mapping[str, Path], static: StaticFiles) -> None:
        loaders: dict[str, BaseLoader] = {name: FileSystemLoader(folder) for name, folder in folders.items()}
        self.environment = Environment(
            loader=PrefixLoader(loaders),
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=False,
            cache_size=-1,
            extensions=[StampedAddresses],
        )
        self.environment.filters.update(FILTERS)
        self.environment.fetlock_static = static  # type: ignore[attr-defined]  # read by the extension

    def draw(self, template: str, context: Mapping[str, Any], manner: Manner | None = None) -> str:
        """The template as text; names it doesn't get fail loudly."""
        with in_the_manner_of(manner):
            return self.environment.get_template(template).render(context)


class StampedAddresses(Extension):
    """Puts the stamp of the static files into their addresses in templates, so that browsers keep them."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """The source, with `/static/x` become `/static/~stamp/x`."""
        static: StaticFiles = self.environment.fetlock_static  # type: ignore[attr-defined]  # set by Renderer
        return source.replace('"/static/', f'"{static.prefix}')
