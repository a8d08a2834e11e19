"""Ordering, changing and removing items of treatment, each with its line in the same transaction (H-27)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from fetlock import clock
from fetlock.contracts.actor import Actor
from fetlock.domain.catalogue.models import Product
from fetlock.domain.invoices import lines, opening, restoring
from fetlock.domain.invoices.candidates import require_quantity
from fetlock.domain.invoices.lines import KEEP, Changed, Keep, NewLine
from fetlock.domain.invoices.models import Invoice, InvoiceHistory, InvoiceLine, LineSource
from fetlock.domain.patients.models import Patient
from fetlock.domain.treatment.models import TreatmentItem
from fetlock.errors import Conflict, Invalid, NotFound
from fetlock.work import Work


@dataclass(slots=True)
class Ordered:
    """What came of a command: the item, and what came of its line where it has one."""

    item: TreatmentItem
    changed: Changed | None = None
    told: Sequence[str] = field(default_factory=tuple)
    meanwhile: Sequence[InvoiceHistory] = field(default_factory=tuple)

    @classmethod
    def of(cls, item: TreatmentItem, changed: Changed | None = None) -> "Ordered":
        """The outcome, with what the line's command tells."""
        if changed is None:
            return cls(item)
        return cls(item, changed, changed.told, changed.meanwhile)


def order(
    work: Work,
    *,
    patient_id: int,
    product_id: int,
    quantity: Decimal,
    provider_id: int | None = None,
    service_date: date | None = None,
    billable: bool = True,
    note: str = "",
    preferred_entitlement_id: int | None = None,
) -> Ordered:
    """Order `quantity` (in the product's unit) for a patient, today unless `service_date` says otherwise.

    A billable item has its line on the client's open invoice at the site at once. Raises `Invalid` beside
    the field, `Blocked` with the reasons of plugins, `NotFound` for an unknown patient.
    """
    work.require("treatment.edit")
    patient = work.session.get(Patient, patient_id)
    if patient is None:
        raise NotFound("There is no such patient.")
    day = service_date or clock.today(work.site.time_zone)
    item = TreatmentItem(
        patient_id=patient.id,
        site_id=work.site.id,
        product_id=product_id,
        quantity=quantity,
        provider_id=provider_id,
        service_date=day,
        billable=billable,
        note=_note(note),
        created_at=clock.now(),
        created_by=work.actor.staff_id,
    )
    changed = None
    if billable:
        changed = _charge(work, item, patient.client_id, preferred_entitlement_id)
    else:
        _require_possible(work, product_id, quantity)
    work.session.add(item)
    work.session.flush()
    return Ordered.of(item, changed)


def change(
    work: Work,
    item_id: int,
    *,
    quantity: Decimal | None = None,
    provider_id: int | Keep | None = KEEP,
    service_date: date | None = None,
    billable: bool | None = None,
    note: str | None = None,
    seen_revision: int | None = None,
) -> Ordered:
    """Change an item; its line, price trace and ledger follow. What is not given stays as it is.

    `billable` False takes the line off, True puts one on. `seen_revision`: the invoice's, as the person
    saw it. Raises `Conflict` where the invoice is closed: the item is locked.
    """
    work.require("treatment.edit")
    item = _lock_unlocked(work, item_id)
    new_quantity = item.quantity if quantity is None else quantity
    new_note = item.note if note is None else _note(note)
    charged, charge = item.billable, item.billable if billable is None else billable
    line_id = item.invoice_line_id
    changed = None
    if not (charged and charge):
        _require_possible(work, item.product_id, new_quantity, stands_already=not charge)
    if charged and line_id is not None:
        if charge:
            changed = lines.change_line(
                _charging(work),
                line_id,
                quantity=quantity,
                provider_id=provider_id,
                service_date=service_date,
                seen_revision=seen_revision,
            )
        else:
            changed = lines.remove_line(_charging(work), line_id, seen_revision=seen_revision)
    item.quantity, item.note, item.billable = new_quantity, new_note, charge
    item.service_date = service_date or item.service_date
    if provider_id is not KEEP:
        item.provider_id = provider_id
    if charge and not charged:
        client_id = work.session.get_one(Patient, item.patient_id).client_id
        changed = _charge(work, item, client_id)
    work.session.flush()
    return Ordered.of(item, changed)


