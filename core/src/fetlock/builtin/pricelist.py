"""The price list: a unit costs what the site asks for it, or else what the organisation asks (H-20)."""

from collections.abc import Sequence
from typing import Final

from typing_extensions import override

from fetlock.contracts import HOOK_API, AdjustmentKind, LineAdjustment, Manifest, Quote
from fetlock.hooks import PricingHooks, RegistrationHooks, hookimpl

NAME: Final = "pricelist"


class PriceList(RegistrationHooks, PricingHooks):
    """Proposes the unit price of every line that has one."""

    @hookimpl
    @override
    def manifest(self) -> Manifest:
        return Manifest(
            name=NAME,
            label="Price list",
            version=HOOK_API,
            hook_api=f"=={HOOK_API}",
            description="Prices per site, or for the whole organisation.",
            weight=0,
        )

    @hookimpl
    @override
    def propose_line_adjustments(self, quote: Quote) -> Sequence[LineAdjustment]:
        here = f"Price list of {quote.site.name}"
        proposals = []
        for line in quote.lines:
            at_site = line.site_price is not None
            price = line.site_price if at_site else line.organisation_price
            if price is not None:
                proposals.append(
                    LineAdjustment(
                        line=line.key,
                        kind=AdjustmentKind.UNIT_PRICE,
                        reason_code="site_price" if at_site else "organisation_price",
                        label=here if at_site else "Price list",
                        amount=price,
                        source=line.product_code,
                    )
                )
        return proposals
