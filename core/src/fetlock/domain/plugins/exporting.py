"""Exporting a plugin's own tables: one archive of JSON Lines with a data dictionary (PL-6)."""

import json
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, MetaData, Table, inspect, select

from fetlock import clock
from fetlock.contracts.actor import Actor
from fetlock.database import Base, Database
from fetlock.domain.audit import service as audit
from fetlock.domain.plugins.models import PluginInstalled, PluginSetting
from fetlock.errors import NotFound, NotPermitted

_CHUNK: Final = 500
_FORMAT: Final = 1


def export(database: Database, plugin: str, target: Path, actor: Actor) -> dict[str, int]:
    """Write the archive to `target`; answers how many rows of each table it holds.

    It holds every table of the plugin, its settings without secrets, and `dictionary.json`. Decimals are
    text, times ISO 8601 in UTC, bytes hexadecimal. Where the package is gone the values are as the
    database keeps them (money in 1/100, quantities in 1/10,000), and the dictionary says so. Raises
    `NotFound` for a plugin without tables here.
    """
    if not actor.may("plugins.remove"):
        raise NotPermitted("plugins.remove")
    with database.reading() as session:
        installed = session.get(PluginInstalled, plugin)
        if installed is None:
            raise NotFound(f"“{plugin}” keeps no tables in this database.")
        connection = session.connection()
        tables = tables_kept(connection, installed)
        partial = target.with_name(target.name + ".part")
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
            counts = {table.name: _write_table(archive, connection, table) for table in tables}
            settings = session.scalars(select(PluginSetting).where(PluginSetting.plugin == plugin)).all()
            lines = [
                _line({"site_id": row.site_id, "values": row.values, "secrets_set": sorted(row.secrets_set)})
                for row in settings
            ]
            archive.writestr("settings.jsonl", "".join(lines))
            archive.writestr("dictionary.json", json.dumps(_dictionary(installed, tables, counts), indent=2))
    partial.replace(target)

    def note(session: Any) -> None:
        row = session.get(PluginInstalled, plugin)
        if row is not None:
            row.exported_at = clock.now()
        audit.record(
            session,
            "plugin.export",
            staff_id=actor.staff_id,
            subject=f"plugin:{plugin}",
            detail={"rows": counts},
        )

    database.write(note)
    return counts


def tables_kept(connection: Connection, installed: PluginInstalled) -> list[Table]:
    """The plugin's tables that stand in the database, parents first: as mapped, or else as found."""
    present = set(inspect(connection).get_table_names())
    prefix = f"{installed.table_prefix}_"
    names = sorted(name for name in present if name.startswith(prefix))
    if all(name in Base.metadata.tables for name in names):
        return [table for table in Base.metadata.sorted_tables if table.name in names]
    found = MetaData()
    found.reflect(connection, only=names, resolve_fks=False)
    return [table for table in found.sorted_tables if table.name in names]


def _write_table(archive: zipfile.ZipFile, connection: Connection, table: Table) -> int:
    count = 0
    with archive.open(f"{table.name}.jsonl", "w", force_zip64=True) as file:
        for row in _rows(connection, table):
            file.write(_line(row).encode())
            count += 1
    return count


def _rows(connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    statement = select(table).order_by(*table.primary_key.columns)
    result = connection.execution_options(yield_per=_CHUNK).execute(statement)
    for row in result.mappings():
        yield dict(row)


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, default=_plain) + "\n"


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"a {type(value).__name__} has no form in the export")


def _dictionary(installed: PluginInstalled, tables: list[Table], counts: dict[str, int]) -> dict[str, Any]:
    mapped = all(table.metadata is Base.metadata for table in tables)
    return {
        "format": _FORMAT,
        "plugin": installed.name,
        "label": installed.label,
        "version": installed.version,
        "exported_at": clock.now().isoformat(),
        "values": "as the plugin reads them" if mapped else "as the database keeps them",
        "tables": {
            table.name: {
                "file": f"{table.name}.jsonl",
                "rows": counts[table.name],
                "columns": [
                    {
                        "name": column.name,
                        "type": type(column.type).__name__,
                        "required": not column.nullable,
                        "key": column.primary_key,
                        "refers_to": sorted(key.target_fullname for key in column.foreign_keys),
                    }
                    for column in table.columns
                ],
            }
            for table in tables
        },
    }
