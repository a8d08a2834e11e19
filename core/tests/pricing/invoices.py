"""Random invoices for the property tests of the fold: quotes, proposals of three plugins, entitlements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from fetlock.contracts import AdjustmentKind, LineAdjustment, Quote, QuoteLine, SiteFacts
from fetlock.pricing import Availability, PricedInvoice, Proposal, fold

DAY = date(2026, 6, 1)
PLUGINS = ("alpha", "beta", "gamma")
PATIENTS = (1, 2)
SITE = SiteFacts(site_id=1, slug="n", name="North", currency="USD", time_zone="America/New_York")

money = st.decimals(min_value=0, max_value=500, places=2)
some_money = st.decimals(min_value=Decimal("0.01"), max_value=500, places=2)
percents = st.one_of(
    st.sampled_from([Decimal(p) for p in ("5", "10", "12.5", "33.3333", "100")]),
    st.decimals(min_value=Decimal("0.0001"), max_value=100, places=4),
)
tax_percents = st.sampled_from([Decimal(p) for p in ("0", "6.35", "7", "19", "8.8750")])
quantities = st.one_of(
    st.integers(min_value=1, max_value=12).map(Decimal),
    st.decimals(min_value=Decimal("0.0001"), max_value=20, places=4),
)


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


def lines(key: int) -> st.SearchStrategy[QuoteLine]:
    """A random line."""
    return st.builds(
        line_of,
        st.just(key),
        quantities,
        patient_id=st.sampled_from(PATIENTS),
        tax_percent=tax_percents,
        excluded=st.booleans(),
        preferred=st.one_of(st.none(), st.integers(min_value=1, max_value=4)),
    )


def adjustments(line: int) -> st.SearchStrategy[LineAdjustment]:
    """A random proposal for a line; a few share every text, so that only their figures tell them apart."""
    words = st.sampled_from(["x", "y"])
    group = st.sampled_from(["", "", "loyalty"])

    def build(
        kind: AdjustmentKind,
        amount: Decimal,
        percent: Decimal,
        quantity: Decimal | None,
        entitlement_id: int,
        rank: int,
        exclusive_group: str,
        taxable: bool,
        word: str,
    ) -> LineAdjustment:
        return LineAdjustment(
            line=line,
            kind=kind,
            reason_code=word,
            label=word,
            amount=amount if kind in (AdjustmentKind.UNIT_PRICE, AdjustmentKind.AMOUNT) else None,
            percent=percent if kind is AdjustmentKind.PERCENT else None,
            quantity=quantity if kind is AdjustmentKind.COVER else None,
            entitlement_id=entitlement_id if kind is AdjustmentKind.COVER else None,
            rank=rank,
            exclusive_group=exclusive_group,
            taxable=taxable,
            source=word,
        )

    return st.builds(
        build,
        st.sampled_from(list(AdjustmentKind)),
        some_money,
        percents,
        st.one_of(st.none(), quantities),
        st.integers(min_value=1, max_value=4),
        st.integers(min_value=0, max_value=1),
        group,
        st.booleans(),
        words,
    )


def entitlements() -> st.SearchStrategy[tuple[Availability, ...]]:
    """Entitlements 1 to 4, each of a plugin and a patient, with something left, nothing, or less."""

    def build(entitlement_id: int) -> st.SearchStrategy[Availability]:
        return st.builds(
            lambda plugin, patient, available, days, chain: Availability(
                entitlement_id, plugin, patient, available, (DAY + timedelta(days=days), DAY, chain)
            ),
            st.sampled_from(PLUGINS),
            st.sampled_from(PATIENTS),
            st.one_of(
                st.integers(min_value=-1, max_value=6).map(Decimal),
                st.decimals(min_value=0, max_value=5, places=4),
            ),
            st.integers(min_value=0, max_value=2),
            st.sampled_from(["gold", "silver"]),
        )

    return st.tuples(*(build(number) for number in range(1, 5)))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A random invoice of up to three lines."""
    count = draw(st.integers(min_value=1, max_value=3))
    quoted = [draw(lines(key)) for key in range(1, count + 1)]
    proposals = []
    for line in quoted:
        for plugin in PLUGINS:
            found = draw(st.lists(adjustments(line.key), max_size=2))
            proposals += [Proposal(plugin, "1.0", adjustment) for adjustment in found]
        base = LineAdjustment(
            line=line.key,
            kind=AdjustmentKind.UNIT_PRICE,
            amount=draw(money),
            reason_code="list",
            label="Price list",
            rank=draw(st.integers(min_value=0, max_value=1)),
        )
        proposals.append(Proposal("pricelist", "1.0", base))
    quote = quote_of(quoted, includes_tax=draw(st.booleans()), stack=draw(st.booleans()))
    return Case(quote, tuple(proposals), draw(entitlements()))
