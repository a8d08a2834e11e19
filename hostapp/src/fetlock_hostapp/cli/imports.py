"""`fetlock import`: clients, patients, products and prices from CSV files (H-15)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy import select
from sqlalchemy.orm import Session

from fetlock.domain.sites.models import Site
from fetlock.errors import Conflict, FetlockError, Invalid, NotFound
from fetlock.imports import FIELDS, Kind, Report, read_sheet, run, settings_at
from fetlock_hostapp.cli.opening import opened, site_called
from fetlock_hostapp.cli.terminal import emit_json, err, say

SHOWN = 20
"""So many rejected rows at most are listed for people; JSON has all of them."""

File = Annotated[Path, typer.Argument(help="The CSV file; its first row names the columns.")]
SiteName = Annotated[str, typer.Option("--site", help="Short name of the site where it is imported.")]
PriceSite = Annotated[str, typer.Option("--site", help="The prices are this site's, not the organisation's.")]
Owner = Annotated[str, typer.Option("--client", help="Account number of the client who owns all of them.")]
Maps = Annotated[
    list[str] | None, typer.Option("--map", metavar="FIELD=COLUMN", help="Which column fills a field.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and change nothing.")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
Encoding = Annotated[str, typer.Option(help="The file's encoding, such as windows-1252.")]


def register(app: typer.Typer) -> None:
    """Add the group to the program."""
    group = typer.Typer(help="Import records from CSV files.", no_args_is_help=True)
    app.add_typer(group, name="import")
    group.command("clients", epilog=_fields(Kind.CLIENTS))(clients)
    group.command("patients", epilog=_fields(Kind.PATIENTS))(patients)
    group.command("products", epilog=_fields(Kind.PRODUCTS))(products)
    group.command("prices", epilog=_fields(Kind.PRICES))(prices)


def clients(
    context: typer.Context,
    file: File,
    site: SiteName = "",
    mapped: Maps = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    encoding: Encoding = "utf-8",
) -> None:
    """Import clients, each known by its account number."""
    _import(context, Kind.CLIENTS, file, site, mapped, dry_run, as_json, encoding)


def patients(
    context: typer.Context,
    file: File,
    client: Owner = "",
    site: SiteName = "",
    mapped: Maps = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    encoding: Encoding = "utf-8",
) -> None:
    """Import patients. Each row names its owner by account number, or --client names one for all."""
    _import(context, Kind.PATIENTS, file, site, mapped, dry_run, as_json, encoding, owner=client)


def products(
    context: typer.Context,
    file: File,
    site: PriceSite = "",
    mapped: Maps = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    encoding: Encoding = "utf-8",
) -> None:
    """Import products, each known by its code; prices come along where the file has them."""
    _import(context, Kind.PRODUCTS, file, site, mapped, dry_run, as_json, encoding, prices_here=bool(site))


def prices(
    context: typer.Context,
    file: File,
    site: PriceSite = "",
    mapped: Maps = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    encoding: Encoding = "utf-8",
) -> None:
    """Import prices of products that are there already."""
    _import(context, Kind.PRICES, file, site, mapped, dry_run, as_json, encoding, prices_here=bool(site))


def _import(
    context: typer.Context,
    kind: Kind,
    file: Path,
    site: str,
    mapped: list[str] | None,
    dry_run: bool,
    as_json: bool,
    encoding: str,
    *,
    owner: str = "",
    prices_here: bool = False,
) -> None:
    try:
        sheet = read_sheet(_content(file), encoding)
        mapping = _mapping(mapped or [])
        with opened(context) as runtime, _progress(kind, quiet=as_json) as progress:
            with runtime.database.reading() as session:
                work = runtime.work(session, _site(session, site))
                settings = settings_at(work, owner=owner, prices_here=prices_here)
            report = run(
                runtime.database, kind, sheet, settings, mapping=mapping, dry_run=dry_run, progress=progress
            )
    except FetlockError as error:
        if not as_json:
            raise
        emit_json({"error": error.message})
        raise typer.Exit(1) from None
    if as_json:
        emit_json(report.as_json())
    else:
        _tell(report, file)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise NotFound(f"The file {file} cannot be read: {error.strerror}.") from None


def _site(session: Session, slug: str) -> Site:
    if slug:
        return site_called(session, slug)
    first = session.scalar(select(Site).where(Site.active).order_by(Site.id))
    if first is None:
        raise Conflict("There is no site yet. Run: fetlock init")
    return first


def _mapping(given: list[str]) -> dict[str, str]:
    mapping = {}
    for text in given:
        field, sign, column = text.partition("=")
        if not sign or not field.strip():
            raise Invalid(f"--map takes FIELD=COLUMN, not “{text}”.")
        mapping[field.strip()] = column.strip()
    return mapping


@contextmanager
def _progress(kind: Kind, *, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    if quiet or not err.is_terminal:
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task(f"Importing {kind.value}", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _tell(report: Report, file: Path) -> None:
    done = "would be" if report.dry_run else "were"
    say(f"{file.name}: {report.rows} rows of {report.kind}.")
    say(
        f"{report.created} {done} created, {report.updated} {done} updated, {report.unchanged} unchanged, "
        f"{report.rejected} rejected."
    )
    if report.ignored_columns:
        say(f"Columns that were not used: {', '.join(report.ignored_columns)}.")
    for heading, noted in (("Rejected", report.errors), ("Look at", report.warnings)):
        for each in noted[:SHOWN]:
            say(f"{heading}: row {each.row}: {each.text}")
        if len(noted) > SHOWN:
            say(f"{heading}: {len(noted) - SHOWN} more rows; --json lists all of them.")


def _fields(kind: Kind) -> str:
    """The fields of a kind, below the help of its command."""
    return f"Fields: {', '.join(field.key for field in FIELDS[kind])}."
