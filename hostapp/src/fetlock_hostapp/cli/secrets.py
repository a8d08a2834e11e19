"""`fetlock secrets`: the key that secrets are encrypted with (PL-3)."""

from typing import Annotated

import typer

from fetlock.domain.plugins.settings import reseal_all
from fetlock.platform import secrets
from fetlock_hostapp.cli.opening import opened
from fetlock_hostapp.cli.terminal import say


def register(app: typer.Typer) -> None:
    """Add the group to the program."""
    group = typer.Typer(help="The key that secrets are encrypted with.", no_args_is_help=True)
    app.add_typer(group, name="secrets")
    group.command("rotate")(rotate)


def rotate(
    context: typer.Context,
    keep_key: Annotated[
        bool, typer.Option(help="Make no new key: encrypt again with the newest there is.")
    ] = False,
    drop_old: Annotated[
        bool, typer.Option(help="Then remove the older keys from the key file: old backups need them.")
    ] = False,
) -> None:
    """Make a new key and encrypt every stored secret with it; running processes notice by themselves."""
    with opened(context) as runtime:
        if not keep_key:
            secrets.add_key(runtime.installation)
        count = runtime.database.write(lambda session: reseal_all(session, runtime.secrets))
        say(f"{count} stored {'secret was' if count == 1 else 'secrets were'} encrypted with the newest key.")
        if drop_old:
            say(f"{secrets.drop_old_keys(runtime.installation)} older keys were removed.")
