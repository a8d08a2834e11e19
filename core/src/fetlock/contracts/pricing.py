"""The values of invoice pricing: the quote that plugins see, and the adjustments that they propose."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from fetlock.contracts.facts import PatientFacts, SiteFacts
from fetlock.contracts.reading import NoReading, Reading


class Phase(StrEnum):
    """The fixed phases in which the fold runs, in this order (H-31)."""

    BASE_PRICE = "base_price"
    ENTITLEMENT = "entitlement"
    DISCOUNT = "discount"
    TAX = "tax"
    ROUNDING = "rounding"


class AdjustmentKind(StrEnum):
    """What an adjustment does; its kind decides its phase."""

    UNIT_PRICE = "unit_price"
    COVER = "cover"
    PERCENT = "percent"
    AMOUNT = "amount"

    @property
    def phase(self) -> Phase:
        """The phase in which the fold looks at it."""
        if self is AdjustmentKind.UNIT_PRICE:
            return Phase.BASE_PRICE
        return Phase.ENTITLEMENT if self is AdjustmentKind.COVER else Phase.DISCOUNT


class Outcome(StrEnum):
    """What became of a proposal. `CAPPED`: applied in part; `EXCLUDED`: the product allows no percentage."""

    APPLIED = "applied"
    SUPERSEDED = "superseded"
    CAPPED = "capped"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteLine:
    """One line to be priced. `key` is the line's id, or a negative number in a preview.

    `quantity` is above zero, with up to four decimals; prices are per unit, in the site's currency.
    """

    key: int
    patient_id: int
    product_id: int
    product_code: str
    product_name: str
    product_kind: str
    quantity: Decimal
    unit: str
    organisation_price: Decimal | None
    site_price: Decimal | None
    tax_percent: Decimal
    excluded_from_percentage_discount: bool
    service_date: date
    preferred_entitlement_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitlementFacts:
    """One entitlement of a patient on the invoice; `available` is a first look, the fold caps again."""

    entitlement_id: int
    plugin: str
    source_key: str
    patient_id: int
    label: str
    included: Decimal
    available: Decimal
    usable_from: date
    valid_from: date
    valid_to: date
    chain: str
    term: int
    usable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """One whole invoice as the propose hook sees it (H-31): its lines, its patients, their entitlements."""

    invoice_id: int | None
    site: SiteFacts
    prices_include_tax: bool
    discounts_stack: bool
    day: date
    lines: tuple[QuoteLine, ...]
    patients: Mapping[int, PatientFacts] = field(default_factory=dict)
    entitlements: tuple[EntitlementFacts, ...] = ()
    reading: Reading = field(default_factory=NoReading)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineAdjustment:
    """A proposal for one line. What must be given depends on `kind`:

    `UNIT_PRICE`: `amount` per unit. `COVER`: `entitlement_id`, and `quantity` at the most.
    `PERCENT`: `percent` of what the discount phase opens with (10 is ten per cent).
    `AMOUNT`: `amount` off the line. All are above zero; a unit price may be zero.
    `rank` orders proposals of one kind, the lower first, before the plugin's name.
    `exclusive_group`: of one group at most one applies, even at a site that stacks discounts.
    `taxable`: the covered quantity bears tax all the same. `source` refers to the plugin's own record.
    """

    line: int
    kind: AdjustmentKind
    reason_code: str
    label: str
    amount: Decimal | None = None
    percent: Decimal | None = None
    quantity: Decimal | None = None
    entitlement_id: int | None = None
    rank: int = 0
    exclusive_group: str = ""
    taxable: bool = False
    source: str = ""
    explanation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCandidate:
    """A line about to be added or changed, as the check hook sees it, before anything is stored."""

    line: QuoteLine
    site: SiteFacts
    patient: PatientFacts
    entitlements: tuple[EntitlementFacts, ...] = ()
    reading: Reading = field(default_factory=NoReading)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedPayer:
    """Who is expected to pay how much of an invoice's total: shown beside it, never part of it (H-31)."""

    payer: str
    amount: Decimal
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceFacts:
    """An invoice as checks, notices and payers see it; amounts in the site's currency."""

    invoice_id: int
    number: str | None
    state: str
    revision: int
    site: SiteFacts
    client_id: int
    patient_ids: tuple[int, ...]
    gross: Decimal
    balance: Decimal
    reading: Reading = field(default_factory=NoReading)
