"""Hooks of invoice lines and their prices. Plugins propose; the fold in `fetlock.pricing` computes."""

from collections.abc import Sequence

from fetlock.contracts.checks import Veto
from fetlock.contracts.panels import Notice
from fetlock.contracts.pricing import ExpectedPayer, InvoiceFacts, LineAdjustment, LineCandidate, Quote
from fetlock.hooks.markers import HookKind, spec


class PricingHooks:
    """Subclass this to take part in pricing."""

    @spec(HookKind.PROPOSE, returns=LineAdjustment, many=True)
    def propose_line_adjustments(self, quote: Quote) -> Sequence[LineAdjustment]:
        """Propose adjustments for the lines of one invoice; called once per invoice, never per line.

        At most one query, through `quote.reading`. A failure marks the invoice "price incomplete".
        """
        raise NotImplementedError

    @spec(HookKind.CHECK, returns=Veto, many=True)
    def check_invoice_line(self, candidate: LineCandidate) -> Sequence[Veto]:
        """Refuse a line that is about to be added or changed, with the reason and the field (CP-66)."""
        raise NotImplementedError

    @spec(HookKind.CHECK, returns=Veto, many=True, provisional=True)
    def check_invoice_close(self, invoice: InvoiceFacts) -> Sequence[Veto]:
        """Say why an invoice must not be closed now. Staff with permission may override, with a reason."""
        raise NotImplementedError

    @spec(HookKind.CONTRIBUTE, returns=Notice, many=True)
    def invoice_notices(self, invoice: InvoiceFacts) -> Sequence[Notice]:
        """Notices shown above the lines of this invoice."""
        raise NotImplementedError

    @spec(HookKind.CONTRIBUTE, returns=ExpectedPayer, many=True, provisional=True)
    def expected_payers(self, invoice: InvoiceFacts) -> Sequence[ExpectedPayer]:
        """Who besides the client is expected to pay a part of the total; it never changes the total."""
        raise NotImplementedError
