"""Pricing an invoice of twenty lines with three plugins in memory: dispatch and fold, no database.

Baseline: the same three plugins through bare pluggy, whose answers nobody folds.
"""

from datetime import timedelta
from decimal import Decimal

import pluggy

from bench.measuring import Figure, medians
from bench.sample import LINES, LoyaltyDiscount
from fetlock import clock
from fetlock.builtin.pricelist import PriceList
from fetlock.contracts import EntitlementFacts, PatientFacts, Quote, QuoteLine, SiteFacts
from fetlock.domain.invoices.proposals import ask_for_proposals
from fetlock.hooks import PricingHooks
from fetlock.platform.dispatch import Dispatcher
from fetlock.platform.registry import load_registry
from fetlock.pricing import Availability, fold
from fetlock.testing.plans import SamplePlans

ENABLED = frozenset({"plans", "loyalty"})


def run(rounds: int) -> list[Figure]:
    """The one figure of this file."""
    quote = _quote()
    registry = load_registry(
        builtins=(PriceList(),), installed={"plans": SamplePlans, "loyalty": LoyaltyDiscount}, strict=True
    )
    hooks = Dispatcher(registry)
    availability = [
        Availability(
            e.entitlement_id, e.plugin, e.patient_id, e.available, (e.valid_to, e.valid_from, e.chain)
        )
        for e in quote.entitlements
    ]
    bare = pluggy.PluginManager("fetlock")
    bare.add_hookspecs(PricingHooks)
    for plugin in (PriceList(), SamplePlans(), LoyaltyDiscount()):
        bare.register(plugin)

    def ours() -> None:
        proposals = ask_for_proposals(hooks, ENABLED, quote)
        fold(quote, proposals.accepted, availability)

    ours_ms, bare_ms = medians(ours, lambda: bare.hook.propose_line_adjustments(quote=quote), rounds)
    return [
        Figure(
            "price 20 lines in memory, 3 plugins", ours_ms, "bare pluggy, nothing folded", bare_ms, "< 1 ms"
        )
    ]


def _quote() -> Quote:
    today = clock.now().date()
    patient = PatientFacts(
        patient_id=1,
        code="57A",
        name="Bench",
        species="Dog",
        breed="",
        sex="M",
        birth_date=None,
        deceased_on=None,
        client_id=1,
        client_code="57",
        client_name="Bench",
    )
    lines = tuple(
        QuoteLine(
            key=number + 1,
            patient_id=1,
            product_id=number,
            product_code=f"P{number:02d}",
            product_name=f"Product {number}",
            product_kind="service",
            quantity=Decimal(1 + number % 3),
            unit="each",
            organisation_price=Decimal(f"{20 + number}.50"),
            site_price=None,
            tax_percent=Decimal("6.35"),
            excluded_from_percentage_discount=False,
            service_date=today,
        )
        for number in range(LINES)
    )
    entitlements = tuple(
        EntitlementFacts(
            entitlement_id=number,
            plugin="plans",
            source_key=f"P{number:02d}",
            patient_id=1,
            label=f"Item {number}",
            included=Decimal(2),
            available=Decimal(2),
            usable_from=today,
            valid_from=today,
            valid_to=today + timedelta(days=30),
            chain="bench",
            term=1,
            usable=True,
        )
        for number in range(0, LINES, 4)
    )
    return Quote(
        invoice_id=1,
        site=SiteFacts(site_id=1, slug="bench", name="Bench", currency="USD", time_zone="UTC"),
        prices_include_tax=False,
        discounts_stack=False,
        day=today,
        lines=lines,
        patients={1: patient},
        entitlements=entitlements,
    )
