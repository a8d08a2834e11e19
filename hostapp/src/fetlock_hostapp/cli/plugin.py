"""`fetlock plugin`: which plugins there are, where they are on, and their data (PL-2, PL-6)."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from fetlock.contracts import SYSTEM
from fetlock.domain.plugins import exporting, purging
from fetlock.domain.plugins.overview import PluginView, overview
from fetlock.domain.plugins.switching import PluginState, hangs_on, set_state
from fetlock.errors import Conflict
from fetlock.platform.runtime import Runtime
from fetlock_hostapp.cli.opening import opened, site_called
from fetlock_hostapp.cli.terminal import emit_json, out, say

SiteOption = Annotated[str, typer.Option(help="Short name of the site, as in its address.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")]


def register(app: typer.Typer) -> None:
    """Add the group to the program."""
    group = typer.Typer(help="Plugins: list, switch, export, purge.", no_args_is_help=True)
    app.add_typer(group, name="plugin")
    group.command("list")(list_plugins)
    group.command("enable")(enable)
    group.command("disable")(disable)
    group.command("export")(export)
    group.command("purge")(purge)


def list_plugins(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """List every plugin: its version, API range, state with the reason, and its state at each site."""
    with opened(context) as runtime, runtime.database.reading() as session:
        found = overview(session, runtime.registry)
    if as_json:
        emit_json([_plain(view) for view in found])
        return
    table = Table("Plugin", "Version", "API", "State", "Sites", box=None)
    for view in found:
        sites = ", ".join(f"{slug} {state}" for slug, state in view.sites.items())
        table.add_row(
            view.name, view.version, view.hook_api, f"{view.state}. {view.reason}".rstrip(". "), sites
        )
    out.print(table if found else "No plugin is installed.")


def enable(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The plugin's name.")],
    site: SiteOption,
    set_up: Annotated[bool, typer.Option("--setup", help="Open its settings only.")] = False,
) -> None:
    """Switch a plugin on at a site; running processes notice at once."""
    _switch(context, name, site, PluginState.SETUP if set_up else PluginState.ON)


def disable(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The plugin's name.")],
    site: SiteOption,
    reason: Annotated[str, typer.Option(help="Kept in the audit log.")] = "",
) -> None:
    """Switch a plugin off at a site. What waits to be sent is held, and resumed when it is on again."""
    _switch(context, name, site, PluginState.OFF, reason)


def export(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The plugin's name.")],
    target: Annotated[Path, typer.Argument(help="The archive to write, such as careplans.zip.")],
) -> None:
    """Write the plugin's own tables and settings (without secrets) to an archive."""
    with opened(context) as runtime:
        counts = exporting.export(runtime.database, name, target, SYSTEM)
    say(f"{sum(counts.values())} rows of {len(counts)} tables were written to {target}.")


def purge(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The plugin's name.")],
    yes: Yes = False,
    reason: Annotated[str, typer.Option(help="Kept in the audit log.")] = "",
) -> None:
    """Delete the plugin's tables and settings for good, after an export, where it is off at every site."""
    with opened(context) as runtime:
        with runtime.database.reading() as session:
            ahead = purging.foreseen(session, name)
        rows = ", ".join(f"{table} ({count} rows)" for table, count in ahead.tables.items()) or "no tables"
        say(f"This deletes {rows}; {ahead.unsent} entries will never be sent.")
        if not yes and not (sys.stdin.isatty() and typer.confirm("Delete it for good?")):
            raise Conflict("Nothing was deleted. Say --yes to do it.")
        purging.purge(runtime.database, runtime.registry, name, SYSTEM, reason=reason)
        say(f"The data of {name} was deleted.")


def _switch(context: typer.Context, name: str, slug: str, state: PluginState, reason: str = "") -> None:
    with opened(context) as runtime:
        before, hanging = _switched(runtime, name, slug, state, reason)
    if before is state:
        say(f"{name} is {_words(state)} at {slug} already.")
        return
    for sentence in hanging:
        say(sentence)
    say(f"{name} is {_words(state)} at {slug} now.")


def _switched(
    runtime: Runtime, name: str, slug: str, state: PluginState, reason: str
) -> tuple[PluginState, list[str]]:
    from sqlalchemy.orm import Session

    def switch(session: Session) -> tuple[PluginState, list[str]]:
        work = runtime.work(session, site_called(session, slug), SYSTEM)
        hanging = hangs_on(work, name) if state is not PluginState.ON else []
        return set_state(work, name, state, reason, secrets=runtime.secrets), hanging

    return runtime.database.write(switch)


def _words(state: PluginState) -> str:
    return {PluginState.OFF: "off", PluginState.SETUP: "being set up", PluginState.ON: "on"}[state]


def _plain(view: PluginView) -> dict[str, object]:
    return {
        "name": view.name,
        "version": view.version,
        "hook_api": view.hook_api,
        "state": view.state,
        "reason": view.reason,
        "sites": view.sites,
        "held": view.held,
        "deprecations": list(view.deprecations),
    }
