"""Invoices for programs: read, lines, previews."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Final

from litestar import delete, get, patch, post
from litestar.params import QueryParameter
from pydantic import TypeAdapter

from fetlock.domain.invoices import facts, lines, listing, previewing, restoring, views
from fetlock.domain.invoices.lines import KEEP, Changed, Keep
from fetlock.domain.invoices.listing import Filter, Which
from fetlock_hostapp.plugin import (
    Cursor,
    Desk,
    FromPath,
    JSONBody,
    Limit,
    StaffRequest,
    position,
    reading,
    saving,
)
from fetlock_hostapp.web.invoices import api_money
from fetlock_hostapp.web.invoices.answering import line_of
from fetlock_hostapp.web.invoices.api_lines import PricedLineAnswer
from fetlock_hostapp.web.invoices.api_money import require_unchanged
from fetlock_hostapp.web.invoices.api_requests import FactsChange, LineChange, LinesWanted, Seen
from fetlock_hostapp.web.invoices.api_values import (
    ChangedAnswer,
    HistoryAnswer,
    InvoiceAnswer,
    InvoiceList,
    MeanwhileAnswer,
    PreviewAnswer,
    RowAnswer,
    summed,
)
from fetlock_hostapp.web.kernel.paging import Moment, WholeKey

TAG = "Invoices"
Text = Annotated[str, QueryParameter(max_length=200)]
Key = Annotated[int | None, QueryParameter(ge=1, le=2**63 - 1)]
PLACE: Final = TypeAdapter(tuple[Moment, WholeKey])


@get("/invoices", permission="invoices.view", sync_to_thread=True, tags=[TAG])
def list_invoices(
    request: StaffRequest,
    which: Annotated[
        Which, QueryParameter(description="A state, or `ready`: open with nothing to pay")
    ] = Which.ALL,
    q: Text = "",
    first: Annotated[date | None, QueryParameter(description="Begun on this day or later")] = None,
    last: Annotated[date | None, QueryParameter(description="Begun on this day or earlier")] = None,
    client_id: Key = None,
    patient_id: Key = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> InvoiceList:
    """The invoices of this site, the newest first, with the sums over all that the filters find."""
    wanted = Filter(which=which, text=q, first=first, last=last, client_id=client_id, patient_id=patient_id)
    after = position(cursor, PLACE)
    with reading(request) as desk:
        site = desk.site
        rows, sums = listing.after(desk.session, site.id, site.time_zone, wanted, after, limit + 1)
        return InvoiceList.of(
            request, rows, limit, RowAnswer.of, lambda row: (row.created_at, row.id), **summed(sums)
        )


@get("/invoices/{invoice_id:int}", permission="invoices.view", sync_to_thread=True, tags=[TAG])
def one_invoice(request: StaffRequest, invoice_id: FromPath[int]) -> InvoiceAnswer:
    """One invoice, every line with what covers it and how its price came about."""
    with reading(request) as desk:
        return InvoiceAnswer.of(views.get(desk.session, desk.site.id, invoice_id))


@get("/invoices/{invoice_id:int}/history", permission="invoices.view", sync_to_thread=True, tags=[TAG])
def invoice_history(request: StaffRequest, invoice_id: FromPath[int]) -> list[HistoryAnswer]:
    """Every revision, the newest first."""
    with reading(request) as desk:
        view = views.get(desk.session, desk.site.id, invoice_id)
        return [HistoryAnswer.model_validate(entry) for entry in view.history]


@post("/clients/{client_id:int}/invoice-lines", permission="invoices.edit", sync_to_thread=True, tags=[TAG])
def add_to_open_invoice(
    request: StaffRequest, client_id: FromPath[int], data: JSONBody[LinesWanted]
) -> ChangedAnswer:
    """Add lines to the client's open invoice at this site, which is begun where there is none."""
    return changing(
        request,
        None,
        lambda desk: lines.add_lines(
            desk.work,
            client_id,
            [line.line(desk) for line in data.lines],
            seen_revision=data.seen_revision,
        ),
    )


@post(
    "/clients/{client_id:int}/invoice-lines/preview",
    permission="invoices.edit",
    sync_to_thread=True,
    status_code=200,
    idempotency=False,
    tags=[TAG],
)
def preview_new_lines(
    request: StaffRequest, client_id: FromPath[int], data: JSONBody[LinesWanted]
) -> PreviewAnswer:
    """What lines would cost on the client's open invoice; nothing is saved."""
    with reading(request) as desk:
        rows, _ = listing.page(
            desk.session,
            desk.site.id,
            desk.site.time_zone,
            Filter(which=Which.OPEN, client_id=client_id),
        )
        return _preview(desk, data, rows[0].id if rows else None)


@post(
    "/invoices/{invoice_id:int}/lines",
    permission="invoices.edit",
    sync_to_thread=True,
    conditional=True,
    tags=[TAG],
)
def add_lines(request: StaffRequest, invoice_id: FromPath[int], data: JSONBody[LinesWanted]) -> ChangedAnswer:
    """Add lines to this invoice, all of them or none."""
    return changing(
        request,
        invoice_id,
        lambda desk: lines.add_lines_to(
            desk.work,
            invoice_id,
            [line.line(desk) for line in data.lines],
            seen_revision=data.seen_revision,
        ),
    )


