"""Lines of invoices as the JSON API shows them: stored ones, and as they would be priced."""

from datetime import date, datetime
from typing import Self

from fetlock.pricing import PricedLine
from fetlock_hostapp.plugin import Amount, Answer, Units


class AttemptAnswer(Answer):
    """One attempt to tell the plan."""

    number: int
    started_at: datetime
    ended_at: datetime | None
    outcome: str
    message: str


class DeliveryAnswer(Answer):
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


class CoverageAnswer(Answer):
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


class StepAnswer(Answer):
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


class LineAnswer(Answer):
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


class PricedLineAnswer(Answer):
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
                quantity=step.quantity,
                before=step.before,
                after=step.after,
                outcome=step.outcome.value,
                source=step.source,
            )
            for step in line.steps
        ]
        names = ("unit_price", "list_amount", "savings", "discount", "amount", "net", "tax", "gross")
        return cls(
            key=line.key,
            quantity=line.quantity,
            covered_quantity=line.covered_quantity,
            steps=steps,
            **{name: getattr(line, name) for name in names},
        )
