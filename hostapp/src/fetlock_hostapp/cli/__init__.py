"""The `fetlock` program: each module of this package registers its commands, and no list names them."""

import importlib
import pkgutil
import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from fetlock.errors import FetlockError
from fetlock.platform.installation import Installation
from fetlock.platform.registry import PluginsRefused
from fetlock_hostapp import logging_setup
from fetlock_hostapp.cli.terminal import complain


def build() -> typer.Typer:
    """The program with every command of this package: modules with a function `register(app)`."""
    app = typer.Typer(
        name="fetlock",
        help="Fetlock, a practice system for veterinary clinics.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )

    @app.callback()
    def every_command(
        context: typer.Context,
        home: Annotated[
            Path | None,
            typer.Option(help="Folder of database and key (default: FETLOCK_HOME or ./var)."),
        ] = None,
        verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say more in the log.")] = False,
    ) -> None:
        logging_setup.set_up(verbose=verbose)
        found = Installation.from_environment()
        context.obj = found if home is None else found.model_copy(update={"home": home})

    for module in pkgutil.iter_modules(__path__):
        register = getattr(importlib.import_module(f"{__name__}.{module.name}"), "register", None)
        if register is not None:
            register(app)
    return app


def main() -> None:
    """Run the program; what goes wrong is said in one plain line, with exit code 1."""
    try:
        build()()
    except FetlockError as error:
        complain(error.message)
    except PluginsRefused as error:
        complain(str(error))
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        complain(f"The settings in the environment can't be used. {wrong}")
    except SQLAlchemyError as error:
        first = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        complain(f"The database did not answer as expected: {first}")
    sys.exit(1)
