"""Dialogs of an invoice: fetched when opened, closed by success, kept open with what was typed otherwise."""

import json
from collections.abc import Callable
from typing import Any

from fetlock.errors import FetlockError
from fetlock_hostapp.plugin import Desk, Form, Html, StaffRequest, reading, saving, status_of
from fetlock_hostapp.web.invoices.answering import open_rows_of
from fetlock_hostapp.web.invoices.showing import Outcome, invoice_context

Command = Callable[[Desk], Outcome]
Context = Callable[[Desk], dict[str, Any]]


def show_dialog(request: StaffRequest, template: str, context: Context) -> Html:
    """The dialog as it is opened."""
    with reading(request) as desk:
        return desk.fragment(template, typed=Form(), **context(desk))


def save_dialog(
    request: StaffRequest, invoice_id: int, form: Form, command: Command, template: str, context: Context
) -> Html:
    """Run `command`: then the dialog is gone and the invoice is drawn afresh, or another page follows.

    A refusal draws the dialog again with what was typed and what is wrong with it.
    """

    def then(desk: Desk, outcome: Outcome) -> Html:
        if outcome.go or not desk.is_htmx:
            there = outcome.go or f"invoices/{invoice_id}"
            return desk.redirect(there, ok=outcome.said, warn=" ".join(outcome.told))
        drawn = invoice_context(desk, invoice_id, outcome=outcome, open_rows=open_rows_of(form))
        answer = desk.fragment("invoices/_answer_beside.html", **drawn)
        answer.headers["HX-Trigger"] = json.dumps({"fetlock:say": " ".join([outcome.said, *outcome.told])})
        return answer

    def again(desk: Desk, error: FetlockError) -> Html:
        shown = context(desk) | {"typed": form, "errors": error}
        return desk.fragment(template, status=status_of(error), **shown)

    return saving(request, command, then, again)
