"""What plugins may propose: nonsense costs the plugin its proposals, never the invoice (H-33, PL-5)."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from typing_extensions import override

from fetlock import HOOK_API, Conflict, Manifest, hookimpl
from fetlock.contracts import AdjustmentKind, LineAdjustment, Quote
from fetlock.domain.audit.models import AuditEntry
from fetlock.domain.invoices import closing, lines, payments
from fetlock.hooks import PricingHooks, RegistrationHooks
from fetlock.testing import Clinic, SamplePlans

D = Decimal


class Proposing(RegistrationHooks, PricingHooks):
    """Proposes for the first line what a test wants."""

    proposal: LineAdjustment | None = None

    @hookimpl
    @override
    def manifest(self) -> Manifest:
        return Manifest(name="proposing", label="Proposals", version="2.1", hook_api=f"=={HOOK_API}")

    @hookimpl
    @override
    def propose_line_adjustments(self, quote: Quote) -> Sequence[LineAdjustment]:
        return [] if self.proposal is None else [replace(self.proposal, line=quote.lines[0].key)]


@pytest.fixture
def proposing() -> Proposing:
    return Proposing()


@pytest.fixture
def plugins_under_test(proposing: Proposing) -> tuple[object, ...]:
    return (SamplePlans(), proposing)


def proposal(kind: Any, **more: Any) -> LineAdjustment:
    return LineAdjustment(**({"line": 0, "kind": kind, "reason_code": "r", "label": "L"} | more))


NONSENSE = {
    "no amount": proposal(AdjustmentKind.AMOUNT),
    "amount of nothing": proposal(AdjustmentKind.AMOUNT, amount=D(0)),
    "below zero": proposal(AdjustmentKind.UNIT_PRICE, amount=D(-1)),
    "fractions of a cent": proposal(AdjustmentKind.UNIT_PRICE, amount=D("1.005")),
    "not a number": proposal(AdjustmentKind.UNIT_PRICE, amount=D("NaN")),
    "infinite": proposal(AdjustmentKind.AMOUNT, amount=D("Infinity")),
    "beyond reason": proposal(AdjustmentKind.UNIT_PRICE, amount=D("1e30")),
    "a float": proposal(AdjustmentKind.UNIT_PRICE, amount=1.5),
    "a float per cent": proposal(AdjustmentKind.PERCENT, percent=10.0),
    "more than all": proposal(AdjustmentKind.PERCENT, percent=D("100.01")),
    "per cent not a number": proposal(AdjustmentKind.PERCENT, percent=D("sNaN")),
    "covers nothing": proposal(AdjustmentKind.COVER),
    "covers by name": proposal(AdjustmentKind.COVER, entitlement_id="gold"),
    "covers no quantity": proposal(AdjustmentKind.COVER, entitlement_id=1, quantity=D(0)),
    "too fine a quantity": proposal(AdjustmentKind.COVER, entitlement_id=1, quantity=D("0.00001")),
    "unknown kind": proposal("unit_price", amount=D(1)),
    "rank of a text": proposal(AdjustmentKind.AMOUNT, amount=D(1), rank="first"),
    "label too long": proposal(AdjustmentKind.AMOUNT, amount=D(1), label="x" * 501),
    "reason too long": proposal(AdjustmentKind.AMOUNT, amount=D(1), reason_code="x" * 61),
    "source of bytes": proposal(AdjustmentKind.AMOUNT, amount=D(1), source=b"x"),
    "a zero byte": proposal(AdjustmentKind.AMOUNT, amount=D(1), label="x\0y"),
}


@pytest.mark.req("H-33", "PL-5")
@pytest.mark.parametrize("nonsense", NONSENSE.values(), ids=NONSENSE.keys())
def test_nonsense_marks_the_price_incomplete_and_the_rest_stands(
    clinic: Clinic, proposing: Proposing, nonsense: LineAdjustment
) -> None:
    clinic.entitle("NAIL gold", 1)
    proposing.proposal = nonsense
    wanted = [clinic.line("NAIL", 2), clinic.line("EXAM")]
    invoice = clinic.run(lambda work: lines.add_lines(work, clinic.client_id, wanted)).invoice
    assert invoice.incomplete == ["proposing"]
    assert set(invoice.priced_by) == {"pricelist", "plans"}
    assert (invoice.savings, invoice.discount) == (D(30), D("5.80"))
    proposing.proposal = None
    again = clinic.run(lambda work: lines.reprice_invoice(work, invoice.id, "By hand")).invoice
    assert (again.incomplete, again.priced_by["proposing"]) == ([], "2.1")


@pytest.mark.parametrize(
    "sound",
    [
        proposal(AdjustmentKind.UNIT_PRICE, amount=D(0), rank=-1),
        proposal(AdjustmentKind.AMOUNT, amount=D("0.01"), label="x" * 500, reason_code="r" * 60),
        proposal(AdjustmentKind.PERCENT, percent=D("0.0001")),
        proposal(AdjustmentKind.PERCENT, percent=D(100)),
        proposal(AdjustmentKind.COVER, entitlement_id=999),
    ],
    ids=["free", "long", "tiny", "all", "nothing there"],
)
def test_what_is_unusual_is_not_nonsense(clinic: Clinic, proposing: Proposing, sound: LineAdjustment) -> None:
    proposing.proposal = sound
    invoice = clinic.run(lambda work: lines.add_lines(work, clinic.client_id, [clinic.line("EXAM")])).invoice
    assert invoice.incomplete == []


@pytest.mark.req("H-33", "H-5")
def test_an_incomplete_price_closes_with_permission_and_reason_alone(
    clinic: Clinic, proposing: Proposing
) -> None:
    proposing.proposal = NONSENSE["no amount"]
    invoice = clinic.run(lambda work: lines.add_lines(work, clinic.client_id, [clinic.line("FREE")])).invoice
    with pytest.raises(Conflict, match="Price incomplete: Proposals could not take part"):
        clinic.run(lambda work: closing.close(work, invoice.id))
    with pytest.raises(Conflict):
        clinic.run(
            lambda work: closing.close(work, invoice.id, override_reason="In a hurry"),
            actor=clinic.actor("Receptionist"),
        )
    closed = clinic.run(lambda work: closing.close(work, invoice.id, override_reason="Priced by hand"))
    assert closed.state == "closed"
    with clinic.reading() as session:
        (entry,) = session.query(AuditEntry).filter_by(action="invoice.override")
    assert (entry.reason, entry.detail) == ("Priced by hand", {"against": ["price incomplete: proposing"]})


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "1e30", "0.001"])
def test_impossible_payments_are_told_beside_the_amount(clinic: Clinic, amount: str) -> None:
    from fetlock import Invalid

    invoice = clinic.run(lambda work: lines.add_lines(work, clinic.client_id, [clinic.line("EXAM")])).invoice
    with pytest.raises(Invalid) as caught:
        clinic.run(lambda work: payments.take_payment(work, invoice.id, D(amount), "cash"))
    assert list(caught.value.fields) == ["amount"]
