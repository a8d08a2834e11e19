"""What an invoice's page is drawn from: the invoice, what this person may do, what the last step came to."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from fetlock import clock
from fetlock.domain.accounts import views as accounts
from fetlock.domain.invoices import picking, views
from fetlock.domain.invoices.view_values import HistoryView, InvoiceView
from fetlock.domain.patients.models import Patient, PatientAlert
from fetlock.errors import Blocked, FetlockError
from fetlock_hostapp.plugin import Desk, Form, fields_of
from fetlock_hostapp.web.invoices import words

ZERO = Decimal(0)
MAY = {
    "edit": "invoices.edit",
    "pay": "invoices.take_payment",
    "close": "invoices.close",
    "reopen": "invoices.reopen",
    "return_lines": "invoices.return",
    "void": "invoices.void",
    "override": "invoices.override",
    "edit_closed": "invoices.edit_closed",
    "resend": "plugins.resend",
    "on_account": "accounts.take_payment",
    "see_account": "accounts.view",
}


@dataclass(slots=True)
class Outcome:
    """What came of a step, to be told on the page that is drawn afterwards.

    `said`: that it was done; `told`: what the person must know; `meanwhile`: ids of history entries of
    others since the person last saw the invoice (H-36); `undo`: a line that may be put back; `focus`: the
    form in which the person goes on ("add"); `go`: another page instead of this one.
    """

    said: str = ""
    told: Sequence[str] = ()
    meanwhile: Sequence[int] = ()
    undo: int | None = None
    focus: str = ""
    go: str = ""


@dataclass(slots=True)
class Problem:
    """What was refused, and where: "add", "pay", "close", or "line:5". `typed` is what was sent."""

    at: str
    error: FetlockError
    typed: Form


@dataclass(slots=True, frozen=True)
class OthersSaved:
    """What one person saved while another had the invoice open."""

    name: str
    entries: list[HistoryView] = field(default_factory=list)


def invoice_context(
    desk: Desk,
    invoice_id: int,
    *,
    outcome: Outcome | None = None,
    problem: Problem | None = None,
    open_rows: Sequence[int] = (),
) -> dict[str, Any]:
    """Everything that the templates of one invoice need."""
    view = views.get(desk.session, desk.site.id, invoice_id)
    may = {name: desk.may(permission) for name, permission in MAY.items()}
    labels = plugin_labels(desk)
    patients = picking.patients_of(desk.session, view.client_id) if view.is_open else []
    ended = outcome or Outcome()
    return {
        "view": view,
        "may": may,
        "labels": labels,
        "incomplete": ", ".join(labels.get(name, name) for name in view.incomplete),
        "words": words,
        "traces": {line.id: words.trace(line, labels) for line in view.lines},
        "on_invoice": patients_on(desk, view),
        "alerts": alerts_of(desk, {line.patient_id for line in view.lines}),
        "patients": patients,
        "providers": picking.providers(desk.session, desk.site.id) if view.is_open and may["edit"] else [],
        "last_provider": next((line.provider_id for line in reversed(view.lines) if line.provider_id), None),
        "notice_plugins": desk.hooks.implementers("invoice_notices", desk.enabled),
        "payer_plugins": desk.hooks.implementers("expected_payers", desk.enabled),
        "why_not_close": words.why_not_close(view),
        "payment_key": str(uuid.uuid4()),
        "credit": _credit(desk, view) if may["on_account"] else ZERO,
        "today": clock.today(desk.site.time_zone),
        "outcome": ended,
        "others": others_saved(view, ended.meanwhile, desk.person.id),
        "undo": undoable(view, ended.undo),
        "open_rows": frozenset(open_rows),
        **_refusal(problem),
        "said_above": said_above(view, problem),
    }


def _credit(desk: Desk, view: InvoiceView) -> Decimal:
    """What the client's credit could pay of the invoice, asked only where it could."""
    if not view.is_open or view.balance <= ZERO:
        return ZERO
    return accounts.credit_of(desk.session, view.client_id, view.currency)


def plugin_labels(desk: Desk) -> dict[str, str]:
    """What each installed plugin is called."""
    plugins = desk.hooks.registry.plugins.values()
    return {plugin.name: plugin.manifest.label for plugin in plugins} | {"core": "Fetlock"}


def patients_on(desk: Desk, view: InvoiceView) -> list[Patient]:
    """The patients of the invoice's lines, by readable id."""
    ids = {line.patient_id for line in view.lines}
    statement = select(Patient).where(Patient.id.in_(ids)).order_by(Patient.code)
    return list(desk.session.scalars(statement)) if ids else []


def alerts_of(desk: Desk, patient_ids: set[int]) -> list[PatientAlert]:
    """What to beware of with these patients."""
    if not patient_ids:
        return []
    statement = select(PatientAlert).where(
        PatientAlert.patient_id.in_(patient_ids), PatientAlert.ended_at.is_(None)
    )
    return list(desk.session.scalars(statement.order_by(PatientAlert.severe.desc(), PatientAlert.id)))


def others_saved(view: InvoiceView, entry_ids: Sequence[int], person_id: int) -> list[OthersSaved]:
    """The entries of other people among these, by person, in their order."""
    found: dict[str, OthersSaved] = {}
    for entry in reversed(view.history):
        if entry.id in entry_ids and entry.staff_id != person_id:
            found.setdefault(entry.staff_name, OthersSaved(entry.staff_name)).entries.append(entry)
    return list(found.values())


def undoable(view: InvoiceView, line_id: int | None) -> int | None:
    """The removed line that may be put back, while the invoice is open."""
    return line_id if line_id is not None and view.is_open and view.line(line_id) is None else None


def said_above(view: InvoiceView, problem: Problem | None) -> str:
    """What was refused and belongs to no field that stands on the page now, for the head of the page."""
    if problem is None:
        return ""
    wrong = fields_of(problem.error)
    line = view.line(int(problem.at[5:])) if problem.at.startswith("line:") else None
    if isinstance(problem.error, Blocked) and problem.at in ("pay", "close"):
        return ""  # every reason stands beside the button that closes
    if (line is not None and view.is_open) or (problem.at == "deliveries" and view.deliveries):
        return ""  # all of it stands there
    if view.is_open and (problem.at == "add" or (problem.at == "pay" and view.balance != 0)):
        return wrong.get("", "")  # the rest stands beside its fields
    return " ".join(wrong.values())


def _refusal(problem: Problem | None) -> Mapping[str, Any]:
    if problem is None:
        return {"at": "", "typed": Form(), "vetoes": (), "errors": None}
    vetoes = problem.error.vetoes if isinstance(problem.error, Blocked) else ()
    return {"at": problem.at, "typed": problem.typed, "vetoes": vetoes, "errors": problem.error}
