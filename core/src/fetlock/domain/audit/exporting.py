"""Writing the audit log to a file: CSV for people, JSON Lines for programs (H-5)."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any, Final

from fetlock.contracts.actor import Actor
from fetlock.database import Database
from fetlock.domain.audit.listing import Filter, Row, every
from fetlock.domain.audit.service import record
from fetlock.errors import Invalid

COLUMNS: Final = (
    "number",
    "entry",
    "at",
    "staff_id",
    "user_name",
    "staff",
    "site_id",
    "site",
    "action",
    "subject",
    "reason",
    "detail",
    "hash",
)
EXPORTED: Final = "audit.exported"


def values(row: Row) -> dict[str, Any]:
    """An entry by the names of `COLUMNS`; `detail` is a dictionary, `at` ISO 8601 in UTC."""
    return {
        "number": row.number,
        "entry": row.id,
        "at": row.at.isoformat(timespec="microseconds"),
        "staff_id": row.staff_id,
        "user_name": row.user_name,
        "staff": row.staff_name,
        "site_id": row.site_id,
        "site": row.site_name,
        "action": row.action,
        "subject": row.subject,
        "reason": row.reason,
        "detail": row.detail,
        "hash": row.hash,
    }


def cells(row: Row) -> list[Any]:
    """An entry as cells of a CSV file."""
    found = values(row) | {"detail": json.dumps(row.detail, ensure_ascii=False, sort_keys=True)}
    return [found[name] for name in COLUMNS]


def export(
    database: Database,
    target: Path,
    actor: Actor,
    *,
    wanted: Filter | None = None,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Write all entries of all sites, the oldest first, to a `.csv` or `.jsonl` file; answers how many.

    The export itself is recorded, before it begins. Raises `Invalid` for another kind of file.
    """
    write = _WRITERS.get(target.suffix.lower())
    if write is None:
        raise Invalid("Name a file that ends in .csv or .jsonl.")
    database.write(
        lambda session: record(
            session, EXPORTED, staff_id=actor.staff_id, detail={"format": target.suffix.lower()[1:]}
        )
    )
    partial = target.with_name(target.name + ".part")
    count = 0

    def counted(rows: Iterator[Row]) -> Iterator[Row]:
        nonlocal count
        for row in rows:
            yield row
            count += 1
            if progress is not None:
                progress(count)

    with partial.open("w", encoding="utf-8", newline="") as file, database.reading() as session:
        write(file, counted(every(session, wanted or Filter())))
    partial.replace(target)
    return count


def _csv(file: IO[str], rows: Iterable[Row]) -> None:
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    writer.writerows([_inert(cell) for cell in cells(row)] for row in rows)


def _inert(cell: Any) -> Any:
    """A spreadsheet must take no reason for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def _jsonl(file: IO[str], rows: Iterable[Row]) -> None:
    for row in rows:
        file.write(json.dumps(values(row), ensure_ascii=False) + "\n")


_WRITERS: Final[dict[str, Callable[[IO[str], Iterable[Row]], None]]] = {".csv": _csv, ".jsonl": _jsonl}
