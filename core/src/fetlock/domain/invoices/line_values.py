"""What commands on lines are given, and what comes of them."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Final

from fetlock.domain.invoices.models import Invoice, InvoiceHistory, LineSource


class Keep(Enum):
    """What a command is given for a field that it leaves as it is; None empties the field."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLine:
    """A line to add. `quantity` is above zero, within the decimals of the product's unit."""

    patient_id: int
    product_id: int
    quantity: Decimal
    service_date: date | None = None
    provider_id: int | None = None
    source: LineSource = LineSource.QUICK
    preferred_entitlement_id: int | None = None


@dataclass(slots=True)
class Changed:
    """What came of a command: the invoice, the lines it touched, and what the person must be told.

    `meanwhile`: what others changed since the revision that this person had seen (H-36).
    """

    invoice: Invoice
    line_ids: list[int] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    meanwhile: list[InvoiceHistory] = field(default_factory=list)
