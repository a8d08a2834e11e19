"""An invoice as pages and the API show it: frozen values, money in the invoice's currency."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from fetlock.domain.invoices.models import InvoiceState
from fetlock.outbox.models import OutboxState
from fetlock.pricing import TaxSum

ZERO = Decimal(0)

UNSETTLED = frozenset({OutboxState.FAILED, OutboxState.CONFLICT, OutboxState.GIVEN_UP, OutboxState.IN_DOUBT})
"""States of a delivery that somebody should look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptView:
    """One attempt to hand a delivery over."""

    number: int
    started_at: datetime
    ended_at: datetime | None
    outcome: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryView:
    """What is told to a plan's owner about one entry of the ledger, and how that went (CPX-4)."""

    id: int
    key: str
    plugin: str
    subject: str
    state: str
    quantity: Decimal
    attempts: int
    next_attempt_at: datetime
    problem: str
    reference: str
    created_at: datetime
    finished_at: datetime | None
    line_id: int | None
    entitlement_id: int | None
    tries: tuple[AttemptView, ...] = ()

    @property
    def unsettled(self) -> bool:
        """Whether somebody should look at it."""
        return self.state in UNSETTLED


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageView:
    """A part of a line that a plan covers. `left`: units of the entitlement that are still free."""

    entitlement_id: int
    plugin: str
    label: str
    term: int
    quantity: Decimal
    amount: Decimal
    explanation: str
    left: Decimal
    included: Decimal
    reserved: Decimal = ZERO
    committed: Decimal = ZERO
    deliveries: tuple[DeliveryView, ...] = ()

    @property
    def state(self) -> str:
        """One of "reserved", "committed", or the state of the latest delivery (as `OutboxState`)."""
        if self.deliveries and not self.reserved:
            return self.deliveries[-1].state
        return "reserved" if self.reserved else "committed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """One step of the price trace (H-31)."""

    phase: str
    plugin: str
    plugin_version: str
    reason_code: str
    label: str
    quantity: Decimal | None
    before: Decimal
    after: Decimal
    outcome: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartView:
    """A part of a line that several pay for: covered by one term, or not covered ("1 × 0 + 2 × 30")."""

    quantity: Decimal
    list_amount: Decimal
    savings: Decimal
    discount: Decimal
    amount: Decimal
    coverage: CoverageView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """A line with what covers it and how its price came about. A returning line has figures below zero."""

    id: int
    position: int
    patient_id: int
    patient_code: str
    patient_name: str
    product_id: int
    product_code: str
    product_kind: str
    description: str
    quantity: Decimal
    unit: str
    unit_decimals: int
    unit_price: Decimal
    list_amount: Decimal
    covered_quantity: Decimal
    savings: Decimal
    discount: Decimal
    amount: Decimal
    net: Decimal
    tax_percent: Decimal
    tax: Decimal
    gross: Decimal
    excluded_from_percentage_discount: bool
    provider_id: int | None
    provider_name: str
    service_date: date
    source: str
    preferred_entitlement_id: int | None
    returns_line_id: int | None
    returns_invoice_id: int | None
    returns_text: str
    returned: Decimal
    revision: int
    changed_at: datetime
    changed_by_name: str
    coverage: tuple[CoverageView, ...] = ()
    steps: tuple[StepView, ...] = ()

    @property
    def charged_quantity(self) -> Decimal:
        """How much of it somebody pays for."""
        return self.quantity - self.covered_quantity

    @property
    def left_to_return(self) -> Decimal:
        """How much can still be returned."""
        return max(self.quantity - self.returned, ZERO)

    @property
    def payer(self) -> str:
        """Who pays for all of it, for the colour of its edge: "plan", or "" for the client or several."""
        return "plan" if self.coverage and self.charged_quantity == ZERO else ""

    @property
    def parts(self) -> tuple[PartView, ...]:
        """The parts beneath the line, the current term first, where it has more than one."""
        if not self.coverage or (len(self.coverage) == 1 and self.charged_quantity == ZERO):
            return ()
        found = [
            PartView(
                quantity=part.quantity,
                list_amount=part.amount,
                savings=part.amount,
                discount=ZERO,
                amount=ZERO,
                coverage=part,
            )
            for part in self.coverage
        ]
        if self.charged_quantity != ZERO:
            charged = PartView(
                quantity=self.charged_quantity,
                list_amount=self.list_amount - self.savings,
                savings=ZERO,
                discount=self.discount,
                amount=self.amount,
            )
            found.append(charged)
        return tuple(found)

    @property
    def sum_text(self) -> str:
        """The parts at their unit price, as in 1 × 0.00 + 2 × 30.00; empty where there is one part only."""
        texts = [f"{part.quantity.normalize():f} × 0.00" for part in self.parts if part.coverage]
        if texts and self.charged_quantity != ZERO:
            texts.append(f"{self.charged_quantity.normalize():f} × {self.unit_price:.2f}")
        return " + ".join(texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentView:
    """Money taken, or given back below zero."""

    id: int
    amount: Decimal
    method: str
    note: str
    taken_at: datetime
    taken_by_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerView:
    """Who besides the client is expected to pay, beside the total (H-31)."""

    plugin: str
    payer: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryView:
    """What happened at a revision; `snapshot`: whether the lines of then are kept with it (H-34)."""

    id: int
    revision: int
    what: str
    detail: str
    reason: str
    at: datetime
    staff_id: int | None
    staff_name: str
    snapshot: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceView:
    """An invoice with everything that a page or the API shows of it. `history`: the newest first."""

    id: int
    site_id: int
    title: str
    number: int | None
    state: str
    revision: int
    currency: str
    prices_include_tax: bool
    list_total: Decimal
    savings: Decimal
    discount: Decimal
    amount: Decimal
    net: Decimal
    tax: Decimal
    gross: Decimal
    paid: Decimal
    balance: Decimal
    priced_by: dict[str, str]
    incomplete: tuple[str, ...]
    must_reprice: str
    created_at: datetime
    created_by_name: str
    first_closed_at: datetime | None
    closed_at: datetime | None
    client_id: int
    client_code: str
    client_name: str
    lines: tuple[LineView, ...] = ()
    taxes: tuple[TaxSum, ...] = ()
    payments: tuple[PaymentView, ...] = ()
    payers: tuple[PayerView, ...] = ()
    history: tuple[HistoryView, ...] = ()
    deliveries: tuple[DeliveryView, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether lines may change."""
        return self.state in (InvoiceState.OPEN, InvoiceState.REOPENED)

    @property
    def ready_to_close(self) -> bool:
        """Open, with lines, and nothing left to pay (QA18)."""
        return self.is_open and bool(self.lines) and self.balance == ZERO

    @property
    def reserved_units(self) -> Decimal:
        """Units that are told to their plans when the invoice closes."""
        return sum((part.reserved for line in self.lines for part in line.coverage), ZERO)

    def line(self, line_id: int) -> LineView | None:
        """One of the lines."""
        return next((line for line in self.lines if line.id == line_id), None)
