"""`fetlock sandbox`: the simulator of an outside service, for trying out and for tests."""

import runpy
import sys
from pathlib import Path
from typing import Annotated

import typer

from fetlock_hostapp.cli.opening import opened


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("sandbox")(sandbox)


def sandbox(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A plugin with a simulator, such as careplans.")],
    port: Annotated[int, typer.Option(help="The port to listen at; 0 takes a free one.", min=0)] = 0,
    database: Annotated[Path | None, typer.Option(help="File that keeps its state.")] = None,
) -> None:
    """Run a plugin's simulator until Ctrl-C; it says its address when it listens."""
    from fetlock_hostapp.simulators import simulator_called

    with opened(context, migrated=False) as runtime:
        found = simulator_called(runtime, name)
    sys.argv = found.command(port, database)[2:]
    runpy.run_module(found.package, run_name="__main__", alter_sys=True)
