"""Running an import: read every row, plan all, then write in portions, each in one transaction (H-15)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.database import Database
from fetlock.domain.audit import service as audit
from fetlock.domain.clients.models import Client
from fetlock.errors import Invalid, NotFound
from fetlock.imports.cells import CellFault
from fetlock.imports.clients import Clients
from fetlock.imports.columns import Kind, complete_mapping, missing_fields, named_columns
from fetlock.imports.patients import Patients
from fetlock.imports.prices import Prices
from fetlock.imports.products import Products
from fetlock.imports.report import Noted, Report
from fetlock.imports.sheet import Sheet
from fetlock.imports.steps import Action, Importer, Parsed, RowFault, Settings, Step, chunks
from fetlock.work import Work

PORTION: Final = 500
"""Rows written in one transaction: the database is never held for longer than a moment."""

Progress = Callable[[int, int], None]
"""Told how many of how many rows are through."""


def settings_at(work: Work, *, owner: str = "", prices_here: bool = False) -> Settings:
    """The settings for an import at the site of `work`. `owner` is the account number of `--client`."""
    work.require("imports.run")
    found = None
    if owner:
        client = work.session.scalar(select(Client).where(Client.account_number == owner))
        if client is None:
            raise NotFound(f"There is no client with the account number {owner}.")
        found = (client.id, client.account_number)
    return Settings(
        site_id=work.site.id,
        country=work.site.country,
        today=clock.today(work.site.time_zone),
        now=clock.now(),
        staff_id=work.actor.staff_id,
        owner=found,
        price_site_id=work.site.id if prices_here else None,
    )


def run(
    database: Database,
    kind: Kind,
    sheet: Sheet,
    settings: Settings,
    *,
    mapping: Mapping[str, str] | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Import a file, or (`dry_run`) say what it would do. Raises `Invalid` where the columns are not clear.

    Rows that cannot be taken are rejected with their reasons; every other row is written whole.
    """
    tell = progress or (lambda _done, _total: None)
    columns = complete_mapping(kind, sheet.header, mapping or {})
    missing = missing_fields(kind, columns)
    if kind is Kind.PATIENTS and settings.owner is None and "client" not in columns:
        missing["client"] = (
            "No column is known for the owner’s account number (client). Say which one it is, or name one "
            "client to whom all patients belong."
        )
    if missing:
        raise Invalid(missing)
    named = named_columns(kind, sheet.header, mapping or {})
    importer = _importer(kind, settings, owner_is_named=bool(named.get("client")))
    report = Report(kind=kind.value, dry_run=dry_run, rows=len(sheet.rows), mapping=columns)
    report.ignored_columns = [each for each in sheet.header if each and each not in columns.values()]
    tell(0, report.rows)
    parsed = _parse(importer, sheet, columns, report)
    with database.reading() as session:
        steps = importer.plan(session, parsed)
    if not dry_run:
        _write(database, importer, steps, tell, report.rows)
    _count(report, steps)
    if not dry_run:
        database.write(lambda session: _record(session, report, settings))
    tell(report.rows, report.rows)
    return report


def _importer(kind: Kind, settings: Settings, *, owner_is_named: bool) -> Importer[Any]:
    if kind is Kind.CLIENTS:
        return Clients(settings)
    if kind is Kind.PATIENTS:
        # with one owner for all, a column counts only if somebody named it, not if it was guessed
        return Patients(settings, owner_is_mapped=settings.owner is None or owner_is_named)
    return Products(settings) if kind is Kind.PRODUCTS else Prices(settings)


def _parse(
    importer: Importer[Any], sheet: Sheet, columns: Mapping[str, str], report: Report
) -> list[Parsed[Any]]:
    places = {key: sheet.header.index(column) for key, column in columns.items()}
    parsed = []
    for row in sheet.rows:
        if row.fault:
            report.errors.append(Noted(row.number, row.fault))
            continue
        try:
            value, warnings = importer.read({key: row.cells[place] for key, place in places.items()})
        except (RowFault, CellFault) as fault:
            report.errors.append(Noted(row.number, str(fault)))
        else:
            parsed.append(Parsed(row.number, value, tuple(warnings)))
    return parsed


def _write(
    database: Database, importer: Importer[Any], steps: Sequence[Step], tell: Progress, total: int
) -> None:
    wanted = [step for step in steps if step.action in (Action.CREATE, Action.UPDATE)]
    done = total - len(wanted)
    tell(done, total)
    for portion in chunks(wanted, PORTION):
        try:
            database.write(lambda session, some=portion: importer.write(session, some))  # type: ignore[misc]
        except IntegrityError:
            for step in portion:
                _write_one(database, importer, step)
        done += len(portion)
        tell(done, total)


def _write_one(database: Database, importer: Importer[Any], step: Step) -> None:
    """Somebody saved one of the same things between plan and writing: only that row is rejected."""
    try:
        database.write(lambda session: importer.write(session, [step]))
    except IntegrityError:
        step.action, step.reason = Action.REJECT, "Somebody saved the same thing just now. Import again."


def _count(report: Report, steps: Sequence[Step]) -> None:
    for step in steps:
        if step.action is Action.REJECT:
            report.errors.append(Noted(step.number, step.reason))
            continue
        report.warnings += [Noted(step.number, text) for text in step.warnings]
        if step.action is Action.CREATE:
            report.created += 1
        elif step.action is Action.UPDATE:
            report.updated += 1
        else:
            report.unchanged += 1
    report.errors.sort(key=lambda noted: noted.row)


def _record(session: Session, report: Report, settings: Settings) -> None:
    audit.record(
        session,
        "import.run",
        staff_id=settings.staff_id,
        site_id=settings.site_id,
        subject=f"import:{report.kind}",
        detail={
            "rows": report.rows,
            "created": report.created,
            "updated": report.updated,
            "rejected": report.rejected,
        },
    )
