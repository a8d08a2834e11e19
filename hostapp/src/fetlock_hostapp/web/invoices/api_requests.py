"""What the JSON API takes for invoices. Decimal numbers are strings, or JSON numbers."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from fetlock.domain.invoices import picking
from fetlock.domain.invoices.lines import NewLine
from fetlock.domain.invoices.models import LineSource
from fetlock.errors import Invalid
from fetlock_hostapp.plugin import Desk, Id, Number, Revision

Reason = Annotated[str, Field(min_length=1, max_length=300)]


class LineWanted(BaseModel):
    """A line to add; the product by its id or by its code."""

    patient_id: Id
    product_id: Id | None = None
    product_code: str | None = Field(default=None, max_length=40)
    quantity: Number = Decimal(1)
    service_date: date | None = None
    provider_id: Id | None = None
    preferred_entitlement_id: Id | None = None

    def line(self, desk: Desk) -> NewLine:
        """As core takes it. Raises `Invalid` where no product is named or known."""
        product_id = self.product_id
        if product_id is None:
            found = picking.by_code(desk.session, self.product_code or "")
            if found is None:
                raise Invalid({"product_code": f"No product has the code “{self.product_code or ''}”."})
            product_id = found.id
        return NewLine(
            patient_id=self.patient_id,
            product_id=product_id,
            quantity=self.quantity,
            service_date=self.service_date,
            provider_id=self.provider_id,
            source=LineSource.API,
            preferred_entitlement_id=self.preferred_entitlement_id,
        )


class LinesWanted(BaseModel):
    """Lines to add, all of them or none. `seen_revision`: the invoice's, as the caller saw it."""

    lines: list[LineWanted] = Field(min_length=1, max_length=200)
    seen_revision: Revision | None = None


class LineChange(BaseModel):
    """What is to change of a line; what is left out stays, null empties provider and plan."""

    quantity: Number | None = None
    service_date: date | None = None
    provider_id: Id | None = None
    preferred_entitlement_id: Id | None = None
    seen_revision: Revision | None = None


class FactsChange(BaseModel):
    """Service date and provider of a closed line (CP-72, CP-73)."""

    service_date: date | None = None
    provider_id: Id | None = None
    reason: str = Field(default="", max_length=300)


class PaymentTaken(BaseModel):
    """A payment; below zero gives money back. The same `key` again counts once."""

    amount: Number
    method: Literal["cash", "card", "bank", "cheque"]
    key: UUID | None = None
    note: str = Field(default="", max_length=200)
    close: bool = False


class CloseWanted(BaseModel):
    """How it is closed: marked closed, or by 0.00 in cash; the reason for going on against a check."""

    how: Literal["mark", "cash"] = "mark"
    override_reason: str = Field(default="", max_length=300)


class ReasonGiven(BaseModel):
    """Why."""

    reason: Reason


class LineReturned(BaseModel):
    """How much of which line comes back."""

    line_id: Id
    quantity: Number


class ReturnWanted(BaseModel):
    """Lines that come back, all of them or none."""

    lines: list[LineReturned] = Field(min_length=1, max_length=200)
    reason: Reason


class Seen(BaseModel):
    """The revision of the invoice as the caller saw it, for being told what others did (H-36)."""

    seen_revision: Revision | None = None
