"""Opening this installation for a command: its settings, and the running parts."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from fetlock.domain.sites.models import Site
from fetlock.errors import FetlockError, NotFound
from fetlock.platform import migrations
from fetlock.platform.installation import Installation
from fetlock.platform.runtime import Runtime
from fetlock_hostapp.starting import start_runtime


class NotReady(FetlockError):
    """The database is not at the installed versions; the message says what to run."""

    code = "not_ready"


def installation_of(context: typer.Context) -> Installation:
    """The installation that the program's options and the environment name."""
    found = context.find_object(Installation)
    assert found is not None
    return found


@contextmanager
def opened(context: typer.Context, *, migrated: bool = True, strict: bool = True) -> Iterator[Runtime]:
    """The runtime for one command; `migrated`: raises `NotReady` while migrations are pending.

    `strict` False: started although faulty plugins are to be refused, by a command that tells of them.
    """
    installation = installation_of(context)
    if not strict:
        installation = installation.model_copy(update={"strict_plugins": False})
    runtime = start_runtime(installation)
    try:
        if migrated:
            require_migrated(runtime)
        yield runtime
    finally:
        runtime.close()


def require_migrated(runtime: Runtime) -> None:
    """Raise `NotReady`, naming each component, unless the database is at the installed versions."""
    waiting = migrations.pending(runtime.database, runtime.registry)
    if not waiting:
        return
    named = "; ".join(str(each) for each in waiting)
    if any(each.newer for each in waiting):
        raise NotReady(f"The database is newer than this version of Fetlock ({named}). Install that version.")
    if waiting[0].component == migrations.CORE and waiting[0].current is None:
        raise NotReady("There is no installation here yet. Run: fetlock init (or fetlock db upgrade)")
    raise NotReady(f"The database is not up to date ({named}). Run: fetlock db upgrade")


def site_called(session: Session, slug: str) -> Site:
    """The site of this short name. Raises `NotFound` that lists the names there are."""
    site = session.scalar(select(Site).where(Site.slug == slug))
    if site is None:
        known = ", ".join(session.scalars(select(Site.slug).order_by(Site.slug))) or "none yet"
        raise NotFound(f"There is no site “{slug}”. Sites: {known}.")
    return site
