"""Writing a migration from the difference between the tables in the code and those of the history."""

import re
import tempfile
import textwrap
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal

from alembic.autogenerate import compare_metadata, produce_migrations, render_python_code
from alembic.operations.ops import CreateIndexOp, CreateTableOp
from alembic.runtime.migration import MigrationContext
from sqlalchemy import DDL, JSON, BigInteger, Column, Connection, Index, Table

from fetlock.database import Base, Database
from fetlock.database import types as ours
from fetlock.platform.migrations import Component, run_to_head

_CLASSES = (ours.Money, ours.Quantity, ours.Percent, ours.UtcDateTime)
_NAMES: Final = ("Json", "Key", "Money", "Percent", "Quantity", "UtcDateTime")

_MODULE: Final = '''"""{message}"""

{imports}

revision = "{revision}"
down_revision = {down}
branch_labels = None
depends_on = None


def upgrade() -> None:
{body}
'''


def write(component: Component, tables: list[Table], message: str, *, rewrite: bool = False) -> Path | None:
    """Write the next revision of `component`, whose tables are `tables`; None where nothing has changed.

    `rewrite`: replace the newest revision, for as long as it has not been released.
    """
    present = list(component.script().walk_revisions())
    if rewrite and present:
        Path(present.pop(0).path).unlink()
    with _migrated(component) as connection:
        context = context_for(connection, component, tables)
        with _quiet():
            operations = produce_migrations(context, Base.metadata).upgrade_ops
        if operations is None or operations.is_empty():
            return None
        created = {each.table_name for each in operations.ops if isinstance(each, CreateTableOp)}
        operations.ops += [
            CreateIndexOp.from_index(index)
            for table in tables
            if table.name in created
            for index in sorted(table.indexes, key=lambda index: str(index.name))
            if _is_functional(index)
        ]
        body = render_python_code(operations, render_item=_render_type, migration_context=context)
    body = "\n".join(line for line in body.splitlines() if not line.strip().startswith("# ###"))
    body += _triggers(table for table in tables if table.name in created)
    number = f"{len(present) + 1:04d}"
    text = _MODULE.format(
        message=message,
        imports=_imports(body),
        revision=number,
        down=f'"{present[0].revision}"' if present else "None",
        body=body,
    )
    target = component.folder / f"{number}_{_slug(message)}.py"
    target.write_text(text, encoding="utf-8")
    return target


def differences(connection: Connection, component: Component, tables: list[Table]) -> list[Any]:
    """How the migrated tables differ from those in the code; empty when the history is complete."""
    with _quiet():
        return list(compare_metadata(context_for(connection, component, tables), Base.metadata))


def context_for(connection: Connection, component: Component, tables: list[Table]) -> MigrationContext:
    """An alembic context that looks at the tables of one component and at nothing else."""
    names = {table.name for table in tables}

    def ours_alone(_item: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
        return kind != "table" or name in names

    return MigrationContext.configure(
        connection,
        opts={
            "version_table": component.version_table,
            "target_metadata": Base.metadata,
            "include_object": ours_alone,
            "render_item": _render_type,
            "render_as_batch": True,
            "compare_type": True,
            "user_module_prefix": None,
            "sqlalchemy_module_prefix": "sa.",
            "alembic_module_prefix": "op.",
        },
    )


def _imports(body: str) -> str:
    used = [name for name in _NAMES if re.search(rf"\b{name}\b", body)]
    lines = ["import sqlalchemy as sa", "from alembic import op"]
    return "\n".join(lines + (["", f"from fetlock.database.types import {', '.join(used)}"] if used else []))


def _slug(message: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", message.lower()).strip("_")[:50]


def _triggers(tables: Iterable[Table]) -> str:
    """What is to run after a table was made, besides SQLAlchemy's own: triggers for one kind of database."""
    lines = []
    for table in tables:
        for listener in table.dispatch.after_create:
            if isinstance(listener, DDL):
                dialect = listener._ddl_if.dialect if listener._ddl_if else None  # noqa: SLF001
                statement = listener.statement.replace("%%", "%")
                lines.append(f"    if op.get_bind().dialect.name == {dialect!r}:")
                parts = textwrap.wrap(statement, 80, drop_whitespace=False)
                lines.append("        op.execute(" + " ".join(repr(part) for part in parts) + ")")
    return "\n" + "\n".join(lines) if lines else ""


@contextmanager
def _quiet() -> Iterator[None]:
    """Indexes on expressions can't be read back from SQLite, of which it and alembic warn."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*expression-based index")
        yield


def _is_functional(item: object) -> bool:
    return isinstance(item, Index) and not all(isinstance(part, Column) for part in item.expressions)


def _render_type(kind: str, item: Any, _context: object) -> str | Literal[False]:
    if kind != "type":
        return False
    for each in _CLASSES:
        if isinstance(item, each):
            return f"{each.__name__}()"
    if isinstance(item, JSON):
        return "Json"
    is_key = isinstance(item, BigInteger) and "sqlite" in item._variant_mapping  # noqa: SLF001  # no public way
    return "Key" if is_key else False


@contextmanager
def _migrated(component: Component) -> Iterator[Connection]:
    """A throw-away SQLite database with the history so far."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/history.sqlite3")
        try:
            with database.engine.connect() as connection, connection.begin():
                if component.script().get_current_head() is not None:
                    run_to_head(connection, component)
                yield connection
        finally:
            database.dispose()
