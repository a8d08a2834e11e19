"""Going on in a list after a known row: inserts shift nothing, and the last page is as quick as the first."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import InstrumentedAttribute

Column = ColumnElement[Any] | InstrumentedAttribute[Any]


def beyond(
    columns: Sequence[Column], values: Sequence[Any], *, descending: bool = False
) -> ColumnElement[bool]:
    """The condition of rows that come after the one with these `values`, sorted by `columns`.

    All columns are sorted the same way; none of the values is None; together they name one row.
    """
    ways = []
    for place, (column, value) in enumerate(zip(columns, values, strict=True)):
        same = [earlier == known for earlier, known in zip(columns[:place], values[:place], strict=True)]
        ways.append(and_(*same, column < value if descending else column > value))
    return or_(*ways)
