"""Running imports on the sample clinic: what the tests of this folder share."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from fetlock.imports import Kind, Report, read_sheet, run, settings_at
from fetlock.testing import Clinic


def csv_of(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A CSV file in UTF-8."""
    out = io.StringIO()
    csv.writer(out).writerows([header, *rows])
    return out.getvalue().encode()


def imported(
    clinic: Clinic,
    kind: Kind,
    content: bytes | str,
    *,
    owner: str = "",
    prices_here: bool = False,
    mapping: Mapping[str, str] | None = None,
    dry_run: bool = False,
    encoding: str = "utf-8",
) -> Report:
    """Import a file at the site north."""
    sheet = read_sheet(content.encode() if isinstance(content, str) else content, encoding)
    with clinic.reading() as session:
        settings = settings_at(clinic.work(session), owner=owner, prices_here=prices_here)
    report = run(clinic.database, kind, sheet, settings, mapping=mapping, dry_run=dry_run)
    assert report.created + report.updated + report.unchanged + report.rejected == report.rows
    return report


def counts(report: Report) -> tuple[int, int, int, int]:
    """Created, updated, unchanged, rejected."""
    return report.created, report.updated, report.unchanged, report.rejected


def reasons(report: Report) -> dict[int, str]:
    """Why each rejected row was rejected, by its number."""
    return {noted.row: noted.text for noted in report.errors}
