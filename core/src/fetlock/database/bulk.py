"""Writing many rows of one table, prepared once: the driver's own bulk statement, with our column types.

SQLAlchemy builds a dictionary of parameters for every row it writes. Where every pricing passes, that costs
more than the writing itself (see bench/).
"""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Dialect, Table, bindparam, insert, update
from sqlalchemy.sql.dml import UpdateBase

_Process = Callable[[Any], Any] | None


class Bulk:
    """A statement on one table, for rows given as tuples of `columns`, in that order.

    An insert gives columns that are not named their default, as long as it is a plain value.
    """

    def __init__(self, table: Table, columns: Sequence[str], *, updates_by: str = "") -> None:
        """Inserts rows; with `updates_by`, one of `columns`, updates those that it identifies instead."""
        self._columns = [table.c[name] for name in columns]
        self._constants: list[Any] = []
        if not updates_by:
            for column in table.c:
                if column.default is not None and column.name not in columns:
                    self._columns.append(column)
                    self._constants.append(_plain(column))
        binds = {column: bindparam(f"b_{column.name}", type_=column.type) for column in self._columns}
        values = {column: bind for column, bind in binds.items() if column.name != updates_by}
        self._statement: UpdateBase = insert(table).values(values)
        if updates_by:
            key = table.c[updates_by]
            self._statement = update(table).where(key == binds[key]).values(values)
        self._prepared: dict[str, _Prepared] = {}

    def write(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Write `rows` in one statement; none of them, none."""
        if not rows:
            return
        dialect = connection.dialect
        prepared = self._prepared.get(dialect.name)
        if prepared is None:
            prepared = self._prepared[dialect.name] = _Prepared(self._statement, self._columns, dialect)
        columns = [*zip(*rows, strict=True), *([value] * len(rows) for value in self._constants)]
        connection.exec_driver_sql(prepared.text, prepared.parameters(columns))


def _plain(column: Column[Any]) -> Any:
    default: Any = column.default
    if not default.is_scalar:
        # such as `dict`: it is called for nothing and gives an empty value, the same for every row
        return default.arg(None) if default.is_callable else _refuse(column)
    return default.arg


def _refuse(column: Column[Any]) -> None:
    raise TypeError(f"{column} has a default that is computed in the database: name it among the columns")


class _Prepared:
    """The statement's text in one dialect, and what turns values into its parameters."""

    def __init__(self, statement: UpdateBase, columns: Sequence[Column[Any]], dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self.text = str(compiled)
        names = [f"b_{column.name}" for column in columns]
        positions: list[str] | None = getattr(compiled, "positiontup", None)
        self._names = None if positions else names
        self._order = [names.index(name) for name in positions or names]
        self._processes: list[_Process] = [
            column.type.dialect_impl(dialect).bind_processor(dialect) for column in columns
        ]

    def parameters(self, columns: Sequence[Sequence[Any]]) -> Any:
        """Tuples where the dialect counts its parameters, dictionaries where it names them."""
        ready = [_bound(process, values) for process, values in zip(self._processes, columns, strict=True)]
        if self._names is None:
            return list(zip(*(ready[place] for place in self._order), strict=True))
        return [dict(zip(self._names, values, strict=True)) for values in zip(*ready, strict=True)]


def _bound(process: _Process, values: Sequence[Any]) -> Sequence[Any]:
    """The values of one column as the driver takes them; what all rows share is converted once."""
    if process is None:
        return values
    first, count = values[0], len(values)
    if values.count(first) == count:
        return [None if first is None else process(first)] * count
    return [None if value is None else process(value) for value in values]
