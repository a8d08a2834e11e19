"""Random invoices for the property tests of the fold: quotes, proposals of three plugins, entitlements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from hypothesis import settings
from hypothesis import strategies as st

from fetlock.contracts import AdjustmentKind, LineAdjustment, Quote, QuoteLine, SiteFacts
from fetlock.pricing import Availability, PricedInvoice, Proposal, fold

DAY = date(2026, 6, 1)
PLUGINS = ("alpha", "beta", "gamma")
PATIENTS = (1, 2)
SITE = SiteFacts(site_id=1, slug="n", name="North", currency="USD", time_zone="America/New_York")

PERCENTS = ("5", "10", "12.5", "33.3333", "0.0001", "100")
TAX_PERCENTS = ("0", "6.35", "19", "8.8750")
WORDS = ("x", "y")


@dataclass(frozen=True)
class Case:
    """What goes into one fold."""

    quote: Quote
    proposals: tuple[Proposal, ...]
    availability: tuple[Availability, ...]

    def priced(self) -> PricedInvoice:
        """The fold's answer."""
        return fold(self.quote, self.proposals, self.availability)

    def proposed(self, line: int, *kinds: AdjustmentKind) -> list[Proposal]:
        """What was proposed for a line, of these kinds."""
        return [
            p
            for p in self.proposals
            if p.adjustment.line == line and (not kinds or p.adjustment.kind in kinds)
        ]


def quote_of(lines: Sequence[QuoteLine], *, includes_tax: bool = False, stack: bool = False) -> Quote:
    """A quote at the sample site."""
    return Quote(
        invoice_id=1,
        site=SITE,
        prices_include_tax=includes_tax,
        discounts_stack=stack,
        day=DAY,
        lines=tuple(lines),
    )


def line_of(
    key: int = 1,
    quantity: Decimal | str = "1",
    *,
    patient_id: int = 1,
    tax_percent: Decimal | str = "0",
    excluded: bool = False,
    preferred: int | None = None,
) -> QuoteLine:
    """A line of a quote; its price comes from a proposal."""
    return QuoteLine(
        key=key,
        patient_id=patient_id,
        product_id=key,
        product_code=f"P{key}",
        product_name=f"Product {key}",
        product_kind="service",
        quantity=Decimal(quantity),
        unit="each",
        organisation_price=None,
        site_price=None,
        tax_percent=Decimal(tax_percent),
        excluded_from_percentage_discount=excluded,
        service_date=DAY,
        preferred_entitlement_id=preferred,
    )


thorough = settings(max_examples=300)
"""For tests of the fold: an example costs a millisecond."""


def _money(random: Random, least: int = 0) -> Decimal:
    return Decimal(random.choice([random.randint(least, 120), random.randint(least, 50_000)])) / 100


def _quantity(random: Random) -> Decimal:
    whole = random.random() < 0.7
    return Decimal(random.randint(1, 9)) if whole else Decimal(random.randint(1, 90_000)) / 10_000


def _percent(random: Random) -> Decimal:
    return Decimal(random.choice(PERCENTS)) if random.random() < 0.7 else _quantity(random)


def _line(random: Random, key: int) -> QuoteLine:
    return line_of(
        key,
        _quantity(random),
        patient_id=random.choice((1, *PATIENTS)),
        tax_percent=random.choice(TAX_PERCENTS),
        excluded=random.random() < 0.2,
        preferred=random.choice([None, None, 1, 2, 3, 4]),
    )


def _adjustment(random: Random, line: int, entitlement_ids: Sequence[int]) -> LineAdjustment:
    kind = random.choice([AdjustmentKind.COVER, AdjustmentKind.COVER, *AdjustmentKind])
    reason_code, label, source = random.choices(WORDS, k=3)
    covers = kind is AdjustmentKind.COVER
    return LineAdjustment(
        line=line,
        kind=kind,
        reason_code=reason_code,
        label=label,
        amount=_money(random, 1) if kind in (AdjustmentKind.UNIT_PRICE, AdjustmentKind.AMOUNT) else None,
        percent=_percent(random) if kind is AdjustmentKind.PERCENT else None,
        quantity=_quantity(random) if covers and random.random() < 0.5 else None,
        entitlement_id=random.choice(entitlement_ids) if covers else None,
        rank=random.randint(0, 1),
        exclusive_group=random.choice(["", "", "loyalty"]),
        taxable=random.random() < 0.5,
        source=source,
    )


def _entitlement(random: Random, entitlement_id: int) -> Availability:
    return Availability(
        entitlement_id,
        random.choice(("alpha", "alpha", *PLUGINS)),
        random.choice((1, *PATIENTS)),
        random.choice([Decimal(random.randint(-1, 6)), _quantity(random)]),
        (DAY + timedelta(days=random.randint(0, 2)), DAY, random.choice(("gold", "silver"))),
    )


def random_case(seed: int) -> Case:
    """A random invoice of up to four lines: some share every text, so that only figures tell them apart."""
    random = Random(seed)
    quoted = [_line(random, key) for key in range(1, random.randint(1, 4) + 1)]
    availability = tuple(_entitlement(random, number) for number in range(1, 5))
    proposals = []
    for line in quoted:
        for plugin in PLUGINS:
            # mostly what the plugin may use here, so that much is covered; now and then what it may not
            mine = [
                entry.entitlement_id
                for entry in availability
                if entry.plugin == plugin and entry.patient_id == line.patient_id
            ]
            count = random.randint(0, 4 if plugin == "alpha" else 2)
            found = [_adjustment(random, line.key, mine * 4 + [1, 2, 3, 4]) for _ in range(count)]
            proposals += [Proposal(plugin, "1.0", adjustment) for adjustment in found]
        base = LineAdjustment(
            line=line.key,
            kind=AdjustmentKind.UNIT_PRICE,
            amount=_money(random),
            reason_code="list",
            label="Price list",
            rank=random.randint(0, 1),
        )
        proposals.append(Proposal("pricelist", "1.0", base))
    quote = quote_of(quoted, includes_tax=random.random() < 0.5, stack=random.random() < 0.5)
    return Case(quote, tuple(proposals), availability)


def cases() -> st.SearchStrategy[Case]:
    """Random invoices. Drawn from a seed: dense cases are found quickly, and each can be made again."""
    return st.integers(min_value=0, max_value=2**32).map(random_case)
