"""Writing many rows of one table, prepared once: the driver's own bulk statement, with our column types.

SQLAlchemy builds a dictionary of parameters for every row it writes. Where every pricing passes, that costs
more than the writing itself (see bench/).
"""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, Dialect, Table, bindparam, insert, update
from sqlalchemy.sql.dml import UpdateBase

_Process = Callable[[Any], Any] | None


class Bulk:
    """A statement on one table, for rows given as tuples of `columns`, in that order.

    Values that a row doesn't give are the column's server default or NULL: defaults made in Python are not
    looked at, so `columns` names every column that must have a value.
    """

    def __init__(self, table: Table, columns: Sequence[str], *, updates_by: str = "") -> None:
        """Inserts rows; with `updates_by`, the first of `columns`, updates those it identifies instead."""
        self._columns = [table.c[name] for name in columns]
        self._names = [f"p{number}" for number in range(len(columns))]
        binds = {
            column: bindparam(name, type_=column.type)
            for column, name in zip(self._columns, self._names, strict=True)
        }
        self._statement: UpdateBase = insert(table).values({c.name: bind for c, bind in binds.items()})
        if updates_by:
            key = table.c[updates_by]
            changed = {c.name: bind for c, bind in binds.items() if c is not key}
            self._statement = update(table).where(key == binds[key]).values(changed)
        self._prepared: dict[str, _Prepared] = {}

    def write(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Write `rows` in one statement; none of them, none."""
        if not rows:
            return
        dialect = connection.dialect
        prepared = self._prepared.get(dialect.name)
        if prepared is None:
            prepared = self._prepared[dialect.name] = _Prepared(
                self._statement, self._names, [c.type for c in self._columns], dialect
            )
        connection.exec_driver_sql(prepared.text, prepared.parameters(rows))


class _Prepared:
    """The statement's text in one dialect, and what turns a row into its parameters."""

    def __init__(self, statement: UpdateBase, names: list[str], types: list[Any], dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self.text = str(compiled)
        positions: list[str] | None = getattr(compiled, "positiontup", None)
        self._names = None if positions else names
        self._order = [names.index(name) for name in positions or names]
        found: list[_Process] = [kind.dialect_impl(dialect).bind_processor(dialect) for kind in types]
        self._processes = found

    def parameters(self, rows: Sequence[tuple[Any, ...]]) -> Any:
        """Tuples where the dialect counts its parameters, dictionaries where it names them."""
        columns = [
            values if process is None else [None if value is None else process(value) for value in values]
            for process, values in zip(self._processes, zip(*rows, strict=True), strict=True)
        ]
        if self._names is None:
            return list(zip(*(columns[place] for place in self._order), strict=True))
        return [dict(zip(self._names, values, strict=True)) for values in zip(*columns, strict=True)]
