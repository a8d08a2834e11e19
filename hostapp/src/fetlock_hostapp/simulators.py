"""Simulators of outside services that plugins bring along: which there are, and pointing settings at one."""

import importlib
import socket
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from fetlock.domain.plugins.settings import save
from fetlock.domain.sites.models import Site
from fetlock.errors import NotFound
from fetlock.platform import settings
from fetlock.platform.runtime import Runtime

_HERE: Final = "http://127.0.0.1:"


@dataclass(frozen=True, slots=True)
class Simulator:
    """A plugin's simulator; `package` is run with `python -m`."""

    plugin: str
    label: str
    package: str

    def command(self, port: int, database: Path | None = None) -> list[str]:
        """The command that runs it; without `database` its state is lost at the end."""
        kept = [] if database is None else ["--database", str(database)]
        return [sys.executable, "-m", self.package, "--port", str(port), *kept]

    def demo_settings(self, address: str) -> Mapping[str, Any]:
        """The settings by which its plugin reaches it at `address`."""
        answer: Mapping[str, Any] = importlib.import_module(self.package).demo_settings(address)
        return answer


def simulators(runtime: Runtime) -> list[Simulator]:
    """Those of the plugins that work here, by name."""
    return [
        Simulator(name, plugin.manifest.label, plugin.manifest.sandbox)
        for name, plugin in sorted(runtime.registry.plugins.items())
        if plugin.manifest.sandbox
    ]


def simulator_called(runtime: Runtime, name: str) -> Simulator:
    """The simulator of this plugin; the first part of its name will do ("careplans"). Raises `NotFound`."""
    found = simulators(runtime)
    exact = [each for each in found if each.plugin == name]
    begun = [each for each in found if each.plugin.startswith(f"{name}_")]
    for candidates in (exact, begun):
        if len(candidates) == 1:
            return candidates[0]
    known = ", ".join(each.plugin for each in found) or "none"
    raise NotFound(f"There is no one simulator called “{name}”. Installed: {known}.")


def point_at(runtime: Runtime, simulator: Simulator, address: str) -> int:
    """Make the plugin's settings reach the simulator at `address`; answers at how many sites they changed.

    Where nothing is set yet, all of them; else only an address that was a simulator's before: what people
    entered stays. Sites where the plugin is off are left alone.
    """
    wanted = simulator.demo_settings(address)

    def store(session: Session) -> int:
        count = 0
        for site in session.scalars(select(Site).order_by(Site.id)):
            if site.plugin_state(simulator.plugin) == "off":
                continue
            values = settings.stored(session, simulator.plugin, site.id).values
            typed = {name: value for name, value in wanted.items() if _moved(values.get(name), value)}
            if values and not typed:
                continue
            save(runtime.work(session, site), runtime.secrets, simulator.plugin, typed if values else wanted)
            count += 1
        return count

    return runtime.database.write(store)


def _moved(stored: Any, wanted: Any) -> bool:
    return stored != wanted and all(str(value).startswith(_HERE) for value in (stored, wanted))


def free_port(preferred: int = 0) -> int:
    """A port of this machine that nothing listens at: `preferred` where it is free."""
    for port in (preferred, 0):
        with closing(socket.socket()) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found: int = probe.getsockname()[1]
            return found
    raise OSError("no port is free")