def remove(work: Work, item_id: int, *, seen_revision: int | None = None) -> Ordered:
    """Take an item back: its line is gone from the open invoice. Raises `Conflict` where that is closed."""
    work.require("treatment.edit")
    item = _lock_unlocked(work, item_id)
    item.removed_at = clock.now()
    work.session.flush()  # before the line goes, so that it finds no item to mark as not charged
    changed = None
    if item.billable and item.invoice_line_id is not None:
        changed = lines.remove_line(_charging(work), item.invoice_line_id, seen_revision=seen_revision)
    return Ordered.of(item, changed)


def restore(work: Work, item_id: int) -> Ordered:
    """Undo `remove`: the item comes back with its line."""
    work.require("treatment.edit")
    item = _get(work, item_id, removed=True)
    changed = None
    if item.billable and item.invoice_line_id is not None:
        changed = restoring.restore_line(_charging(work), item.invoice_line_id)
    else:
        item.removed_at = None
    work.session.flush()
    return Ordered.of(item, changed)


def _charge(
    work: Work, item: TreatmentItem, client_id: int, preferred_entitlement_id: int | None = None
) -> Changed:
    new = NewLine(
        patient_id=item.patient_id,
        product_id=item.product_id,
        quantity=item.quantity,
        service_date=item.service_date,
        provider_id=item.provider_id,
        source=LineSource.TREATMENT,
        preferred_entitlement_id=preferred_entitlement_id,
    )
    changed = lines.add_lines(_charging(work), client_id, [new])
    item.invoice_line_id = changed.line_ids[0]
    return changed


def _charging(work: Work) -> Work:
    """The same work with the right to charge, which ordering treatment includes."""
    actor: Actor = replace(work.actor, permissions=work.actor.permissions | {"invoices.edit"})
    return replace(work, actor=actor)


def _require_possible(
    work: Work, product_id: int, quantity: Decimal, *, stands_already: bool = False
) -> None:
    product = work.session.get(Product, product_id)
    if product is None:
        raise Invalid({"product": "There is no such product."})
    if not product.active and not stands_already:
        raise Invalid({"product": f"{product.code} is inactive and can no longer be added."})
    require_quantity(quantity, product.code, product.unit, product.unit_decimals)


def _get(work: Work, item_id: int, *, removed: bool = False) -> TreatmentItem:
    item = work.session.scalar(
        select(TreatmentItem)
        .where(TreatmentItem.id == item_id, TreatmentItem.site_id == work.site.id)
        .execution_options(populate_existing=True)
    )
    if item is None or (item.removed_at is not None) is not removed:
        raise NotFound("There is no such item of treatment here.")
    return item


def _lock_unlocked(work: Work, item_id: int) -> TreatmentItem:
    """The item, its invoice locked before it, as everywhere. Raises `Conflict` where that is closed."""
    item = _get(work, item_id)
    line_id = item.invoice_line_id
    if line_id is not None:
        statement = select(InvoiceLine.invoice_id).where(InvoiceLine.id == line_id)
        invoice = opening.lock(work, work.session.scalars(statement).one())
        item = _get(work, item_id)
        if item.invoice_line_id != line_id:
            raise Conflict("Somebody changed this item meanwhile. Look at it, then try again.")
        if item.billable and not invoice.is_open:
            raise Conflict(locked_text(invoice))
    return item


def locked_text(invoice: Invoice) -> str:
    """Why an item cannot be changed any more, and what to do."""
    return (
        f"{invoice.title} is closed, so this item is locked. Reopen the invoice to change it, "
        "or return the line."
    )


def _note(text: str) -> str:
    text = text.strip()
    if len(text) > 500:
        raise Invalid({"note": "Keep the note under 500 letters."})
    return text
