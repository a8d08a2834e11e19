"""The values of claim submission. Provisional until an insurer plugin proves them."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from fetlock.contracts.http import Http


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimInvoiceItem:
    """An invoice line as claimed; `total` after discount, with tax."""

    invoice_number: str
    line_id: int
    product_code: str
    description: str
    quantity: Decimal
    total: Decimal
    service_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimItem:
    """One condition treated, with its charges."""

    diagnosis: str
    treatment_start: date
    treatment_end: date
    charges: tuple[ClaimInvoiceItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A claim as an insurer's service sees it; `key` is the idempotency key of this sending.

    `settings`: those of the insurer's plugin at the claim's site, its secrets included.
    """

    key: str
    claim_id: int
    policy_number: str
    patient_name: str
    species: str
    created_at: datetime
    currency: str
    items: tuple[ClaimItem, ...]
    http: Http
    notes: str = ""
    settings: Any = field(default=None, repr=False)

    @property
    def total(self) -> Decimal:
        """The sum of all charges: never typed, always summed (IN-10)."""
        return sum((c.total for item in self.items for c in item.charges), Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimReceipt:
    """The service's answer to a submission or a cancellation."""

    accepted: bool
    insurer_claim_id: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """Plain text that a person must accept before the claim is finalised, shown verbatim (IN-31)."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimProblem:
    """Something that stands against submitting; `field` names where it is mended."""

    text: str
    field: str = ""
    severity: str = "error"
