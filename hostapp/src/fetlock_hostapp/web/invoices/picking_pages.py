"""Choosing what to add, with prices before anything is saved: products, previews, what plans still hold."""

from decimal import Decimal

from litestar import get

from fetlock.domain.catalogue import listing as catalogue
from fetlock.domain.invoices import picking, previewing, views
from fetlock.domain.invoices.lines import NewLine
from fetlock.errors import FetlockError, NotFound
from fetlock.pricing import PricedLine
from fetlock_hostapp.plugin import Desk, Form, FromPath, FromQuery, Html, StaffRequest, reading
from fetlock_hostapp.web.invoices.answering import line_of
from fetlock_hostapp.web.invoices.reading_lines import product_of

MOST = 8


@get("/invoices/products", permission="invoices.view", sync_to_thread=True)
def products_found(
    request: StaffRequest,
    product: FromQuery[str] = "",
    patient_id: FromQuery[str] = "",
    list_id: FromQuery[str] = "picked",
) -> Html:
    """Products while somebody types, with the price of one for the patient and what plans still hold."""
    with reading(request) as desk:
        found = catalogue.find(desk.session, desk.site.id, product[:100], limit=MOST)
        return desk.fragment(
            "invoices/_products.html",
            choices=picking.choices(desk.work, found, _number(patient_id)),
            typed_text=product.strip(),
            list_id="".join(letter for letter in list_id if letter.isalnum() or letter in "-_")[:40],
        )


@get("/invoices/{invoice_id:int}/plan-items", permission="invoices.view", sync_to_thread=True)
def plan_items(request: StaffRequest, invoice_id: FromPath[int]) -> Html:
    """What the plans of the client's patients still pay for, to add with one press."""
    with reading(request) as desk:
        view = views.get(desk.session, desk.site.id, invoice_id)
        patients = picking.patients_of(desk.session, view.client_id) if view.is_open else []
        offered = [(patient, picking.offers(desk.work, patient.id)) for patient in patients]
        return desk.fragment("invoices/_plan_items.html", view=view, offered=offered)


@get("/invoices/{invoice_id:int}/lines/preview", permission="invoices.view", sync_to_thread=True)
def preview_line(
    request: StaffRequest,
    invoice_id: FromPath[int],
    product: FromQuery[str] = "",
    product_id: FromQuery[str] = "",
    patient_id: FromQuery[str] = "",
    quantity: FromQuery[str] = "",
    plan: FromQuery[str] = "",
) -> Html:
    """What the line in the form would cost on this invoice."""
    form = Form({"product": product, "product_id": product_id, "quantity": quantity})
    with reading(request) as desk:
        if not product_id and picking.by_code(desk.session, product) is None:
            return desk.fragment("invoices/_preview.html", problem="", priced=None, left=None)
        try:
            new = NewLine(
                patient_id=_number(patient_id) or 0,
                product_id=product_of(desk, form),
                quantity=form.decimal("quantity", "Quantity"),
                preferred_entitlement_id=_number(plan),
            )
            preview = previewing.preview_new(desk.work, [new], invoice_id=invoice_id)
        except FetlockError as error:
            return _refused(desk, error)
        return desk.fragment(
            "invoices/_preview.html",
            problem="",
            priced=preview.added[0],
            left=_left(preview, preview.added[0]),
        )


@get(
    "/invoices/{invoice_id:int}/lines/{line_id:int}/preview", permission="invoices.view", sync_to_thread=True
)
def preview_quantity(
    request: StaffRequest,
    invoice_id: FromPath[int],
    line_id: FromPath[int],
    quantity: FromQuery[str] = "",
) -> Html:
    """The badge beside a quantity while it is typed: units left, and what the line would cost (CPX-30)."""
    with reading(request) as desk:
        line_of(desk, invoice_id, line_id)
        try:
            typed = Form({"quantity": quantity}).decimal("quantity", "Quantity")
            preview = previewing.preview_change(desk.work, line_id, quantity=typed)
        except FetlockError as error:
            return _refused(desk, error)
        priced = preview.lines[line_id]
        return desk.fragment("invoices/_preview.html", problem="", priced=priced, left=_left(preview, priced))


def _left(preview: previewing.Preview, priced: PricedLine) -> Decimal | None:
    """Units that the plans which cover this line would still hold; None where none covers it."""
    if not priced.coverage:
        return None
    return sum((max(preview.left[part.entitlement_id], Decimal(0)) for part in priced.coverage), Decimal(0))


def _refused(desk: Desk, error: FetlockError) -> Html:
    if isinstance(error, NotFound):
        raise error
    return desk.fragment("invoices/_preview.html", problem=error.message, priced=None, left=None)


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) <= 18 else None


HANDLERS = [products_found, plan_items, preview_line, preview_quantity]
