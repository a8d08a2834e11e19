"""INX-5: what a plugin does with an insurer's account, through `fetlock.services` alone."""

import uuid
from decimal import Decimal

import pytest

from core.tests.accounts.ledger import Ledger
from fetlock import Conflict, Invalid, NotFound, NotPermitted, services
from fetlock.domain.invoices import closing

D = Decimal
KEY = "mutual:HM"


@pytest.fixture
def insurer(ledger: Ledger) -> int:
    return ledger.clinic.run(lambda work: services.keep_insurer(work, KEY, "Hartwell Mutual"))


def owe(ledger: Ledger, nails: int, key: uuid.UUID | None = None) -> int:
    """A closed invoice of which the insurer owes all."""
    invoice_id = ledger.invoice(nails)
    ledger.clinic.run(
        lambda work: services.record_receivable(
            work, invoice_id, KEY, D(30) * nails, reference="C-1", key=key
        )
    )
    ledger.clinic.run(lambda work: closing.close(work, invoice_id))
    return invoice_id


@pytest.mark.req("H-38")
def test_an_insurer_is_known_by_its_key(ledger: Ledger, insurer: int) -> None:
    again = ledger.clinic.run(lambda work: services.keep_insurer(work, KEY, "Hartwell Mutual Group"))
    assert again == insurer
    assert ledger.view("insurer", insurer).party.name == "Hartwell Mutual Group"
    with pytest.raises(Invalid):
        ledger.clinic.run(lambda work: services.keep_insurer(work, KEY, " "))
    other = ledger.invoice(1)
    with pytest.raises(NotFound, match="no insurer with the key"):
        ledger.clinic.run(lambda work: services.record_receivable(work, other, "other", D(1), reference=""))


@pytest.mark.req("H-38")
def test_a_remittance_pays_its_lines_and_the_difference_is_settled(ledger: Ledger, insurer: int) -> None:
    first, second = owe(ledger, 2), owe(ledger, 3)
    key = uuid.uuid4()

    def remit(amount: str, **lines: str) -> int:
        wanted = {(first, second)[name == "b"]: D(part) for name, part in lines.items()}
        return ledger.clinic.run(
            lambda work: services.record_insurer_payment(
                work, KEY, D(amount), reference="R-7", lines=wanted, key=key
            )
        )

    with pytest.raises(Invalid) as over:
        remit("100", a="60.01")
    assert over.value.fields == {f"invoice-{first}": "Its receivable is 60.00."}
    paid = remit("132", a="60", b="70")
    assert remit("132", a="60", b="70") == paid
    view = ledger.view("insurer", insurer)
    assert (view.balance, view.due, view.credit) == (D(18), D(20), D(2))
    before = ledger.read(second)
    ledger.clinic.run(
        lambda work: services.settle_difference(work, KEY, second, D(15), bill_client=True, reason="Excess")
    )
    ledger.clinic.run(
        lambda work: services.settle_difference(work, KEY, second, D(5), bill_client=False, reason="Fee")
    )
    assert (ledger.view("insurer", insurer).due, ledger.view().balance) == (D(0), D(15))
    after = ledger.read(second)
    assert (after.gross, after.paid) == (before.gross, before.paid)
    with pytest.raises(Conflict):
        ledger.clinic.run(
            lambda work: services.settle_difference(work, KEY, second, D(1), bill_client=True, reason="More")
        )


@pytest.mark.req("H-38")
def test_a_receivable_that_is_told_twice_counts_once(ledger: Ledger, insurer: int) -> None:
    key = uuid.uuid4()
    invoice_id = ledger.invoice(2)
    for _ in range(2):
        ledger.clinic.run(
            lambda work: services.record_receivable(work, invoice_id, KEY, D(40), reference="C-1", key=key)
        )
    assert (ledger.view("insurer", insurer).balance, ledger.read(invoice_id).balance) == (D(40), D(20))


def test_services_need_their_permission(ledger: Ledger, insurer: int) -> None:
    nurse, invoice_id = ledger.clinic.actor("Nurse"), ledger.invoice(1)
    with pytest.raises(NotPermitted):
        ledger.clinic.run(
            lambda work: services.record_receivable(work, invoice_id, KEY, D(1), reference=""), actor=nurse
        )
    with pytest.raises(NotPermitted):
        ledger.clinic.run(
            lambda work: services.record_insurer_payment(work, KEY, D(1), reference="", lines={}),
            actor=nurse,
        )