@post(
    "/invoices/{invoice_id:int}/preview",
    permission="invoices.view",
    sync_to_thread=True,
    status_code=200,
    idempotency=False,
    tags=[TAG],
)
def preview_lines(
    request: StaffRequest, invoice_id: FromPath[int], data: JSONBody[LinesWanted]
) -> PreviewAnswer:
    """What lines would cost on this invoice; nothing is saved."""
    with reading(request) as desk:
        return _preview(desk, data, invoice_id)


@patch(
    "/invoices/{invoice_id:int}/lines/{line_id:int}",
    permission="invoices.edit",
    sync_to_thread=True,
    conditional=True,
    tags=[TAG],
)
def change_line(
    request: StaffRequest, invoice_id: FromPath[int], line_id: FromPath[int], data: JSONBody[LineChange]
) -> ChangedAnswer:
    """Change a line of an open invoice. 409 when somebody changed it since `seen_revision`."""
    return changing(
        request,
        invoice_id,
        lambda desk: lines.change_line(
            desk.work,
            line_of(desk, invoice_id, line_id).id,
            quantity=data.quantity,
            service_date=data.service_date,
            provider_id=_given(data, "provider_id", data.provider_id),
            preferred_entitlement_id=_given(data, "preferred_entitlement_id", data.preferred_entitlement_id),
            seen_revision=data.seen_revision,
        ),
    )


@delete(
    "/invoices/{invoice_id:int}/lines/{line_id:int}",
    permission="invoices.edit",
    sync_to_thread=True,
    status_code=200,
    conditional=True,
    tags=[TAG],
)
def remove_line(
    request: StaffRequest,
    invoice_id: FromPath[int],
    line_id: FromPath[int],
    seen_revision: Annotated[int | None, QueryParameter(ge=0, le=2**63 - 1)] = None,
) -> ChangedAnswer:
    """Take a line off an open invoice; it can be put back."""
    return changing(
        request,
        invoice_id,
        lambda desk: lines.remove_line(
            desk.work, line_of(desk, invoice_id, line_id).id, seen_revision=seen_revision
        ),
    )


@post(
    "/invoices/{invoice_id:int}/lines/{line_id:int}/restore",
    permission="invoices.edit",
    sync_to_thread=True,
    status_code=200,
    conditional=True,
    tags=[TAG],
)
def restore_line(
    request: StaffRequest, invoice_id: FromPath[int], line_id: FromPath[int], data: JSONBody[Seen]
) -> ChangedAnswer:
    """Put a removed line back, priced afresh."""
    return changing(
        request,
        invoice_id,
        lambda desk: restoring.restore_line(
            desk.work, line_of(desk, invoice_id, line_id).id, seen_revision=data.seen_revision
        ),
    )


@patch(
    "/invoices/{invoice_id:int}/lines/{line_id:int}/facts",
    permission="invoices.edit_closed",
    sync_to_thread=True,
    conditional=True,
    tags=[TAG],
)
def change_facts(
    request: StaffRequest, invoice_id: FromPath[int], line_id: FromPath[int], data: JSONBody[FactsChange]
) -> ChangedAnswer:
    """Correct service date and provider of a closed line; no amount changes and nothing is sent."""
    return changing(
        request,
        invoice_id,
        lambda desk: facts.change_facts(
            desk.work,
            line_of(desk, invoice_id, line_id).id,
            service_date=data.service_date,
            provider_id=_given(data, "provider_id", data.provider_id),
            reason=data.reason,
        ),
    )


def changing(
    request: StaffRequest, invoice_id: int | None, command: Callable[[Desk], Changed]
) -> ChangedAnswer:
    """Run a command of lines, commit, and answer with the invoice as it then stands."""

    def work(desk: Desk) -> tuple[int, list[int], list[str], set[int]]:
        if invoice_id is not None:
            require_unchanged(request, desk, invoice_id)
        changed = command(desk)
        others = {entry.id for entry in changed.meanwhile if entry.staff_id != desk.person.id}
        return changed.invoice.id, changed.line_ids, changed.told, others

    def then(desk: Desk, done: tuple[int, list[int], list[str], set[int]]) -> ChangedAnswer:
        invoice_id, line_ids, told, others = done
        view = views.get(desk.session, desk.site.id, invoice_id)
        return ChangedAnswer(
            invoice=InvoiceAnswer.of(view),
            line_ids=line_ids,
            told=told,
            meanwhile=[
                MeanwhileAnswer.model_validate(entry)
                for entry in reversed(view.history)
                if entry.id in others
            ],
        )

    return saving(request, work, then)


def _preview(desk: Desk, data: LinesWanted, invoice_id: int | None) -> PreviewAnswer:
    wanted = [line.line(desk) for line in data.lines]
    preview = previewing.preview_new(desk.work, wanted, invoice_id=invoice_id)
    return PreviewAnswer(
        added=[PricedLineAnswer.of(line) for line in preview.added],
        lines=[PricedLineAnswer.of(line) for line in preview.lines.values()],
        gross=preview.total.gross,
        left={str(key): units for key, units in preview.left.items()},
        failed=list(preview.failed),
    )


def _given(data: LineChange | FactsChange, name: str, value: int | None) -> int | Keep | None:
    """A field of ids: left out of the request it keeps what is stored."""
    return value if name in data.model_fields_set else KEEP


HANDLERS = [
    list_invoices,
    one_invoice,
    invoice_history,
    add_to_open_invoice,
    preview_new_lines,
    add_lines,
    preview_lines,
    change_line,
    remove_line,
    restore_line,
    change_facts,
    *api_money.HANDLERS,
]
