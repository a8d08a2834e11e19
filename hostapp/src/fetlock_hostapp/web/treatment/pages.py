"""The Treatment tab of the patient's page: add, change, remove, and put back items of treatment."""

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from litestar import get, post

from fetlock.contracts.registration import PatientTab
from fetlock.domain.invoices.lines import KEEP
from fetlock.domain.treatment import service as treatment
from fetlock.domain.treatment import views
from fetlock.domain.treatment.service import Ordered
from fetlock.errors import FetlockError
from fetlock_hostapp.plugin import (
    Desk,
    Form,
    FormData,
    FromPath,
    FromQuery,
    Html,
    StaffRequest,
    reading,
    saving,
    status_of,
)
from fetlock_hostapp.web.invoices.reading_lines import Faults, product_of
from fetlock_hostapp.web.patients.strip import load_strip
from fetlock_hostapp.web.treatment.showing import Outcome, Problem, treatment_context

Command = Callable[[Desk], Outcome]


@get("/patients/{patient_id:int}/treatment", permission="treatment.view", sync_to_thread=True)
def treatment_tab(request: StaffRequest, patient_id: FromPath[int], before: FromQuery[str] = "") -> Html:
    """Today's items and earlier ones; `before` goes further back."""
    with reading(request) as desk:
        return _page(desk, patient_id, treatment_context(desk, patient_id, before=_day(before)))


@post("/patients/{patient_id:int}/treatment", permission="treatment.edit", sync_to_thread=True)
def order(request: StaffRequest, patient_id: FromPath[int], data: FormData) -> Html:
    """Order one product; a billable one has its line on the open invoice at once."""

    def command(desk: Desk) -> Outcome:
        faults = Faults()
        product_id = faults.read(lambda: product_of(desk, data), 0)
        quantity = faults.read(lambda: data.decimal("quantity", "Quantity"), Decimal(1))
        day = faults.read(lambda: data.optional_date("service_date", "Service date"), None)
        provider = faults.read(lambda: data.optional_integer("provider_id", "Provider"), None)
        faults.require_none()
        ordered = treatment.order(
            desk.work,
            patient_id=patient_id,
            product_id=product_id,
            quantity=quantity,
            provider_id=provider,
            service_date=day,
            billable=not data.flag("not_billable"),
            note=data.text("note"),
        )
        view = views.get(desk.session, desk.site.id, ordered.item.id)
        return Outcome(said=f"{view.product_name} ordered.", told=_told(ordered), focus="add")

    return _save(request, patient_id, "add", data, command)


@post("/treatment/{item_id:int}", permission="treatment.edit", sync_to_thread=True)
def change(request: StaffRequest, item_id: FromPath[int], data: FormData) -> Html:
    """Change the quantity in its place, or whatever else the form holds."""

    def command(desk: Desk) -> Outcome:
        faults = Faults()
        quantity = faults.read(lambda: data.optional_decimal("quantity", "Quantity"), None)
        if "quantity" in data and quantity is None and not faults.fields:
            faults.fields["quantity"] = "Enter a quantity above 0."
        day = faults.read(lambda: data.optional_date("service_date", "Service date"), None)
        provider = faults.read(lambda: data.optional_integer("provider_id", "Provider"), None)
        faults.require_none()
        ordered = treatment.change(
            desk.work,
            item_id,
            quantity=quantity,
            service_date=day,
            provider_id=provider if "provider_id" in data else KEEP,
            note=data.text("note") if "note" in data else None,
            billable=data.flag("billable") if "billable" in data else None,
            seen_revision=data.optional_integer("seen", "Revision"),
        )
        return Outcome(said="Saved.", told=_told(ordered))

    with reading(request) as desk:
        patient_id = views.get(desk.session, desk.site.id, item_id).patient_id
    return _save(request, patient_id, f"item:{item_id}", data, command)


@post("/treatment/{item_id:int}/remove", permission="treatment.edit", sync_to_thread=True)
def remove(request: StaffRequest, item_id: FromPath[int], data: FormData) -> Html:
    """Take an item back, with its line; the page offers to undo it."""

    def command(desk: Desk) -> Outcome:
        view = views.get(desk.session, desk.site.id, item_id)
        ordered = treatment.remove(desk.work, item_id)
        return Outcome(said=f"{view.product_name} removed.", told=_told(ordered), undo=item_id)

    with reading(request) as desk:
        patient_id = views.get(desk.session, desk.site.id, item_id).patient_id
    return _save(request, patient_id, f"item:{item_id}", data, command)


