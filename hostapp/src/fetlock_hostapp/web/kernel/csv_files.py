"""Lists as CSV files: for spreadsheets, which must take no cell for a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime

from litestar.response import Response

Cell = str | int | datetime | None


def csv_file(name: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response[str]:
    """The file `name`.csv. Times are in UTC, as ISO 8601 to the second; nothing stands for None."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    for row in rows:
        writer.writerow([_plain(cell) for cell in row])
    return Response(
        out.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{name}.csv"'},
    )


def _plain(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return cell.isoformat(timespec="seconds")
    text = "" if cell is None else str(cell)
    begins_formula = text[:1] in ("=", "+", "@", "\t", "\r") or (text[:1] == "-" and not text[1:2].isdigit())
    return f"'{text}" if begins_formula else text
