"""Fixtures of the invoice tests: a plan plugin that can be told to fail, to object, and to say something."""

from collections.abc import Sequence

import pytest
from typing_extensions import override

from fetlock.contracts import ExpectedPayer, InvoiceFacts, LineAdjustment, Notice, Quote, Veto
from fetlock.hooks import hookimpl
from fetlock.testing import SamplePlans


class TalkingPlans(SamplePlans):
    """The sample plans, with notices and payers, and vetoes and failures on demand."""

    def __init__(self) -> None:
        super().__init__()
        self.failing = False
        self.objections: list[Veto] = []

    @hookimpl
    @override
    def propose_line_adjustments(self, quote: Quote) -> Sequence[LineAdjustment]:
        if self.failing:
            raise RuntimeError("the plan tables are gone")
        return super().propose_line_adjustments(quote)

    @hookimpl
    @override
    def check_invoice_close(self, invoice: InvoiceFacts) -> Sequence[Veto]:
        return self.objections

    @hookimpl
    @override
    def invoice_notices(self, invoice: InvoiceFacts) -> Sequence[Notice]:
        if self.failing:
            raise RuntimeError("nothing to say")
        return [
            Notice(key="review", kind="warn", title="Please review <this> invoice.", text="The plan changed.")
        ]

    @hookimpl
    @override
    def expected_payers(self, invoice: InvoiceFacts) -> Sequence[ExpectedPayer]:
        return [ExpectedPayer(payer="Hartwell Mutual", amount=invoice.gross / 2)]


@pytest.fixture
def plans() -> TalkingPlans:
    return TalkingPlans()


@pytest.fixture
def plugins_under_test(plans: TalkingPlans) -> tuple[object, ...]:
    return (plans,)
