"""Lines as forms type them: the product by choice or by code, its quantity, patient, provider and date."""

from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from fetlock.domain.invoices import picking
from fetlock.domain.invoices.lines import KEEP, Keep, NewLine
from fetlock.domain.invoices.models import LineSource
from fetlock.errors import Invalid
from fetlock_hostapp.plugin import Desk, Form

T = TypeVar("T")


class Faults:
    """Collects what is wrong in a form, so that every field says it at once."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}

    def read(self, reader: Callable[[], T], otherwise: T) -> T:
        """What `reader` reads, or `otherwise` where it finds a fault."""
        try:
            return reader()
        except Invalid as error:
            self.fields.update(error.fields)
            return otherwise

    def require_none(self) -> None:
        """Raise `Invalid` with every fault found."""
        if self.fields:
            raise Invalid(self.fields)


def product_of(desk: Desk, form: Form, suffix: str = "") -> int:
    """The product that was chosen, or whose code was typed. Raises `Invalid` beside the field "product"."""
    chosen = form.text(f"product_id{suffix}")
    if chosen.isdecimal() and len(chosen) <= 18:
        return int(chosen)
    typed = form.text(f"product{suffix}")
    if not typed:
        raise Invalid({f"product{suffix}": "Choose a product by its code or name."})
    found = picking.by_code(desk.session, typed)
    if found is None:
        text = f"No product has the code “{typed[:60]}”. Choose one from the list."
        raise Invalid({f"product{suffix}": text})
    return found.id


def new_line(desk: Desk, form: Form, *, source: LineSource = LineSource.QUICK) -> NewLine:
    """A line to add, from the fields product, quantity, patient_id, provider_id, service_date, plan.

    Raises `Invalid` with everything that is wrong.
    """
    faults = Faults()
    line = NewLine(
        patient_id=faults.read(lambda: form.integer("patient_id", "Patient"), 0),
        product_id=faults.read(lambda: product_of(desk, form), 0),
        quantity=faults.read(lambda: form.decimal("quantity", "Quantity"), Decimal(1)),
        service_date=faults.read(lambda: form.optional_date("service_date", "Service date"), None),
        provider_id=faults.read(lambda: form.optional_integer("provider_id", "Provider"), None),
        source=source,
        preferred_entitlement_id=faults.read(lambda: form.optional_integer("plan", "Plan"), None),
    )
    faults.require_none()
    return line


def kept_or_number(form: Form, name: str, label: str) -> int | Keep | None:
    """A field of ids: left out, it keeps what is stored; empty, it empties it."""
    return form.optional_integer(name, label) if name in form else KEEP
