"""The fold over one invoice: each line through the phases, entitlements shared between the lines."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from fetlock.contracts.pricing import AdjustmentKind, Phase, Quote, QuoteLine
from fetlock.pricing.base_price import base_price
from fetlock.pricing.discount import discount
from fetlock.pricing.entitlement import cover
from fetlock.pricing.tax import tax
from fetlock.pricing.values import ZERO, Availability, PricedInvoice, PricedLine, Proposal

_Phases = dict[Phase, list[Proposal]]
_PHASES: Final = {kind: kind.phase for kind in AdjustmentKind}


def fold(quote: Quote, proposals: Sequence[Proposal], availability: Iterable[Availability]) -> PricedInvoice:
    """Price every line of `quote` (H-31, H-32, CPX-1).

    The result does not depend on the order of `proposals`. Lines share what `availability` holds in the
    order in which the quote lists them. Pricing twice with the same input gives the same.
    """
    by_line: dict[int, _Phases] = defaultdict(lambda: defaultdict(list))
    for proposal in proposals:
        adjustment = proposal.adjustment
        by_line[adjustment.line][_PHASES[adjustment.kind]].append(proposal)
    known = {entry.entitlement_id: entry for entry in availability}
    left = {entry.entitlement_id: entry.available for entry in known.values()}
    return PricedInvoice(tuple(_price(quote, line, by_line[line.key], left, known) for line in quote.lines))


def _price(
    quote: Quote,
    line: QuoteLine,
    proposals: _Phases,
    left: dict[int, Decimal],
    known: dict[int, Availability],
) -> PricedLine:
    unit_price, list_amount, steps = base_price(line, proposals.get(Phase.BASE_PRICE, ()))
    covered, taxed_coverage, more = cover(
        line, unit_price, list_amount, proposals.get(Phase.ENTITLEMENT, ()), left, known
    )
    steps += more
    savings = sum((part.amount for part in covered), ZERO)
    reduced, more = discount(
        line,
        list_amount - savings,
        proposals.get(Phase.DISCOUNT, ()),
        stack=quote.discounts_stack,
    )
    steps += more
    amount = list_amount - savings - reduced
    net, due, gross, more = tax(amount, taxed_coverage, line.tax_percent, included=quote.prices_include_tax)
    steps += more
    return PricedLine(
        key=line.key,
        quantity=line.quantity,
        unit_price=unit_price,
        list_amount=list_amount,
        covered_quantity=sum((part.quantity for part in covered), ZERO),
        savings=savings,
        discount=reduced,
        amount=amount,
        net=net,
        tax_percent=line.tax_percent,
        tax=due,
        gross=gross,
        coverage=tuple(covered),
        steps=tuple(steps),
    )
