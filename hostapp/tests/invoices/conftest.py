"""Fixtures of the invoice tests: a plan plugin told to fail, object or speak; a browser at the desk."""

import re
from collections.abc import Callable, Iterator, Sequence

import pytest
from typing_extensions import override

from fetlock.contracts import ExpectedPayer, InvoiceFacts, LineAdjustment, Notice, Quote, Veto
from fetlock.domain.access import sign_in
from fetlock.hooks import hookimpl
from fetlock.testing import SamplePlans
from fetlock_hostapp.testing import WebClinic
from fetlock_hostapp.web.kernel import cookies
from tests.support.browser import OpenVisitor, Visitor

HARMLESS = re.compile(r"Response Status Error Code 4|status of 4\d\d|htmx:")
"""What htmx writes to the console about refusals that the page shows in their place."""
BY_AXE = "Applying inline style violates"
"""axe styles what it measures, which our policy refuses."""

SignIn = Callable[..., Visitor]
"""The type of the `at_desk` fixture."""


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


@pytest.fixture
def address(web: WebClinic) -> Iterator[str]:
    with web.serve() as served:
        yield served


@pytest.fixture
def at_desk(web: WebClinic, address: str, open_visitor: OpenVisitor) -> Iterator[SignIn]:
    """Opens a browser in which somebody of this role is signed in; afterwards nothing may have gone wrong."""
    visitors: list[Visitor] = []

    def enter(role: str = "Receptionist", **options: object) -> Visitor:
        staff_id = web.clinic.records.staff[role]
        token = web.clinic.database.write(lambda session: sign_in.open_for(session, staff_id))
        visitor = open_visitor(**options)
        visitor.context.add_cookies([{"name": cookies.SIGN_IN, "value": token, "url": address}])
        visitors.append(visitor)
        return visitor

    yield enter
    for visitor in visitors:
        measured = "axe" in visitor.page.evaluate("Object.keys(window).join()")
        serious = [text for text in visitor.script_errors if not HARMLESS.search(text)]
        assert [text for text in serious if not (measured and text.startswith(BY_AXE))] == []
        assert visitor.foreign_requests(address) == []
