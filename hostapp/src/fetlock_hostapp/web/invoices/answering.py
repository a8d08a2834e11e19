"""What is done to an invoice is saved, then it is drawn afresh; a refusal is said beside its field."""

import json
from collections.abc import Callable

from fetlock.domain.invoices import opening
from fetlock.domain.invoices.lines import Changed
from fetlock.domain.invoices.models import InvoiceLine
from fetlock.errors import FetlockError, NotFound
from fetlock_hostapp.plugin import Desk, Form, Html, StaffRequest, saving, status_of
from fetlock_hostapp.web.invoices.showing import Outcome, Problem, invoice_context

Command = Callable[[Desk], Outcome]


def save(request: StaffRequest, invoice_id: int, at: str, form: Form, command: Command) -> Html:
    """Run `command` and draw the invoice, its parts for htmx; `at` says where a refusal is shown.

    What was typed stays in its place after a refusal, and nothing of it is saved.
    """

    def work(desk: Desk) -> Outcome:
        opening.get(desk.session, desk.site.id, invoice_id)
        return command(desk)

    def then(desk: Desk, outcome: Outcome) -> Html:
        if outcome.go or not desk.is_htmx:
            there = outcome.go or f"invoices/{invoice_id}"
            return desk.redirect(there, ok=outcome.said, warn=" ".join(outcome.told))
        return draw(desk, invoice_id, outcome=outcome, open_rows=open_rows_of(form))

    def again(desk: Desk, error: FetlockError) -> Html:
        return draw(desk, invoice_id, problem=Problem(at, error, form), open_rows=open_rows_of(form))

    return saving(request, work, then, again)


def draw(
    desk: Desk,
    invoice_id: int,
    *,
    outcome: Outcome | None = None,
    problem: Problem | None = None,
    open_rows: tuple[int, ...] = (),
) -> Html:
    """The invoice as a page, or as its parts for htmx."""
    status = 200 if problem is None else status_of(problem.error)
    context = invoice_context(desk, invoice_id, outcome=outcome, problem=problem, open_rows=open_rows)
    if not desk.is_htmx:
        return desk.page("invoices/invoice.html", status=status, **context)
    answer = desk.fragment("invoices/_answer.html", status=status, **context)
    said = [outcome.said, *outcome.told] if outcome else []
    if any(said):
        answer.headers["HX-Trigger"] = json.dumps({"fetlock:say": " ".join(text for text in said if text)})
    return answer


def of_change(changed: Changed, said: str) -> Outcome:
    """What a command of lines came to, for the page."""
    return Outcome(said=said, told=changed.told, meanwhile=[entry.id for entry in changed.meanwhile])


def line_of(desk: Desk, invoice_id: int, line_id: int) -> InvoiceLine:
    """The line, which must belong to the invoice in the address. Raises `NotFound`."""
    line = desk.session.get(InvoiceLine, line_id)
    if line is None or line.invoice_id != invoice_id:
        raise NotFound("There is no such line here.")
    return line


def open_rows_of(form: Form) -> tuple[int, ...]:
    """The lines whose explanation stands open on the page, as it says itself with each request."""
    return tuple(int(word) for word in form.text("open_rows").split(",") if word.isdecimal())[:200]
