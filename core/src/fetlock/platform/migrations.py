"""Migrations: a linear history and a version table for each component, core first (PL-6).

A component whose package is not installed is not looked at: its tables and its version table stay as
they are, and never stand in the way of the others.
"""

import importlib
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Table, insert, select, text, update

from fetlock.database import Database
from fetlock.database.tables import tables_of
from fetlock.domain.plugins.models import PluginInstalled
from fetlock.errors import FetlockError
from fetlock.platform.registry import Registry

log = logging.getLogger(__name__)

CORE: Final = "core"
_POSTGRES_LOCK: Final = 4_628_361_007
"""Held while migrating, so that two at once wait for each other."""
_INSTALLED: Final = cast("Table", PluginInstalled.__table__)


class MigrationFailed(FetlockError):
    """Nothing was changed; the message names the component and the revision."""

    code = "migration_failed"


@dataclass(frozen=True, slots=True)
class Component:
    """What has tables: core, or a plugin. `folder` holds its revisions."""

    name: str
    folder: Path

    @property
    def version_table(self) -> str:
        """The name of the table that says where this component's tables stand."""
        return version_table_of(self.name)

    def script(self) -> ScriptDirectory:
        """Its revisions. Raises `MigrationFailed` where the history is not one line."""
        script = ScriptDirectory(str(self.folder), version_locations=[str(self.folder)])
        heads = script.get_heads()
        if len(heads) > 1:
            raise MigrationFailed(f"The history of {self.name} has {len(heads)} ends; it must be one line.")
        return script


@dataclass(frozen=True, slots=True)
class Pending:
    """A component whose tables are not those of its package: older, or newer where `current` is unknown."""

    component: str
    current: str | None
    head: str | None
    newer: bool = False

    def __str__(self) -> str:
        if self.newer:
            return f"{self.component}: the database is newer ({self.current}) than the installed package"
        return f"{self.component}: at {self.current or 'nothing'}, needs {self.head}"


def version_table_of(component: str) -> str:
    """alembic_version_core, alembic_version_<plugin>."""
    return f"alembic_version_{component}"


def components(registry: Registry) -> list[Component]:
    """Core, then each installed plugin with tables, by name."""
    found = [Component(CORE, _folder("fetlock.migrations"))]
    for name, plugin in sorted(registry.plugins.items()):
        if plugin.manifest.migrations:
            found.append(Component(name, _folder(plugin.manifest.migrations)))
    return found


def pending(database: Database, registry: Registry) -> list[Pending]:
    """What `upgrade` would change, or what is newer than this program; empty when all is well."""
    found = []
    with database.engine.connect() as connection:
        for component in components(registry):
            current, head = _current(connection, component), component.script().get_current_head()
            if current != head:
                found.append(Pending(component.name, current, head, not _knows(component, current)))
        connection.rollback()
    return found


def upgrade(database: Database, registry: Registry) -> list[str]:
    """Bring every component to its newest revision in one transaction; answers "component: revision" texts.

    Raises `MigrationFailed` where a revision fails or the database is newer; nothing is changed then.
    """
    done: list[str] = []
    with schema_change(database) as connection:
        for component in components(registry):
            done += [f"{component.name}: {revision}" for revision in run_to_head(connection, component)]
        note_installed(connection, registry)
    return done


def run_to_head(connection: Connection, component: Component) -> list[str]:
    """Bring one component to its newest revision in the caller's transaction; answers the revisions run."""
    current, script = _current(connection, component), component.script()
    if not _knows(component, current):
        raise MigrationFailed(
            f"The tables of {component.name} are at {current}, which this version does not know. "
            "Install the newer version again."
        )
    ran: list[str] = []

    def steps(revision: Any, _context: MigrationContext) -> Any:
        for step in script._upgrade_revs("head", revision):  # noqa: SLF001  # what alembic.command does
            ran.append(step.revision.revision)
            yield step

    context = MigrationContext.configure(
        connection, opts={"version_table": component.version_table, "fn": steps, "script": script}
    )
    try:
        with Operations.context(context):
            context.run_migrations()
    except MigrationFailed:
        raise
    except Exception as error:
        at = ran[-1] if ran else "its start"
        raise MigrationFailed(f"{component.name} failed at {at}: {error}. Nothing was changed.") from error
    return ran


def drop_tables(connection: Connection, tables: Sequence[str], component: str) -> None:
    """Drop a plugin's tables, children first as given, and its version table."""
    for table in (*tables, version_table_of(component)):
        connection.execute(text(f"DROP TABLE IF EXISTS {_quoted(connection, table)}"))


@contextmanager
def schema_change(database: Database) -> Iterator[Connection]:
    """A connection in one transaction, for changing tables; one at a time.

    On SQLite foreign keys are off, and all of them are checked before the commit.
    """
    with database.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        if database.is_sqlite:
            # it has no effect inside a transaction; with it on, a rebuilt table deletes its children
            driver.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                if not database.is_sqlite:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _POSTGRES_LOCK})
                yield connection
                if database.is_sqlite:
                    _require_whole(connection)
        finally:
            if database.is_sqlite:
                driver.execute("PRAGMA foreign_keys=ON")


def _require_whole(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        tables = sorted({str(row[0]) for row in broken})
        raise MigrationFailed(f"Rows would point to nothing in {', '.join(tables)}. Nothing was changed.")


def note_installed(connection: Connection, registry: Registry) -> None:
    """Keep the list of plugins with tables, which outlives their packages."""
    known = {
        row.name: row.version for row in connection.execute(select(_INSTALLED.c.name, _INSTALLED.c.version))
    }
    for plugin in registry.plugins.values():
        manifest = plugin.manifest
        if not manifest.table_prefix:
            continue
        values: dict[str, Any] = {
            "label": manifest.label,
            "version": manifest.version,
            "table_prefix": manifest.table_prefix,
            "tables": [each.name for each in tables_of(manifest.table_prefix)],
        }
        if plugin.name not in known:
            connection.execute(insert(_INSTALLED).values(name=plugin.name, **values))
        else:
            changed = known[plugin.name] != manifest.version
            values |= {"exported_at": None} if changed else {}
            connection.execute(update(_INSTALLED).where(_INSTALLED.c.name == plugin.name).values(values))


def _folder(package: str) -> Path:
    paths = list(importlib.import_module(package).__path__)
    folder = Path(paths[0])
    return folder / "versions" if (folder / "versions").is_dir() else folder


def _current(connection: Connection, component: Component) -> str | None:
    context = MigrationContext.configure(connection, opts={"version_table": component.version_table})
    return context.get_current_revision()


def _knows(component: Component, revision: str | None) -> bool:
    if revision is None:
        return True
    try:
        return component.script().get_revision(revision) is not None
    except CommandError:
        return False


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote(name)
