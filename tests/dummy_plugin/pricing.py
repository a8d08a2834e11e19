"""The plugin's part in invoices: what it covers and takes off, what it refuses, what it says beside them."""

from collections.abc import Sequence
from decimal import Decimal

from typing_extensions import override

from fetlock import hookimpl
from fetlock.contracts import (
    AdjustmentKind,
    ExpectedPayer,
    InvoiceFacts,
    LineAdjustment,
    LineCandidate,
    Notice,
    Quote,
    Veto,
)
from fetlock.hooks import PricingHooks
from tests.dummy_plugin.members import covers, members_among
from tests.dummy_plugin.naming import BAG, NAME


class Pricing(PricingHooks):
    """The hooks of invoices."""

    @hookimpl
    @override
    def propose_line_adjustments(self, quote: Quote) -> Sequence[LineAdjustment]:
        members = members_among(quote.reading, quote.patients)  # the one query that is allowed
        discount = Decimal(quote.site.settings.get(NAME, {}).get("discount", 0))
        found = []
        for line in quote.lines:
            found += [
                LineAdjustment(
                    line=line.key,
                    kind=AdjustmentKind.COVER,
                    entitlement_id=bag.entitlement_id,
                    reason_code="club_bag",
                    label=bag.label,
                )
                for bag in quote.entitlements
                if bag.patient_id == line.patient_id and covers(bag, line.product_code)
            ]
            if line.patient_id in members and discount:
                found.append(
                    LineAdjustment(
                        line=line.key,
                        kind=AdjustmentKind.PERCENT,
                        percent=discount,
                        reason_code="club_discount",
                        label=f"Club member {discount} %",
                    )
                )
        return found

    @hookimpl
    @override
    def check_invoice_line(self, candidate: LineCandidate) -> Sequence[Veto]:
        if candidate.line.product_code == BAG and candidate.line.quantity > 10:
            return [Veto(code="too_many_bags", field="quantity", reason="At most 10 bags go out at a time.")]
        return []

    @hookimpl
    @override
    def check_invoice_close(self, invoice: InvoiceFacts) -> Sequence[Veto]:
        members = members_among(invoice.reading, invoice.patient_ids)
        return [
            Veto(code="club_fee", reason=f"Member {member.number} owes the club its fee.")
            for member in members.values()
            if member.owes_fee
        ]

    @hookimpl
    @override
    def invoice_notices(self, invoice: InvoiceFacts) -> Sequence[Notice]:
        members = members_among(invoice.reading, invoice.patient_ids)
        return [
            Notice(key=f"member-{member.patient_id}", kind="info", title=f"Club member {member.number}")
            for member in members.values()
        ]

    @hookimpl
    @override
    def expected_payers(self, invoice: InvoiceFacts) -> Sequence[ExpectedPayer]:
        if not members_among(invoice.reading, invoice.patient_ids):
            return []
        return [ExpectedPayer(payer="The club", amount=min(invoice.gross, Decimal("7.00")))]
