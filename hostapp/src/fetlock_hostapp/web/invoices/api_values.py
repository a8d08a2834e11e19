"""Invoices as the JSON API shows them. Amounts are strings of two decimals, quantities of four."""

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel

from fetlock.domain.invoices.listing import Row, Sums
from fetlock.domain.invoices.view_values import InvoiceView
from fetlock_hostapp.plugin import Amount, Answer, CursorList, Units
from fetlock_hostapp.web.invoices.api_lines import DeliveryAnswer, LineAnswer, PricedLineAnswer


class TaxAnswer(Answer):
    """Tax of one rate."""

    percent: Units
    net: Amount
    tax: Amount


class PaymentAnswer(Answer):
    """Money taken, or given back below zero."""

    id: int
    amount: Amount
    method: str
    note: str
    taken_at: datetime
    taken_by_name: str


class PayerAnswer(Answer):
    """Who else is expected to pay, beside the total."""

    plugin: str
    payer: str
    amount: Amount


class HistoryAnswer(Answer):
    """What happened at a revision; `snapshot` holds the lines as they stood at a close or void."""

    id: int
    revision: int
    what: str
    detail: str
    reason: str
    at: datetime
    staff_name: str
    snapshot: dict[str, Any] | None


class InvoiceAnswer(Answer):
    """An invoice. `list_total` less `savings` less `discount` is `amount`; `net` and `tax` make `gross`."""

    id: int
    title: str
    number: int | None
    state: str
    revision: int
    client_id: int
    client_code: str
    client_name: str
    currency: str
    prices_include_tax: bool
    list_total: Amount
    savings: Amount
    discount: Amount
    amount: Amount
    net: Amount
    tax: Amount
    gross: Amount
    paid: Amount
    balance: Amount
    incomplete: list[str]
    must_reprice: str
    priced_by: dict[str, str]
    created_at: datetime
    first_closed_at: datetime | None
    closed_at: datetime | None
    lines: list[LineAnswer]
    taxes: list[TaxAnswer]
    payments: list[PaymentAnswer]
    payers: list[PayerAnswer]
    deliveries: list[DeliveryAnswer]

    @classmethod
    def of(cls, view: InvoiceView) -> Self:
        """The answer for one invoice."""
        return cls.model_validate(view)


class MeanwhileAnswer(Answer):
    """What somebody else did since the revision that was sent as seen (H-36)."""

    revision: int
    what: str
    detail: str
    at: datetime
    staff_name: str


class ChangedAnswer(BaseModel):
    """What came of a change: the invoice, the lines concerned, what must be told, what others did."""

    invoice: InvoiceAnswer
    line_ids: list[int]
    told: list[str]
    meanwhile: list[MeanwhileAnswer]


class PreviewAnswer(BaseModel):
    """What lines would cost. `left`: units that each entitlement would then still hold, by its id."""

    added: list[PricedLineAnswer]
    lines: list[PricedLineAnswer]
    gross: Amount
    left: dict[str, Units]
    failed: list[str]


class RowAnswer(Answer):
    """An invoice in the list."""

    id: int
    title: str
    state: str
    revision: int
    client_id: int
    client_code: str
    client_name: str
    patient_ids: list[int]
    created_at: datetime
    closed_at: datetime | None
    savings: Amount
    gross: Amount
    paid: Amount
    balance: Amount
    ready: bool

    @classmethod
    def of(cls, row: Row) -> Self:
        """The answer for one row."""
        shown = {name: getattr(row, name) for name in cls.model_fields if name != "patient_ids"}
        return cls(**shown, patient_ids=[patient_id for patient_id, _, _ in row.patients])


class InvoiceList(CursorList[RowAnswer]):
    """Invoices, the newest first; `total` and the sums are of all pages, void invoices left out of sums."""

    total: int
    savings: Amount
    gross: Amount
    paid: Amount
    balance: Amount


def summed(sums: Sums) -> dict[str, Any]:
    """The sums over all pages, as the list shows them."""
    return {"total": sums.count} | {
        name: getattr(sums, name) for name in ("savings", "gross", "paid", "balance")
    }
