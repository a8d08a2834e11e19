"""Quick Invoice: choose a patient, type rows, see their prices, save them to the open invoice."""

from typing import Any

from litestar import get, post
from sqlalchemy import select

from fetlock import clock
from fetlock.domain.invoices import lines, picking, views
from fetlock.domain.invoices.models import Invoice, InvoiceState
from fetlock.domain.patients import service as patients
from fetlock.domain.patients.models import Patient
from fetlock.domain.search import finding
from fetlock.errors import FetlockError
from fetlock_hostapp.plugin import (
    Desk,
    Form,
    FormData,
    FromPath,
    FromQuery,
    Html,
    StaffRequest,
    fields_of,
    reading,
    saving,
    status_of,
)
from fetlock_hostapp.web.invoices import words
from fetlock_hostapp.web.quick_invoice import rows as typed
from fetlock_hostapp.web.quick_invoice.rows import Row


@get("/quick-invoice", permission="invoices.edit", sync_to_thread=True)
def choose_patient(request: StaffRequest, q: FromQuery[str] = "") -> Html:
    """For whom? A search that leads to the patient's quick invoice."""
    with reading(request) as desk:
        found = finding.find(
            desk.session,
            q[:200],
            site_id=desk.site.id,
            region=desk.site.country,
            limit=20,
            with_invoices=False,
        )
        return desk.page("quick_invoice/choose.html", q=q, found=found.patients)


@get("/patients/{patient_id:int}/quick-invoice", permission="invoices.edit", sync_to_thread=True)
def quick_invoice(request: StaffRequest, patient_id: FromPath[int]) -> Html:
    """Empty rows to type into."""
    with reading(request) as desk:
        patient = patients.get(desk.session, patient_id)
        return desk.page(
            "quick_invoice/quick.html", **_context(desk, patient, typed.empty_rows(patient.id), Form())
        )


@post("/patients/{patient_id:int}/quick-invoice", permission="invoices.edit", sync_to_thread=True)
def save(request: StaffRequest, patient_id: FromPath[int], data: FormData) -> Html:
    """Save every filled row to the client's open invoice, or none where one is wrong (H-30)."""

    def work(desk: Desk) -> lines.Changed:
        patient = patients.get(desk.session, patient_id)
        rows = typed.typed_rows(data, patient.id)
        new = typed.read_rows(
            desk,
            rows,
            data.optional_date("service_date", "Service date"),
            data.optional_integer("provider_id", "Provider"),
        )
        typed.require_rows(rows)
        return lines.add_lines(
            desk.work, patient.client_id, new, seen_revision=data.optional_integer("seen", "Revision")
        )

    def then(desk: Desk, changed: lines.Changed) -> Html:
        count = len(changed.line_ids)
        told = [*changed.told, *_others(desk, changed)]
        return desk.redirect(
            f"invoices/{changed.invoice.id}",
            ok=f"{count} {'line' if count == 1 else 'lines'} added.",
            warn=" ".join(told[:5]),
        )

    def again(desk: Desk, error: FetlockError) -> Html:
        patient = patients.get(desk.session, patient_id)
        rows = typed.typed_rows(data, patient.id) or typed.empty_rows(patient.id)
        wrong = fields_of(error)
        for row in rows:
            row.errors = {
                name: wrong[f"{name}-{row.number}"]
                for name in ("product", "quantity")
                if f"{name}-{row.number}" in wrong
            }
        placed = {f"{name}-{row.number}" for row in rows for name in row.errors}
        rest = wrong.keys() - placed - {"provider_id", "service_date"}
        context = _context(desk, patient, rows, data)
        context["said_above"] = " ".join(wrong[name] for name in sorted(rest))
        return desk.page("quick_invoice/quick.html", status=status_of(error), errors=error, **context)

    return saving(request, work, then, again)


@post("/patients/{patient_id:int}/quick-invoice/preview", permission="invoices.edit", sync_to_thread=True)
def preview(request: StaffRequest, patient_id: FromPath[int], data: FormData) -> Html:
    """What the rows would cost, and what is wrong with them, while they are typed; nothing is saved."""
    with reading(request) as desk:
        patient = patients.get(desk.session, patient_id)
        rows = typed.typed_rows(data, patient.id)
        invoice = open_invoice(desk, patient.client_id)
        wanted = [row for row in rows if row.product_id or picking.by_code(desk.session, row.product)]
        new = typed.read_rows(desk, wanted, None, None)
        preview = typed.price(desk, wanted, new, invoice.id if invoice else None)
        return desk.fragment("quick_invoice/_preview.html", rows=rows, preview=preview, words=words)


def open_invoice(desk: Desk, client_id: int) -> Invoice | None:
    """The client's open invoice at this site, which the rows will be added to."""
    return desk.session.scalar(
        select(Invoice).where(
            Invoice.client_id == client_id,
            Invoice.site_id == desk.site.id,
            Invoice.state == InvoiceState.OPEN.value,
        )
    )


def _context(desk: Desk, patient: Patient, rows: list[Row], form: Form) -> dict[str, Any]:
    following = max((row.number for row in rows), default=-1) + 1
    return {
        "patient": patient,
        "client": patient.client,
        "patients": picking.patients_of(desk.session, patient.client_id),
        "provider_options": [
            (person.id, person.full_name) for person in picking.providers(desk.session, desk.site.id)
        ],
        "invoice": open_invoice(desk, patient.client_id),
        "rows": rows,
        "model": Row(number=following, patient_id=str(patient.id)),
        "typed": form,
        "today": clock.today(desk.site.time_zone),
        "words": words,
        "said_above": "",
    }


def _others(desk: Desk, changed: lines.Changed) -> list[str]:
    """What other people did to the invoice since the page was opened (H-36)."""
    ids = {entry.id for entry in changed.meanwhile}
    entries = views.history_of(desk.session, changed.invoice.id) if ids else ()
    return [
        f"{entry.staff_name} meanwhile: {entry.detail}"
        for entry in reversed(entries)
        if entry.id in ids and entry.staff_id != desk.person.id and entry.detail
    ]


HANDLERS = [choose_patient, quick_invoice, save, preview]
