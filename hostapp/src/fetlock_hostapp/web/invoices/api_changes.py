"""Invoices for programs: lines added, changed, taken off and put back; facts of closed ones corrected."""

from collections.abc import Callable
from typing import Annotated

from litestar import delete, patch, post
from litestar.params import QueryParameter

from fetlock.domain.invoices import facts, lines, restoring, views
from fetlock.domain.invoices.lines import KEEP, Changed, Keep
from fetlock_hostapp.plugin import Desk, FromPath, JSONBody, StaffRequest, saving
from fetlock_hostapp.web.invoices.answering import line_of
from fetlock_hostapp.web.invoices.api_money import require_unchanged
from fetlock_hostapp.web.invoices.api_requests import FactsChange, LineChange, LinesWanted, Seen
from fetlock_hostapp.web.invoices.api_values import ChangedAnswer, InvoiceAnswer, MeanwhileAnswer

TAG = "Invoices"


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


def _given(data: LineChange | FactsChange, name: str, value: int | None) -> int | Keep | None:
    """A field of ids: left out of the request it keeps what is stored."""
    return value if name in data.model_fields_set else KEEP


HANDLERS = [add_to_open_invoice, add_lines, change_line, remove_line, restore_line, change_facts]
