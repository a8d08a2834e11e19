"""Importing files: upload, mapping, dry run, progress, errors by row, rejected rows as a file (H-15)."""

from typing import Any, Final

from litestar import get, post
from litestar.response import Response

from fetlock.domain.imports import runs
from fetlock.domain.imports.models import ImportRun, ImportState
from fetlock.errors import FetlockError, Invalid, NotFound
from fetlock.imports import FIELDS, Kind, Sheet, UnreadableFile, guess_mapping, read_sheet, settings_at
from fetlock.imports.columns import complete_mapping, missing_fields
from fetlock.imports.sheet import ENCODINGS
from fetlock_hostapp.plugin import (
    AdministrationItem,
    Desk,
    Form,
    FormData,
    FromPath,
    Html,
    StaffRequest,
    reading,
    status_of,
    writing,
)
from fetlock_hostapp.web.imports import running
from fetlock_hostapp.web.kernel.csv_files import csv_file

LARGEST: Final = 11_000_000
SHOWN: Final = 200
SAMPLE: Final = 5
WORDS: Final = {
    Kind.CLIENTS: "Clients",
    Kind.PATIENTS: "Patients",
    Kind.PRODUCTS: "Products",
    Kind.PRICES: "Prices",
}
STATES: Final = {
    ImportState.UPLOADED: ("open", "Not tried yet"),
    ImportState.TRYING: ("work", "Being tried"),
    ImportState.TRIED: ("wait", "Tried, nothing imported yet"),
    ImportState.RUNNING: ("work", "Being imported"),
    ImportState.DONE: ("ok", "Imported"),
    ImportState.STOPPED: ("bad", "Stopped"),
}
ORDER: Final = "In this order: clients, then their patients; products, then their prices."


@get("/administration/imports", permission="imports.run", sync_to_thread=True)
def import_list(request: StaffRequest) -> Html:
    """The files of this site, and the form for another."""
    with reading(request) as desk:
        return _list(desk)


@post("/administration/imports", permission="imports.run", sync_to_thread=True)
def upload(request: StaffRequest, data: FormData) -> Html:
    """Keep an uploaded file. What cannot be read is refused at once, and says why."""
    sent = data.files.get("file")
    kind, encoding = data.text("kind"), data.text("encoding") or "utf-8"
    try:
        if kind not in set(Kind):
            raise Invalid({"kind": "Choose what the file holds."})
        content = sent.file.read(LARGEST + 1) if sent is not None else b""
        if sent is None or not content:
            raise Invalid({"file": "Choose a CSV file."})
        if len(content) > LARGEST:
            raise Invalid({"file": f"The file is larger than {LARGEST // 1_000_000} MB. Part it."})
        try:
            read_sheet(content, encoding)
        except UnreadableFile as error:
            raise Invalid({"file": error.message}) from None
    except Invalid as error:
        with reading(request) as desk:
            return _list(desk, data, error)
    name = sent.filename

    def work(desk: Desk) -> Html:
        run = runs.add(desk.work, kind, name, content, encoding)
        return desk.redirect(f"administration/imports/{run.id}")

    return writing(request, work)


@get("/administration/imports/{run_id:int}", permission="imports.run", sync_to_thread=True)
def import_page(request: StaffRequest, run_id: FromPath[int]) -> Html:
    """One file: its columns, what a dry run says, what came of it."""
    with reading(request) as desk:
        return _one(desk, run_id)


@post("/administration/imports/{run_id:int}", permission="imports.run", sync_to_thread=True)
def begin(request: StaffRequest, run_id: FromPath[int], data: FormData) -> Html:
    """Try the file, or import it, with the columns as chosen."""
    dry_run = data.text("then") != "import"

    try:
        with reading(request) as desk:
            mapping, options = _checked(desk, run_id, data)
    except Invalid as error:
        with reading(request) as desk:
            return _one(desk, run_id, data, error)

    def work(desk: Desk) -> Html:
        runs.begin(desk.work, run_id, mapping=mapping, options=options, dry_run=dry_run)
        return desk.redirect(f"administration/imports/{run_id}")

    def again(desk: Desk, error: FetlockError) -> Html:
        return _one(desk, run_id, data, error)

    answer = writing(request, work, again)
    if answer.status_code == 303 or "HX-Redirect" in answer.headers:
        context = request.context
        assert context.site is not None
        runtime = request.app.state.kernel.runtime
        running.start(runtime, run_id, context.site.id, context.actor, dry_run=dry_run)
    return answer


@get("/administration/imports/{run_id:int}/progress", permission="imports.run", sync_to_thread=True)
def progress(request: StaffRequest, run_id: FromPath[int]) -> Html:
    """How far it is; at its end the page is loaded anew."""
    with reading(request) as desk:
        run = runs.get(desk.session, desk.site.id, run_id)
        answer = desk.fragment("imports/progress.html", run=run)
        if not runs.is_under_way(run):
            answer.headers["HX-Refresh"] = "true"
        return answer


