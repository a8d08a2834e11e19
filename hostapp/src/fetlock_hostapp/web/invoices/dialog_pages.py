"""The dialogs of one line and of the whole invoice: edit, correct, return, reopen, void."""

from decimal import Decimal
from typing import Any

from litestar import get, post

from fetlock.contracts.pricing import EntitlementFacts
from fetlock.domain.invoices import closing, facts, lines, picking, views
from fetlock.domain.invoices.models import Invoice
from fetlock.errors import Invalid, NotFound
from fetlock_hostapp.plugin import Desk, FormData, FromPath, Html, StaffRequest
from fetlock_hostapp.web.invoices import words
from fetlock_hostapp.web.invoices.answering import line_of, of_change
from fetlock_hostapp.web.invoices.dialogs import save_dialog, show_dialog
from fetlock_hostapp.web.invoices.reading_lines import Faults
from fetlock_hostapp.web.invoices.showing import Outcome


@get("/invoices/{invoice_id:int}/lines/{line_id:int}/edit", permission="invoices.view", sync_to_thread=True)
def line_dialog(request: StaffRequest, invoice_id: FromPath[int], line_id: FromPath[int]) -> Html:
    """Quantity, provider, service date and plan of a line; of a closed one, provider and date alone."""
    return show_dialog(
        request, "invoices/_line_dialog.html", lambda desk: _line_context(desk, invoice_id, line_id)
    )


@post("/invoices/{invoice_id:int}/lines/{line_id:int}/edit", permission="invoices.edit", sync_to_thread=True)
def save_line(
    request: StaffRequest, invoice_id: FromPath[int], line_id: FromPath[int], data: FormData
) -> Html:
    """Save the dialog of an open invoice's line."""

    def command(desk: Desk) -> Outcome:
        faults = Faults()
        quantity = faults.read(lambda: data.decimal("quantity", "Quantity"), Decimal(0))
        day = faults.read(lambda: data.optional_date("service_date", "Service date"), None)
        provider = faults.read(lambda: data.optional_integer("provider_id", "Provider"), None)
        plan = faults.read(lambda: data.optional_integer("plan", "Plan"), None)
        faults.require_none()
        line = line_of(desk, invoice_id, line_id)
        changed = lines.change_line(
            desk.work,
            line.id,
            quantity=quantity,
            service_date=day,
            provider_id=provider,
            preferred_entitlement_id=plan,
            seen_revision=data.optional_integer("seen", "Revision"),
        )
        return of_change(changed, f"Line {line.position} saved.")

    return save_dialog(
        request,
        invoice_id,
        data,
        command,
        "invoices/_line_dialog.html",
        lambda desk: _line_context(desk, invoice_id, line_id),
    )


@post(
    "/invoices/{invoice_id:int}/lines/{line_id:int}/facts",
    permission="invoices.edit_closed",
    sync_to_thread=True,
)
def save_facts(
    request: StaffRequest, invoice_id: FromPath[int], line_id: FromPath[int], data: FormData
) -> Html:
    """Correct service date and provider of a closed line: kept in history, sent to nobody (CP-72, CP-73)."""

    def command(desk: Desk) -> Outcome:
        changed = facts.change_facts(
            desk.work,
            line_of(desk, invoice_id, line_id).id,
            service_date=data.date("service_date", "Service date"),
            provider_id=data.optional_integer("provider_id", "Provider"),
            reason=data.text("reason"),
        )
        return of_change(changed, "Corrected. No amount has changed, and nothing was sent.")

    return save_dialog(
        request,
        invoice_id,
        data,
        command,
        "invoices/_line_dialog.html",
        lambda desk: _line_context(desk, invoice_id, line_id),
    )


@get("/invoices/{invoice_id:int}/return", permission="invoices.return", sync_to_thread=True)
def return_dialog(request: StaffRequest, invoice_id: FromPath[int]) -> Html:
    """The lines of a closed invoice, each with what is left to return."""
    return show_dialog(request, "invoices/_return_dialog.html", lambda desk: _context(desk, invoice_id))


