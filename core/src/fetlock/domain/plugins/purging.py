"""Purging a plugin: its tables, settings and history go, after an export, and never by accident (PL-6)."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, func, select, update
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.contracts.actor import Actor
from fetlock.database import Database
from fetlock.domain.audit import service as audit
from fetlock.domain.plugins.exporting import tables_kept
from fetlock.domain.plugins.models import PluginBreaker, PluginInstalled, PluginSetting
from fetlock.domain.sites.models import Site
from fetlock.domain.staff.models import RolePermission
from fetlock.errors import Conflict, NotFound, NotPermitted
from fetlock.jobs.models import JobPause, JobRunRow, JobState
from fetlock.outbox.models import AskRow, EventPending, OutboxRow, OutboxState
from fetlock.platform import migrations
from fetlock.platform.registry import Registry


@dataclass(frozen=True, slots=True)
class Purge:
    """What a purge takes away: each table with its rows, and how many entries will never be sent."""

    plugin: str
    tables: dict[str, int]
    unsent: int
    exported: bool
    on_at: tuple[str, ...]


def foreseen(session: Session, plugin: str) -> Purge:
    """What `purge` would do now; changes nothing. Raises `NotFound`."""
    installed = session.get(PluginInstalled, plugin)
    if installed is None:
        raise NotFound(f"“{plugin}” keeps no tables in this database.")
    connection = session.connection()
    counts = {
        table.name: connection.scalar(select(func.count()).select_from(table)) or 0
        for table in tables_kept(connection, installed)
    }
    unsent = session.scalar(
        select(func.count()).select_from(OutboxRow).where(OutboxRow.plugin == plugin, _unsent())
    )
    sites = session.scalars(select(Site).order_by(Site.name))
    return Purge(
        plugin=plugin,
        tables=counts,
        unsent=unsent or 0,
        exported=installed.exported_at is not None,
        on_at=tuple(site.name for site in sites if site.plugin_state(plugin) != "off"),
    )


def purge(database: Database, registry: Registry, plugin: str, actor: Actor, *, reason: str = "") -> Purge:
    """Drop the plugin's tables and version table, its settings and all that waits for it, in one transaction.

    Where its package is still installed its tables are made again, empty. Entitlements and their ledger
    stay: they are core's. Raises `Conflict` without an export since it was last on, or while it is on.
    """
    if not actor.may("plugins.remove"):
        raise NotPermitted("plugins.remove")
    with (
        migrations.schema_change(database) as connection,
        Session(connection, join_transaction_mode="rollback_only", expire_on_commit=False) as session,
    ):
        gone = foreseen(session, plugin)
        _require_ready(gone)
        installed = session.get_one(PluginInstalled, plugin)
        names = [table.name for table in reversed(tables_kept(connection, installed))]
        _forget(session, plugin)
        audit.record(
            session,
            "plugin.purge",
            staff_id=actor.staff_id,
            subject=f"plugin:{plugin}",
            reason=reason,
            detail={"tables": gone.tables, "unsent": gone.unsent},
        )
        session.flush()
        migrations.drop_tables(connection, names, plugin)
        _make_again(connection, registry, plugin)
        session.commit()  # the audit log is written last; the transaction around it ends after that
    return gone


def _require_ready(gone: Purge) -> None:
    if gone.on_at:
        raise Conflict(f"{gone.plugin} is not off at {', '.join(gone.on_at)}. Switch it off first.")
    if not gone.exported:
        raise Conflict(
            f"Export the data of {gone.plugin} first: fetlock plugin export {gone.plugin} FILE.zip"
        )


def _forget(session: Session, plugin: str) -> None:
    now = clock.now()
    session.execute(
        update(OutboxRow)
        .where(OutboxRow.plugin == plugin, _unsent())
        .values(state=OutboxState.DROPPED.value, problem="The plugin's data was purged.", finished_at=now)
    )
    for model in (PluginSetting, PluginBreaker, JobState, JobRunRow, JobPause, EventPending, AskRow):
        session.execute(delete(model).where(model.plugin == plugin))
    session.execute(delete(RolePermission).where(RolePermission.permission.startswith(f"{plugin}.")))
    session.execute(delete(PluginInstalled).where(PluginInstalled.name == plugin))
    for site in session.scalars(select(Site)):
        if plugin in site.plugins:
            site.plugins = {name: entry for name, entry in site.plugins.items() if name != plugin}


def _make_again(connection: Connection, registry: Registry, plugin: str) -> None:
    for component in migrations.components(registry):
        if component.name == plugin:
            migrations.run_to_head(connection, component)
            migrations.note_installed(connection, registry)


def _unsent() -> ColumnElement[bool]:
    finished = (OutboxState.SENT.value, OutboxState.DROPPED.value)
    return OutboxRow.state.not_in(finished)