@post("/treatment/{item_id:int}/restore", permission="treatment.edit", sync_to_thread=True)
def restore(request: StaffRequest, item_id: FromPath[int], data: FormData) -> Html:
    """Undo a removal."""

    def command(desk: Desk) -> Outcome:
        ordered = treatment.restore(desk.work, item_id)
        view = views.get(desk.session, desk.site.id, item_id)
        return Outcome(said=f"{view.product_name} is back.", told=_told(ordered))

    with reading(request) as desk:
        patient_id = views.patient_of(desk.session, desk.site.id, item_id)
    return _save(request, patient_id, "add", data, command)


@get("/treatment/{item_id:int}/edit", permission="treatment.edit", sync_to_thread=True)
def item_dialog(request: StaffRequest, item_id: FromPath[int]) -> Html:
    """Quantity, provider, service date and note of an item."""
    with reading(request) as desk:
        return _draw_dialog(desk, item_id, Form(), None)


@post("/treatment/{item_id:int}/edit", permission="treatment.edit", sync_to_thread=True)
def save_item_dialog(request: StaffRequest, item_id: FromPath[int], data: FormData) -> Html:
    """Save the dialog; a refusal is shown inside it, with what was typed."""

    def work(desk: Desk) -> tuple[int, Outcome]:
        faults = Faults()
        quantity = faults.read(lambda: data.decimal("quantity", "Quantity"), Decimal(1))
        day = faults.read(lambda: data.date("service_date", "Service date"), date.min)
        provider = faults.read(lambda: data.optional_integer("provider_id", "Provider"), None)
        faults.require_none()
        ordered = treatment.change(
            desk.work,
            item_id,
            quantity=quantity,
            service_date=day,
            provider_id=provider,
            note=data.text("note"),
            seen_revision=data.optional_integer("seen", "Revision"),
        )
        return ordered.item.patient_id, Outcome(said="Saved.", told=_told(ordered))

    def then(desk: Desk, saved: tuple[int, Outcome]) -> Html:
        patient_id, outcome = saved
        if not desk.is_htmx:
            return desk.redirect(f"patients/{patient_id}/treatment", ok=outcome.said)
        context = treatment_context(desk, patient_id, outcome=outcome)
        return desk.fragment("treatment/_answer_beside.html", **context)

    def again(desk: Desk, error: FetlockError) -> Html:
        return _draw_dialog(desk, item_id, data, error)

    return saving(request, work, then, again)


def _draw_dialog(desk: Desk, item_id: int, typed: Form, error: FetlockError | None) -> Html:
    item = views.get(desk.session, desk.site.id, item_id)
    context = treatment_context(desk, item.patient_id) | {"typed": typed, "errors": error, "item": item}
    status = status_of(error) if error else 200
    return desk.fragment("treatment/_item_dialog.html", status=status, **context)


def _save(request: StaffRequest, patient_id: int, at: str, form: Form, command: Command) -> Html:
    def then(desk: Desk, outcome: Outcome) -> Html:
        if not desk.is_htmx:
            told = " ".join(outcome.told)
            return desk.redirect(f"patients/{patient_id}/treatment", ok=outcome.said, warn=told)
        answer = desk.fragment(
            "treatment/_answer.html", **treatment_context(desk, patient_id, outcome=outcome)
        )
        said = " ".join([outcome.said, *outcome.told])
        answer.headers["HX-Trigger"] = json.dumps({"fetlock:say": said})
        return answer

    def again(desk: Desk, error: FetlockError) -> Html:
        context = treatment_context(desk, patient_id, problem=Problem(at, error, form))
        status = status_of(error)
        if desk.is_htmx:
            return desk.fragment("treatment/_answer.html", status=status, **context)
        return _page(desk, patient_id, context, status)

    return saving(request, command, then, again)


def _page(desk: Desk, patient_id: int, context: dict[str, Any], status: int = 200) -> Html:
    strip = load_strip(desk, patient_id, "treatment")
    return desk.page("treatment/treatment.html", status=status, strip=strip, **context)


def _told(ordered: Ordered) -> list[str]:
    return list(ordered.told)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


HANDLERS = [treatment_tab, order, change, remove, restore, item_dialog, save_item_dialog]

PATIENT_TABS = [PatientTab(key="treatment", label="Treatment", permission="treatment.view", weight=20)]
