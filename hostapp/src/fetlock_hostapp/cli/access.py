"""`fetlock access`: a way back in when nobody is left who could give one in the pages (H-4)."""

from typing import Annotated

import typer
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fetlock.domain.access import passwords, second_factor_change
from fetlock.domain.sites.models import Site
from fetlock.domain.staff import employees
from fetlock.domain.staff.models import Staff
from fetlock.errors import NotFound
from fetlock.platform.runtime import Runtime
from fetlock.work import Work
from fetlock_hostapp.cli.opening import opened
from fetlock_hostapp.cli.terminal import say

UserName = Annotated[str, typer.Argument(help="The user name that the employee signs in with.")]


def register(app: typer.Typer) -> None:
    """Add the group to the program."""
    group = typer.Typer(help="A way back in for an employee.", no_args_is_help=True)
    app.add_typer(group, name="access")
    group.command("reset-second-factor")(reset_second_factor)
    group.command("reset-password")(reset_password)


def reset_second_factor(context: typer.Context, user_name: UserName) -> None:
    """Take an employee's second factor away, who has lost phone and recovery codes; their sign-ins end."""

    def reset(session: Session) -> str:
        work, staff_id = _found(session, runtime, user_name)
        return second_factor_change.reset(work, staff_id).full_name

    with opened(context) as runtime:
        name = runtime.database.write(reset)
    say(f"{name} signs in with the password alone now, and is signed out everywhere.")


def reset_password(context: typer.Context, user_name: UserName) -> None:
    """Give an employee a temporary password, to be changed at the next sign-in; their sign-ins end."""
    temporary = passwords.temporary()
    hashed = passwords.hashed(temporary)

    def reset(session: Session) -> str:
        work, staff_id = _found(session, runtime, user_name)
        return employees.reset_password(work, staff_id, hashed).full_name

    with opened(context) as runtime:
        name = runtime.database.write(reset)
    say(f"{name} has a temporary password, told this once: {temporary}")


def _found(session: Session, runtime: Runtime, user_name: str) -> tuple[Work, int]:
    """Work in the name of the system, and the id of the employee. Raises `NotFound`."""
    staff_id = session.scalar(select(Staff.id).where(func.lower(Staff.user_name) == user_name.lower()))
    if staff_id is None:
        raise NotFound(f"Nobody has the user name {user_name}.")
    site_id = session.scalars(select(Site.id).order_by(Site.id).limit(1)).one()
    return runtime.work_at(session, site_id), staff_id
