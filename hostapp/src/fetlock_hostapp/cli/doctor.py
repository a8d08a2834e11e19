"""`fetlock doctor`: whether this installation can work, and what to do where it can't (OP-4)."""

from typing import Annotated

import typer

from fetlock_hostapp.cli.opening import opened
from fetlock_hostapp.cli.terminal import emit_json, say


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("doctor")(doctor)


def doctor(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Look at database, migrations, worker, key and plugins; exit code 1 where anything is wrong."""
    from fetlock_hostapp.examination import examine

    with opened(context, migrated=False, strict=False) as runtime:
        found = examine(runtime)
    if as_json:
        emit_json([{"key": each.key, "ok": each.ok, "problem": each.problem} for each in found])
    else:
        for each in found:
            say(f"ok       {each.label}" if each.ok else f"PROBLEM  {each.label}: no. {each.problem}")
    if not all(each.ok for each in found):
        raise typer.Exit(1)
