"""Importing for programs: a file as text in, the report out (H-15)."""

from litestar import post
from pydantic import BaseModel, Field

from fetlock.imports import Kind, read_sheet, run, settings_at
from fetlock_hostapp.plugin import FromPath, JSONBody, StaffRequest, reading


class ImportInput(BaseModel):
    """A CSV file as text. `mapping`: field to column, for columns whose headers are not known."""

    content: str
    mapping: dict[str, str] = {}
    client: str = Field(default="", description="Account number of the one owner of all patients")
    prices_here: bool = Field(default=False, description="Prices are those of the site in the address")
    dry_run: bool = False


class NotedRow(BaseModel):
    """A row by its number, the header being row 1, and why it was rejected."""

    row: int
    reason: str


class ImportReport(BaseModel):
    """`created + updated + unchanged + rejected` are `rows`."""

    kind: str
    dry_run: bool
    rows: int
    created: int
    updated: int
    unchanged: int
    rejected: int
    errors: list[NotedRow]
    mapping: dict[str, str]
    ignored_columns: list[str]


@post(
    "/imports/{kind:str}",
    permission="imports.run",
    status_code=200,
    sync_to_thread=True,
    idempotency=False,
    tags=["Imports"],
)
def import_file(request: StaffRequest, kind: FromPath[Kind], data: JSONBody[ImportInput]) -> ImportReport:
    """Import clients, patients, products or prices; a repeated import changes nothing."""
    sheet = read_sheet(data.content.encode())
    with reading(request) as desk:
        settings = settings_at(desk.work, owner=data.client, prices_here=data.prices_here)
    report = run(
        request.app.state.kernel.runtime.database,
        kind,
        sheet,
        settings,
        mapping=data.mapping,
        dry_run=data.dry_run,
    )
    return ImportReport(**{k: v for k, v in report.as_json().items() if k != "warnings"})


HANDLERS = [import_file]