@get("/administration/imports/{run_id:int}/rejected.csv", permission="imports.run", sync_to_thread=True)
def rejected(request: StaffRequest, run_id: FromPath[int]) -> Response[str]:
    """The rejected rows as they stood in the file, each with its number and reason."""
    with reading(request) as desk:
        run = runs.get(desk.session, desk.site.id, run_id)
        sheet = read_sheet(runs.content_of(desk.session, run_id), run.encoding)
        cells = {row.number: row.cells for row in sheet.rows}
        errors = (run.report or {}).get("errors", [])
        wide = len(sheet.header)
        rows = [
            (each["row"], each["reason"], *(cells.get(each["row"], ()) + ("",) * wide)[:wide])
            for each in errors
        ]
        return csv_file(f"rejected-{run.kind}-{run.id}", ("row", "reason", *sheet.header), rows)


@post("/administration/imports/{run_id:int}/remove", permission="imports.run", sync_to_thread=True)
def remove(request: StaffRequest, run_id: FromPath[int]) -> Html:
    """Drop the file with its report; what was imported stays."""

    def work(desk: Desk) -> Html:
        runs.remove(desk.work, run_id)
        return desk.redirect("administration/imports", ok="The file is removed; what was imported stays.")

    return writing(request, work)


def _checked(desk: Desk, run_id: int, data: Form) -> tuple[dict[str, str], dict[str, Any]]:
    """Columns and options as chosen. Raises `Invalid` by field of the form."""
    found = runs.get(desk.session, desk.site.id, run_id)
    kind = Kind(found.kind)
    mapping = {field.key: data.text(f"column_{field.key}") for field in FIELDS[kind]}
    owner, prices_here = data.text("client"), data.text("prices") == "here"
    try:
        settings = settings_at(desk.work, owner=owner, prices_here=prices_here)
    except NotFound as error:
        raise Invalid({"client": error.message}) from None
    sheet = read_sheet(runs.content_of(desk.session, run_id), found.encoding)
    columns = complete_mapping(kind, sheet.header, mapping)
    missing = missing_fields(kind, columns)
    if kind is Kind.PATIENTS and settings.owner is None and "client" not in columns:
        missing["client"] = "Choose the column of the owner’s account number, or name one client."
    if missing:
        raise Invalid({f"column_{key}": text for key, text in missing.items()})
    return mapping, {"client": owner, "prices_here": prices_here}


def _list(desk: Desk, typed: Form | None = None, error: FetlockError | None = None) -> Html:
    return desk.page(
        "imports/list.html",
        status=200 if error is None else status_of(error),
        rows=[(run, WORDS[Kind(run.kind)], _state(run)) for run in runs.listed(desk.session, desk.site.id)],
        kinds=[(kind.value, word) for kind, word in WORDS.items()],
        encodings=list(ENCODINGS.items()),
        megabytes=LARGEST // 1_000_000,
        order=ORDER,
        typed=typed,
        errors=error,
    )


def _state(run: ImportRun) -> tuple[str, str]:
    if run.state in runs.UNDER_WAY and not runs.is_under_way(run):
        return "bad", "Interrupted"
    return STATES[ImportState(run.state)]


def _one(desk: Desk, run_id: int, typed: Form | None = None, error: FetlockError | None = None) -> Html:
    run = runs.get(desk.session, desk.site.id, run_id)
    kind = Kind(run.kind)
    sheet = read_sheet(runs.content_of(desk.session, run_id), run.encoding)
    under_way = runs.is_under_way(run)
    problem = run.problem
    if run.state in runs.UNDER_WAY and not under_way:
        problem = runs.INTERRUPTED
    report: dict[str, Any] | None = run.report
    return desk.page(
        "imports/file.html",
        status=200 if error is None else status_of(error),
        run=run,
        kind=kind.value,
        word=WORDS[kind],
        state=_state(run),
        under_way=under_way,
        problem=problem,
        report=report,
        shown=SHOWN,
        rows=len(sheet.rows),
        fields=FIELDS[kind],
        columns=_columns(sheet, kind, run, typed),
        options=_options(run, typed),
        header=[column for column in dict.fromkeys(sheet.header) if column],
        all_columns=sheet.header,
        sample=_sample(sheet),
        errors=error,
    )


def _columns(sheet: Sheet, kind: Kind, run: ImportRun, typed: Form | None) -> dict[str, str]:
    """The column that is chosen for each field: as typed, as run last, or as guessed."""
    if typed is not None:
        return {field.key: typed.text(f"column_{field.key}") for field in FIELDS[kind]}
    known = run.mapping or guess_mapping(kind, sheet.header)
    return {field.key: known.get(field.key, "") for field in FIELDS[kind]}


def _options(run: ImportRun, typed: Form | None) -> dict[str, Any]:
    if typed is not None:
        return {"client": typed.text("client"), "prices": typed.text("prices")}
    here = bool(run.options.get("prices_here"))
    return {"client": run.options.get("client", ""), "prices": "here" if here else "everywhere"}


def _sample(sheet: Sheet) -> list[tuple[int, tuple[str, ...]]]:
    return [(row.number, row.cells[: len(sheet.header)]) for row in sheet.rows[:SAMPLE]]


HANDLERS = [import_list, upload, import_page, begin, progress, rejected, remove]

ADMINISTRATION = [
    AdministrationItem(
        label="Import files",
        href="administration/imports",
        permission="imports.run",
        icon="import",
        heading="Clinic",
        weight=60,
    ),
]
