"""A small plan plugin for tests: it covers products from entitlements and gives a discount on the rest."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from typing_extensions import override

from fetlock.contracts import (
    HOOK_API,
    AdjustmentKind,
    Delivery,
    DeliveryState,
    LineAdjustment,
    Manifest,
    Parcel,
    Quote,
    Receiver,
    Topic,
)
from fetlock.hooks import OutsideHooks, PricingHooks, RegistrationHooks, hookimpl


class SamplePlans(RegistrationHooks, PricingHooks, OutsideHooks):
    """Plans whose entitlements name the products they cover in their source key: "NAIL+EXAM gold".

    `discount`: the out-of-plan percentage for patients with a usable entitlement; 0 for none.
    `beyond_allotment`: whether plan items beyond their allotment get it too (QA31).
    `taxable`: whether covered quantities bear tax all the same.
    `keeps_held`: whether it goes on proposing what may no longer be used; core then covers what lines hold.
    `delivered` holds every parcel that was handed over, in order.
    """

    def __init__(
        self,
        name: str = "plans",
        *,
        discount: Decimal = Decimal(10),
        beyond_allotment: bool = False,
        taxable: bool = False,
        keeps_held: bool = False,
    ) -> None:
        self.name: Final = name
        self.discount = discount
        self.beyond_allotment = beyond_allotment
        self.taxable = taxable
        self.keeps_held = keeps_held
        self.delivered: list[Parcel] = []

    @hookimpl
    @override
    def manifest(self) -> Manifest:
        return Manifest(name=self.name, label="Sample plans", version="1.0", hook_api=f"=={HOOK_API}")

    @hookimpl
    @override
    def topics(self) -> Sequence[Topic]:
        return [Topic(name="entitlement", receiver=Receiver.TAKES_KEYS, label="Plan usage")]

    @hookimpl
    @override
    def deliver(self, parcel: Parcel) -> Delivery:
        self.delivered.append(parcel)
        return Delivery(state=DeliveryState.DELIVERED, reference=f"sample-{len(self.delivered)}")

    @hookimpl
    @override
    def propose_line_adjustments(self, quote: Quote) -> Sequence[LineAdjustment]:
        mine = [e for e in quote.entitlements if e.plugin == self.name and (e.usable or self.keeps_held)]
        found: list[LineAdjustment] = []
        for line in quote.lines:
            covering = [
                e
                for e in mine
                if e.patient_id == line.patient_id and line.product_code in codes_of(e.source_key)
            ]
            found += [
                LineAdjustment(
                    line=line.key,
                    kind=AdjustmentKind.COVER,
                    entitlement_id=e.entitlement_id,
                    reason_code="plan_item",
                    label=e.label,
                    taxable=self.taxable,
                    source=e.source_key,
                    explanation=f"Covered by {e.label}, term {e.term}",
                )
                for e in covering
            ]
            has_plan = any(e.patient_id == line.patient_id and e.usable for e in mine)
            if self.discount and has_plan and (self.beyond_allotment or not covering):
                found.append(
                    LineAdjustment(
                        line=line.key,
                        kind=AdjustmentKind.PERCENT,
                        percent=self.discount,
                        reason_code="out_of_plan",
                        label=f"Out-of-plan discount {self.discount.normalize():f} %",
                    )
                )
        return found


def codes_of(source_key: str) -> frozenset[str]:
    """The product codes that a source key names before its first blank: "NAIL+EXAM gold"."""
    return frozenset(source_key.partition(" ")[0].split("+"))