@post("/invoices/{invoice_id:int}/return", permission="invoices.return", sync_to_thread=True)
def return_lines(request: StaffRequest, invoice_id: FromPath[int], data: FormData) -> Html:
    """Return quantities of several lines at once, all of them or none; they stand on the open invoice."""

    def command(desk: Desk) -> Outcome:
        view = views.get(desk.session, desk.site.id, invoice_id)
        faults = Faults()
        wanted = [
            (line, quantity)
            for line in view.lines
            if (quantity := faults.read(_quantity_reader(data, line.id), None)) is not None
        ]
        if not wanted and not faults.fields:
            faults.fields[""] = "Enter beside at least one line how much of it comes back."
        reason = data.text("reason")
        if not reason:
            faults.fields["reason"] = "Give a reason; it is kept with the invoice."
        made: Invoice | None = None
        for line, quantity in wanted if reason else ():
            try:
                made = lines.return_line(desk.work, line.id, quantity, reason=reason).invoice
            except Invalid as error:
                faults.fields |= {f"quantity-{line.id}": text for text in error.fields.values()}
        faults.require_none()
        if made is None:
            raise NotFound("There is nothing to return.")
        return Outcome(
            said=f"Returned from {view.title}. What comes back stands here, on the client’s open invoice.",
            go=f"invoices/{made.id}",
        )

    return save_dialog(
        request,
        invoice_id,
        data,
        command,
        "invoices/_return_dialog.html",
        lambda desk: _context(desk, invoice_id),
    )


@get("/invoices/{invoice_id:int}/reopen", permission="invoices.reopen", sync_to_thread=True)
def reopen_dialog(request: StaffRequest, invoice_id: FromPath[int]) -> Html:
    """Asks for the reason of reopening."""
    return show_dialog(request, "invoices/_reopen_dialog.html", lambda desk: _context(desk, invoice_id))


@post("/invoices/{invoice_id:int}/reopen", permission="invoices.reopen", sync_to_thread=True)
def reopen(request: StaffRequest, invoice_id: FromPath[int], data: FormData) -> Html:
    """Open a closed invoice again."""

    def command(desk: Desk) -> Outcome:
        closing.reopen(desk.work, invoice_id, reason=data.text("reason"))
        return Outcome(said="Reopened. What was posted stands; closing posts the difference alone.")

    return save_dialog(
        request,
        invoice_id,
        data,
        command,
        "invoices/_reopen_dialog.html",
        lambda desk: _context(desk, invoice_id),
    )


@get("/invoices/{invoice_id:int}/void", permission="invoices.void", sync_to_thread=True)
def void_dialog(request: StaffRequest, invoice_id: FromPath[int]) -> Html:
    """Says what voiding does, and asks for its reason."""
    return show_dialog(request, "invoices/_void_dialog.html", lambda desk: _context(desk, invoice_id))


@post("/invoices/{invoice_id:int}/void", permission="invoices.void", sync_to_thread=True)
def void(request: StaffRequest, invoice_id: FromPath[int], data: FormData) -> Html:
    """Void an invoice."""

    def command(desk: Desk) -> Outcome:
        closing.void(desk.work, invoice_id, reason=data.text("reason"))
        return Outcome(said="Void. Its lines count for nothing, and plan units went back to their terms.")

    return save_dialog(
        request,
        invoice_id,
        data,
        command,
        "invoices/_void_dialog.html",
        lambda desk: _context(desk, invoice_id),
    )


def _context(desk: Desk, invoice_id: int) -> dict[str, Any]:
    return {"view": views.get(desk.session, desk.site.id, invoice_id), "words": words}


def _line_context(desk: Desk, invoice_id: int, line_id: int) -> dict[str, Any]:
    view = views.get(desk.session, desk.site.id, invoice_id)
    line = view.line(line_id)
    if line is None:
        raise NotFound("Somebody has removed this line meanwhile.")
    providers = picking.providers(desk.session, desk.site.id)
    plans = picking.plans_for(desk.work, line.patient_id) if view.is_open else []
    return {
        "view": view,
        "line": line,
        "words": words,
        "provider_options": [(person.id, person.full_name) for person in providers],
        "plan_options": [(plan.entitlement_id, _plan_text(plan)) for plan in plans],
    }


def _plan_text(plan: EntitlementFacts) -> str:
    return f"{plan.label}, term {plan.term}, {words.plain(plan.available)} left"


def _quantity_reader(data: FormData, line_id: int) -> Any:
    return lambda: data.optional_decimal(f"quantity-{line_id}", "Quantity")


HANDLERS = [
    line_dialog,
    save_line,
    save_facts,
    return_dialog,
    return_lines,
    reopen_dialog,
    reopen,
    void_dialog,
    void,
]
