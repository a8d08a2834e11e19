"""Invoices as the JSON API shows them. Amounts are strings of two decimals, quantities of four."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict

from fetlock.domain.invoices.listing import Row, Sums
from fetlock.domain.invoices.view_values import InvoiceView
from fetlock.pricing import PricedLine


def _amount(value: Any) -> Any:
    return f"{value:.2f}" if isinstance(value, Decimal) else value


def _units(value: Any) -> Any:
    return f"{value:.4f}" if isinstance(value, Decimal) else value


Amount = Annotated[str, BeforeValidator(_amount)]
"""Money in the invoice's currency, such as "45.00"."""
Units = Annotated[str, BeforeValidator(_units)]
"""A quantity or a percentage, such as "1.5000"."""


class _Answer(BaseModel):
    """Read from the views of core, whose attributes have the same names."""

    model_config = ConfigDict(from_attributes=True)


class AttemptAnswer(_Answer):
    """One attempt to tell the plan."""

    number: int
    started_at: datetime
    ended_at: datetime | None
    outcome: str
    message: str


class DeliveryAnswer(_Answer):
    """What is told to a plan about one entry of the ledger; `key` is its idempotency key."""

    id: int
    key: str
    plugin: str
    subject: str
    state: str
    quantity: Units
    attempts: int
    problem: str
    reference: str
    created_at: datetime
    finished_at: datetime | None
    line_id: int | None
    tries: list[AttemptAnswer]


class CoverageAnswer(_Answer):
    """A part of a line that a plan covers. `state`: reserved, committed, or how its posting stands."""

    entitlement_id: int
    plugin: str
    label: str
    term: int
    quantity: Units
    amount: Amount
    explanation: str
    left: Units
    state: str


class StepAnswer(_Answer):
    """One step of the price (H-31): before and after are the line's amount around it."""

    phase: str
    plugin: str
    plugin_version: str
    reason_code: str
    label: str
    quantity: Units | None
    before: Amount
    after: Amount
    outcome: str
    source: str


class LineAnswer(_Answer):
    """A line; a returning one has figures below zero. `sum_text`: its parts, "1 × 0.00 + 2 × 30.00"."""

    id: int
    position: int
    patient_id: int
    patient_code: str
    product_id: int
    product_code: str
    description: str
    quantity: Units
    unit: str
    unit_price: Amount
    list_amount: Amount
    covered_quantity: Units
    savings: Amount
    discount: Amount
    amount: Amount
    net: Amount
    tax_percent: Units
    tax: Amount
    gross: Amount
    sum_text: str
    provider_id: int | None
    provider_name: str
    service_date: date
    source: str
    preferred_entitlement_id: int | None
    returns_line_id: int | None
    returned: Units
    left_to_return: Units
    revision: int
    coverage: list[CoverageAnswer]
    steps: list[StepAnswer]


class TaxAnswer(_Answer):
    """Tax of one rate."""

    percent: Units
    net: Amount
    tax: Amount


class PaymentAnswer(_Answer):
    """Money taken, or given back below zero."""

    id: int
    amount: Amount
    method: str
    note: str
    taken_at: datetime
    taken_by_name: str


class PayerAnswer(_Answer):
    """Who else is expected to pay, beside the total."""

    plugin: str
    payer: str
    amount: Amount


class HistoryAnswer(_Answer):
    """What happened at a revision; `snapshot` holds the lines as they stood at a close or void."""

    id: int
    revision: int
    what: str
    detail: str
    reason: str
    at: datetime
    staff_name: str
    snapshot: dict[str, Any] | None


class InvoiceAnswer(_Answer):
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


class MeanwhileAnswer(_Answer):
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


class PricedLineAnswer(_Answer):
    """A line as it would be priced. `key`: the line's id, or -1, -2, … for those not yet added."""

    key: int
    quantity: Units
    unit_price: Amount
    list_amount: Amount
    covered_quantity: Units
    savings: Amount
    discount: Amount
    amount: Amount
    net: Amount
    tax: Amount
    gross: Amount
    steps: list[StepAnswer]

    @classmethod
    def of(cls, line: PricedLine) -> Self:
        """The answer for one priced line."""
        steps = [
            StepAnswer(
                phase=step.phase.value,
                plugin=step.plugin,
                plugin_version=step.version,
                reason_code=step.reason_code,
                label=step.label,
                quantity=_units(step.quantity),
                before=_amount(step.before),
                after=_amount(step.after),
                outcome=step.outcome.value,
                source=step.source,
            )
            for step in line.steps
        ]
        names = ("unit_price", "list_amount", "savings", "discount", "amount", "net", "tax", "gross")
        return cls(
            key=line.key,
            quantity=_units(line.quantity),
            covered_quantity=_units(line.covered_quantity),
            steps=steps,
            **{name: _amount(getattr(line, name)) for name in names},
        )


class PreviewAnswer(BaseModel):
    """What lines would cost. `left`: units that each entitlement would then still hold, by its id."""

    added: list[PricedLineAnswer]
    lines: list[PricedLineAnswer]
    gross: Amount
    left: dict[str, Units]
    failed: list[str]


class RowAnswer(_Answer):
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


class ListAnswer(BaseModel):
    """A page of invoices, the newest first; sums are of all pages, void invoices left out."""

    invoices: list[RowAnswer]
    page: int
    pages: int
    total: int
    savings: Amount
    gross: Amount
    paid: Amount
    balance: Amount

    @classmethod
    def of(cls, rows: list[Row], sums: Sums, page: int, pages: int) -> Self:
        """The answer for one page."""
        return cls(
            invoices=[RowAnswer.of(row) for row in rows],
            page=page,
            pages=pages,
            total=sums.count,
            savings=_amount(sums.savings),
            gross=_amount(sums.gross),
            paid=_amount(sums.paid),
            balance=_amount(sums.balance),
        )
