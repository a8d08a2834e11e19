"""The values of the fold: what goes in beside the quote, and what comes out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from fetlock.contracts.pricing import LineAdjustment, Outcome, Phase

ZERO = Decimal(0)
CORE = "core"
"""The name under which the fold's own steps stand in a trace."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """An adjustment with the plugin, and its version, that proposed it."""

    plugin: str
    version: str
    adjustment: LineAdjustment


@dataclass(frozen=True, slots=True)
class Availability:
    """What may be used of an entitlement by this invoice, its own holdings included.

    `plugin` owns it: no other plugin's proposal may use it. `order` is (valid to, valid from, chain): the
    term that ends first is used first (CP-61, CPX-23).
    """

    entitlement_id: int
    plugin: str
    patient_id: int
    available: Decimal
    order: tuple[date, date, str]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a line's trace: `before` and `after` are the line's amount around it."""

    phase: Phase
    plugin: str
    version: str
    reason_code: str
    label: str
    before: Decimal
    after: Decimal
    outcome: Outcome = Outcome.APPLIED
    quantity: Decimal | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Covered:
    """A quantity of a line that an entitlement covers, and the list value of that quantity."""

    entitlement_id: int
    quantity: Decimal
    amount: Decimal
    explanation: str


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A priced line. `list_amount - savings - discount == amount`, on the site's price basis.

    `net + tax == gross`; where prices include tax, `gross` is `amount`, otherwise `net` is.
    A returning line has every figure below zero.
    """

    key: int
    quantity: Decimal
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
    coverage: tuple[Covered, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class TaxSum:
    """Tax per rate, summed over the lines."""

    percent: Decimal
    net: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class PricedInvoice:
    """Every line priced, with the sums."""

    lines: tuple[PricedLine, ...]

    @property
    def gross(self) -> Decimal:
        """The sum of all lines with tax."""
        return sum((line.gross for line in self.lines), ZERO)

    def taxes(self) -> tuple[TaxSum, ...]:
        """Tax summed per rate, lowest rate first."""
        return tax_sums((line.tax_percent, line.net, line.tax) for line in self.lines)


def tax_sums(rows: Iterable[tuple[Decimal, Decimal, Decimal]]) -> tuple[TaxSum, ...]:
    """Sum (percent, net, tax) rows per rate; rates of zero per cent are left out."""
    sums: dict[Decimal, tuple[Decimal, Decimal]] = {}
    for percent, net, tax in rows:
        if percent:
            net_so_far, tax_so_far = sums.get(percent, (ZERO, ZERO))
            sums[percent] = (net_so_far + net, tax_so_far + tax)
    return tuple(TaxSum(percent, *sums[percent]) for percent in sorted(sums))
