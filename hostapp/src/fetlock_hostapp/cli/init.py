"""`fetlock init`: a new installation without the demo (OP-6)."""

import getpass
import sys
from typing import Annotated

import typer

from fetlock.domain.access import passwords
from fetlock.domain.sites.founding import found, is_founded
from fetlock.domain.sites.service import SiteDraft
from fetlock.domain.staff.employees import EmployeeDraft
from fetlock.errors import Conflict, Invalid
from fetlock.platform import migrations, secrets
from fetlock.platform.runtime import Runtime
from fetlock_hostapp.cli.opening import installation_of
from fetlock_hostapp.cli.terminal import say
from fetlock_hostapp.starting import start_runtime


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("init")(init)


def init(
    context: typer.Context,
    organisation: Annotated[str, typer.Option(help="Name of the organisation.")] = "",
    site: Annotated[str, typer.Option(help="Name of the first site.")] = "",
    time_zone: Annotated[str, typer.Option(help="Such as America/New_York.")] = "",
    currency: Annotated[str, typer.Option(help="Such as USD.")] = "USD",
    locale: Annotated[str, typer.Option(help="How numbers and dates are written.")] = "en_US",
    country: Annotated[str, typer.Option(help="Two letters.")] = "US",
    invoice_prefix: Annotated[str, typer.Option(help="Before the site's invoice numbers.")] = "",
    first_name: Annotated[str, typer.Option(help="The administrator's.")] = "",
    last_name: Annotated[str, typer.Option(help="The administrator's.")] = "",
    user_name: Annotated[str, typer.Option(help="The administrator's, for signing in.")] = "",
    email: Annotated[str, typer.Option(help="The administrator's.")] = "",
    password_stdin: Annotated[
        bool, typer.Option(help="Read the first password from standard input, instead of making one.")
    ] = False,
) -> None:
    """Set up a new installation: database, key, organisation, first site, and an administrator.

    What is not given is asked for. The first password is asked for or made, is shown once, and has to be
    changed at the first sign-in.
    """
    installation = installation_of(context)
    secrets.ensure_key(installation)
    runtime = start_runtime(installation)
    try:
        migrations.upgrade(runtime.database, runtime.registry)
        _refuse_twice(runtime)
        name = _asked("Organisation", organisation, "--organisation")
        draft = SiteDraft(
            name=_asked("First site", site or ("" if sys.stdin.isatty() else name), "--site"),
            time_zone=_asked("Time zone, such as America/New_York", time_zone, "--time-zone"),
            currency=currency,
            locale=locale,
            country=country,
            invoice_prefix=invoice_prefix,
        )
        person = EmployeeDraft(
            first_name=_asked("Administrator's first name", first_name, "--first-name"),
            last_name=_asked("Administrator's last name", last_name, "--last-name"),
            user_name=_asked("Administrator's user name", user_name, "--user-name"),
            email=email,
        )
        draft.checked()
        person.checked()
        password, made = _first_password(person, from_stdin=password_stdin)
        hashed = passwords.hashed(password)
        done = runtime.database.write(lambda session: found(session, runtime, name, draft, person, hashed))
    finally:
        runtime.close()
    say(f"{name} is set up, with the site “{done.site_slug}”.")
    if made:
        say(f"First password of {done.user_name}, shown only now: {password}")
    say("It has to be changed at the first sign-in. Next: fetlock serve, and beside it fetlock worker")


def _refuse_twice(runtime: Runtime) -> None:
    with runtime.database.reading() as session:
        if is_founded(session):
            raise Conflict("This installation is set up already. Nothing was changed.")


def _asked(label: str, given: str, option: str) -> str:
    if given.strip():
        return given
    if not sys.stdin.isatty():
        raise Invalid({option: f"Give {option}: there is no terminal to ask at."})
    answer: str = typer.prompt(label)
    return answer


def _first_password(person: EmployeeDraft, *, from_stdin: bool) -> tuple[str, bool]:
    """The first password, and whether it was made here."""
    if from_stdin:
        password = sys.stdin.readline().rstrip("\n")
    elif sys.stdin.isatty():
        password = getpass.getpass("First password (empty: make one): ")
    else:
        password = ""
    if not password and not from_stdin:
        return passwords.temporary(), True
    fault = passwords.fault(password, user_name=person.user_name, names=(person.first_name, person.last_name))
    if fault:
        raise Invalid({"password": fault})
    return password, False
