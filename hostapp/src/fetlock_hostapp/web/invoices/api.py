"""Invoices for programs: lists, one whole, its history, previews of lines."""

from datetime import date
from typing import Annotated, Final

from litestar import get, post
from litestar.params import QueryParameter
from pydantic import TypeAdapter

from fetlock.domain.invoices import listing, previewing, views
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
)
from fetlock_hostapp.web.invoices import api_changes, api_money
from fetlock_hostapp.web.invoices.api_lines import PricedLineAnswer
from fetlock_hostapp.web.invoices.api_requests import LinesWanted
from fetlock_hostapp.web.invoices.api_values import (
    HistoryAnswer,
    InvoiceAnswer,
    InvoiceList,
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


HANDLERS = [
    list_invoices,
    one_invoice,
    invoice_history,
    preview_new_lines,
    preview_lines,
    *api_changes.HANDLERS,
    *api_money.HANDLERS,
]
