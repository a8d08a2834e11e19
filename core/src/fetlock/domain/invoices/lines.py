"""Lines of an open invoice: added, changed, removed, returned. Every path ends in `reprice` (H-30)."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Row, bindparam, func, select

from fetlock import clock
from fetlock.contracts.facts import PatientFacts
from fetlock.contracts.pricing import QuoteLine
from fetlock.database.running import run
from fetlock.domain.catalogue.models import Product
from fetlock.domain.invoices import opening, quoting, repricing, returning
from fetlock.domain.invoices.candidates import Wanted, require_allowed, require_quantity
from fetlock.domain.invoices.line_values import KEEP, Changed, Keep, NewLine
from fetlock.domain.invoices.models import Invoice, InvoiceLine, InvoiceState, LineSource
from fetlock.domain.invoices.storing import Addition
from fetlock.domain.invoices.telling import changes, since, tell
from fetlock.domain.treatment import following
from fetlock.errors import Conflict, Invalid, NotFound
from fetlock.work import Work

__all__ = [
    "KEEP",
    "Changed",
    "Keep",
    "NewLine",
    "add_lines",
    "add_lines_to",
    "change_line",
    "remove_line",
    "reprice_invoice",
    "return_line",
    "stamp",
]

ZERO = Decimal(0)


# Built once: every added line runs it.
_LAST_POSITION: Final = select(func.max(InvoiceLine.position).label("last")).where(
    InvoiceLine.invoice_id == bindparam("invoice_id")
)


def add_lines(
    work: Work, client_id: int, lines: Sequence[NewLine], *, seen_revision: int | None = None
) -> Changed:
    """Add lines to the client's open invoice at this site, made where there is none."""
    work.require("invoices.edit")
    patients = _patients_of(work, client_id, lines)
    return _add(work, opening.current(work, client_id), lines, patients, seen_revision)


def add_lines_to(
    work: Work, invoice_id: int, lines: Sequence[NewLine], *, seen_revision: int | None = None
) -> Changed:
    """Add lines to this invoice, open or reopened. Raises `Conflict` where it is closed."""
    work.require("invoices.edit")
    invoice = opening.lock_open(work, invoice_id)
    return _add(work, invoice, lines, _patients_of(work, invoice.client_id, lines), seen_revision)


def _add(
    work: Work,
    invoice: Invoice,
    lines: Sequence[NewLine],
    patients: Mapping[int, PatientFacts],
    seen_revision: int | None,
) -> Changed:
    today = clock.today(work.site.time_zone)
    wanted = [
        Wanted(
            patient_id=line.patient_id,
            product_id=line.product_id,
            quantity=line.quantity,
            service_date=line.service_date or today,
            preferred_entitlement_id=line.preferred_entitlement_id,
        )
        for line in lines
    ]
    products = require_allowed(work, wanted, patients)
    seen = invoice.revision if seen_revision is None else seen_revision
    first = 1 if invoice.just_made else _next_position(work, invoice)
    invoice.just_made = False
    invoice.revision += 1
    additions = [
        _addition(line, products[line.product_id], first + offset, today) for offset, line in enumerate(lines)
    ]
    texts = [
        f"Line {new.position} added: {quoted.product_code} × {new.quantity.normalize():f}"
        for new, quoted in additions
    ]
    opening.note_all(work, invoice, "line_added", texts)
    priced = repricing.reprice(work, invoice, additions, patients)
    return Changed(invoice, priced.added, tell(priced, priced.added), since(work, invoice, seen))


def _addition(line: NewLine, product: Row[Any], position: int, today: date) -> tuple[Addition, QuoteLine]:
    day = line.service_date or today
    new = Addition(
        key=-position,
        position=position,
        patient_id=line.patient_id,
        product_id=line.product_id,
        description=product.product_name,
        quantity=line.quantity,
        unit=product.unit,
        provider_id=line.provider_id,
        service_date=day,
        source=line.source.value,
        preferred_entitlement_id=line.preferred_entitlement_id,
    )
    quoted = quoting.product_line(
        product,
        key=-position,
        patient_id=line.patient_id,
        quantity=line.quantity,
        day=day,
        preferred_entitlement_id=line.preferred_entitlement_id,
    )
    return new, quoted


def change_line(
    work: Work,
    line_id: int,
    *,
    quantity: Decimal | None = None,
    service_date: date | None = None,
    provider_id: int | Keep | None = KEEP,
    preferred_entitlement_id: int | Keep | None = KEEP,
    seen_revision: int | None = None,
) -> Changed:
    """Change a line of an open invoice; its item of treatment follows (H-27).

    A `preferred_entitlement_id` of None leaves the choice of the plan to the fold again (CPX-23). Raises
    `Conflict` when somebody changed the line since it was seen.
    """
    work.require("invoices.edit")
    line, invoice = _lock_line(work, line_id, seen_revision)
    if line.returns_line_id is not None:
        raise Conflict("A returning line is not changed: remove it and return again.")
    new_quantity = line.quantity if quantity is None else quantity
    new_provider = line.provider_id if provider_id is KEEP else provider_id
    preferred = (
        line.preferred_entitlement_id if preferred_entitlement_id is KEEP else preferred_entitlement_id
    )
    require_allowed(
        work,
        [
            Wanted(
                patient_id=line.patient_id,
                product_id=line.product_id,
                quantity=new_quantity,
                service_date=service_date or line.service_date,
                preferred_entitlement_id=preferred,
                stands_already=True,
            )
        ],
    )
    seen = invoice.revision if seen_revision is None else seen_revision
    invoice.revision += 1
    wanted_day = service_date or line.service_date
    text = changes(line, new_quantity, wanted_day, new_provider, preferred)
    opening.note(work, invoice, "line_changed", f"Line {line.position}: {text}")
    line.quantity = new_quantity
    line.service_date = wanted_day
    line.provider_id = new_provider
    line.preferred_entitlement_id = preferred
    stamp(work, line, invoice)
    following.line_changed(work.session, line)
    work.session.flush()
    priced = repricing.reprice(work, invoice)
    return Changed(invoice, [line.id], tell(priced, [line.id]), since(work, invoice, seen))


