"""The rows of a quick invoice as they were typed, what is wrong with each, and what they would cost."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from fetlock.domain.invoices import previewing
from fetlock.domain.invoices.lines import NewLine
from fetlock.domain.invoices.models import LineSource
from fetlock.errors import Blocked, FetlockError, Invalid
from fetlock.pricing import PricedLine
from fetlock.work import Work
from fetlock_hostapp.plugin import Desk, Form
from fetlock_hostapp.web.invoices.reading_lines import Faults, product_of

MOST: Final = 100
FIRST_ROWS: Final = 3


@dataclass(slots=True)
class Row:
    """One row: what was typed in its fields, and what is wrong by field ("product", "quantity")."""

    number: int
    patient_id: str
    product: str = ""
    product_id: str = ""
    quantity: str = "1"
    errors: dict[str, str] = field(default_factory=dict)
    line: NewLine | None = None
    priced: PricedLine | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing was chosen in it; such rows are left out."""
        return not self.product.strip() and not self.product_id.strip()

    def form(self) -> Form:
        """The row's fields as a form of its own."""
        return Form(
            {
                "patient_id": self.patient_id,
                "product": self.product,
                "product_id": self.product_id,
                "quantity": self.quantity,
            }
        )


def typed_rows(form: Form, patient_id: int) -> list[Row]:
    """The rows of a sent form; empty ones too, so that they stay where they were."""
    columns = [form.all(name) for name in ("row", "patient_id", "product", "product_id", "quantity")]
    found = [
        Row(
            number=int(number) if number.isdecimal() and len(number) < 6 else place,
            patient_id=patient or str(patient_id),
            product=product,
            product_id=product_id,
            quantity=quantity,
        )
        for place, (number, patient, product, product_id, quantity) in enumerate(zip(*columns, strict=False))
    ]
    return found[:MOST]


def empty_rows(patient_id: int, count: int = FIRST_ROWS, first: int = 0) -> list[Row]:
    """Rows to type into."""
    return [Row(number=first + place, patient_id=str(patient_id)) for place in range(count)]


def read_rows(desk: Desk, rows: Sequence[Row], day: date | None, provider_id: int | None) -> list[NewLine]:
    """The lines that the filled rows ask for; what is wrong with a row is noted in it, each by itself."""
    lines = []
    for row in rows:
        if row.is_empty:
            continue
        row.line = _line(desk, row, day, provider_id)
        if row.line is not None and _is_possible(desk.work, row):
            lines.append(row.line)
    return lines


def require_rows(rows: Sequence[Row]) -> None:
    """Raise `Invalid` where a row is wrong or none is filled."""
    wrong = {f"{name}-{row.number}": text for row in rows for name, text in row.errors.items()}
    if wrong:
        raise Invalid(wrong)
    if all(row.is_empty for row in rows):
        first = rows[0].number if rows else 0
        raise Invalid({f"product-{first}": "Choose at least one product."})


def price(
    desk: Desk, rows: Sequence[Row], lines: Sequence[NewLine], invoice_id: int | None
) -> previewing.Preview | None:
    """Price the lines that are right, and put each price into its row."""
    if not lines:
        return None
    preview = previewing.preview_new(desk.work, lines, invoice_id=invoice_id)
    for line, priced in zip(lines, preview.added, strict=True):
        next(row for row in rows if row.line is line).priced = priced
    return preview


def _line(desk: Desk, row: Row, day: date | None, provider_id: int | None) -> NewLine | None:
    form, faults = row.form(), Faults()
    line = NewLine(
        patient_id=faults.read(lambda: form.integer("patient_id", "Patient"), 0),
        product_id=faults.read(lambda: product_of(desk, form), 0),
        quantity=faults.read(lambda: form.decimal("quantity", "Quantity"), Decimal(1)),
        service_date=day,
        provider_id=provider_id,
        source=LineSource.QUICK,
    )
    row.errors |= faults.fields
    return None if faults.fields else line


def _is_possible(work: Work, row: Row) -> bool:
    if row.line is None:
        return False
    try:
        previewing.check(work, [row.line])
    except (Invalid, Blocked) as error:
        row.errors |= _by_field(error)
        return False
    return True


def _by_field(error: FetlockError) -> dict[str, str]:
    """What is wrong, beside "product" where it belongs to no field of a row."""
    if isinstance(error, Blocked):
        named = {veto.field or "product": veto.reason for veto in error.vetoes}
    else:
        named = dict(error.fields) if isinstance(error, Invalid) else {"": error.message}
    return {name if name in ("product", "quantity") else "product": text for name, text in named.items()}
