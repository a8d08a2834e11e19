"""`fetlock db`: bringing the database up to date; and, for developers, writing migrations."""

from typing import Annotated

import typer

from fetlock.database.tables import core_tables, tables_of
from fetlock.errors import NotFound
from fetlock.platform import migrations, revisions
from fetlock_hostapp.cli.opening import opened
from fetlock_hostapp.cli.terminal import say


def register(app: typer.Typer) -> None:
    """Add the group to the program."""
    group = typer.Typer(help="The database: bring it up to date.", no_args_is_help=True)
    app.add_typer(group, name="db")
    group.command("upgrade")(upgrade)
    group.command("revision", hidden=True)(revision)


def upgrade(context: typer.Context) -> None:
    """Bring the tables of Fetlock and of every installed plugin to the installed versions."""
    with opened(context, migrated=False) as runtime:
        done = migrations.upgrade(runtime.database, runtime.registry)
        for text in done or ["The database is up to date already."]:
            say(text)


def revision(
    context: typer.Context,
    component: Annotated[str, typer.Argument(help="core, or a plugin's name")],
    message: Annotated[str, typer.Option("--message", "-m")] = "Tables",
    rewrite: Annotated[
        bool, typer.Option(help="Replace the newest revision, as long as it has not been released.")
    ] = False,
) -> None:
    """Write a component's next migration from the difference between its models and its history."""
    with opened(context, migrated=False) as runtime:
        found = {each.name: each for each in migrations.components(runtime.registry)}
        if component not in found:
            raise NotFound(f"There is no such component. Known: {', '.join(found)}.")
        plugin = runtime.registry.plugins.get(component)
        tables = core_tables() if plugin is None else tables_of(plugin.manifest.table_prefix)
        written = revisions.write(found[component], tables, message, rewrite=rewrite)
        say("Nothing has changed." if written is None else str(written))