def remove_line(work: Work, line_id: int, *, seen_revision: int | None = None) -> Changed:
    """Take a line off an open invoice; its row stays, marked removed."""
    work.require("invoices.edit")
    line, invoice = _lock_line(work, line_id, seen_revision)
    if line.returns_line_id is not None and invoice.state == InvoiceState.REOPENED:
        raise Conflict("This return has been closed once and stays. Sell the item again instead.")
    seen = invoice.revision if seen_revision is None else seen_revision
    invoice.revision += 1
    line.removed_at = clock.now()
    stamp(work, line, invoice)
    following.line_removed(work.session, line.id)
    opening.note(work, invoice, "line_removed", f"Line {line.position} removed: {line.description}")
    work.session.flush()
    priced = repricing.reprice(work, invoice)
    return Changed(invoice, [line.id], tell(priced, ()), since(work, invoice, seen))


def return_line(work: Work, line_id: int, quantity: Decimal, *, reason: str) -> Changed:
    """Return `quantity` of a closed line: a line below zero on the client's open invoice (CP-64, CP-69)."""
    work.require("invoices.return")
    sold = work.session.get(InvoiceLine, line_id)
    if sold is None or sold.removed_at is not None:
        raise NotFound("There is no such line.")
    origin = opening.lock(work, sold.invoice_id)
    if origin.state != InvoiceState.CLOSED:
        raise Conflict("Only lines of a closed invoice are returned; on an open one, change the line.")
    if sold.returns_line_id is not None:
        raise Conflict("This line is itself a return.")
    left = sold.quantity - returning.returned_before(work.session, sold.id)
    if not quantity.is_finite() or quantity <= ZERO or quantity > left:
        raise Invalid({"quantity": f"Enter a quantity above 0 and at most {left.normalize():f}."})
    product = work.session.get_one(Product, sold.product_id)
    require_quantity(quantity, product.code, product.unit, product.unit_decimals)
    invoice = opening.current(work, origin.client_id)
    invoice.revision += 1
    line = InvoiceLine(
        invoice_id=invoice.id,
        position=_next_position(work, invoice),
        patient_id=sold.patient_id,
        product_id=sold.product_id,
        description=sold.description,
        quantity=-quantity,
        unit=sold.unit,
        provider_id=sold.provider_id,
        service_date=clock.today(work.site.time_zone),
        source=LineSource.RETURN.value,
        returns_line_id=sold.id,
    )
    stamp(work, line, invoice)
    work.session.add(line)
    work.session.flush()
    text = f"Line {line.position}: return of {origin.title}, line {sold.position}"
    opening.note(work, invoice, "line_returned", text, reason=reason)
    opening.note(
        work, origin, "line_returned", f"Line {sold.position} × {quantity} → {invoice.title}", reason=reason
    )
    priced = repricing.reprice(work, invoice)
    return Changed(invoice, [line.id], tell(priced, [line.id]))


def reprice_invoice(work: Work, invoice_id: int, cause: str) -> Changed:
    """Price an open invoice again: the Reprice button, or a plugin's job with its cause."""
    work.require("invoices.edit")
    invoice = opening.lock_open(work, invoice_id)
    invoice.revision += 1
    opening.note(work, invoice, "repriced", cause)
    priced = repricing.reprice(work, invoice)
    return Changed(invoice, [], tell(priced, ()))


def _lock_line(work: Work, line_id: int, seen_revision: int | None) -> tuple[InvoiceLine, Invoice]:
    invoice_id = work.session.scalar(select(InvoiceLine.invoice_id).where(InvoiceLine.id == line_id))
    if invoice_id is None:
        raise NotFound("There is no such line.")
    invoice = opening.lock_open(work, invoice_id)
    line = work.session.get(InvoiceLine, line_id, populate_existing=True)
    if line is None or line.removed_at is not None:
        raise Conflict("Somebody has removed this line meanwhile.")
    if seen_revision is not None and line.revision > seen_revision:
        raise Conflict(
            f"Somebody changed line {line.position} meanwhile: its quantity is now "
            f"{line.quantity.normalize():f}. Look at it, then save again if you still want your change."
        )
    return line, invoice


def stamp(work: Work, line: InvoiceLine, invoice: Invoice) -> None:
    """Note on the line itself who changed it, and at which revision of the invoice."""
    line.revision = invoice.revision
    line.changed_at = clock.now()
    line.changed_by = work.actor.staff_id


def _next_position(work: Work, invoice: Invoice) -> int:
    [row] = run(work.session, _LAST_POSITION, {"invoice_id": invoice.id})
    return int(row.last or 0) + 1


def _patients_of(work: Work, client_id: int, lines: Sequence[NewLine]) -> dict[int, PatientFacts]:
    """Facts of the patients of these lines. Raises `Invalid` unless all are the client's."""
    if not lines:
        raise Invalid({"product": "Choose at least one product."})
    wanted = {line.patient_id for line in lines}
    found = quoting.patient_facts(work.session, wanted)
    if found.keys() != wanted or any(facts.client_id != client_id for facts in found.values()):
        opening.require_client(work.session, client_id)
        raise Invalid({"patient": "Choose a patient of the client to whom the invoice belongs."})
    return found
