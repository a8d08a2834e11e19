"""An item and its line stay the same when both are changed at once from many sides, on both databases."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from fetlock.domain.invoices import lines
from fetlock.domain.invoices.models import InvoiceLine
from fetlock.domain.treatment import service as treatment
from fetlock.domain.treatment.models import TreatmentItem
from fetlock.testing import Clinic, SamplePlans
from fetlock.work import Work

D = Decimal


@pytest.fixture
def plugins_under_test() -> tuple[object, ...]:
    return (SamplePlans(),)


@pytest.fixture
def clinic_database_url(database_url: str) -> str:
    return database_url


@pytest.mark.req("H-27", "H-36")
def test_changes_from_the_treatment_and_from_the_invoice_never_part_them(clinic: Clinic) -> None:
    plan = clinic.entitle("NAIL gold", 5)
    product_id = clinic.records.products["NAIL"]
    item = clinic.run(
        lambda work: treatment.order(work, patient_id=clinic.patient_id, product_id=product_id, quantity=D(1))
    ).item
    line_id = item.invoice_line_id
    assert line_id is not None

    def by_treatment(quantity: int) -> Callable[[Work], object]:
        return lambda work: treatment.change(work, item.id, quantity=D(quantity))

    def by_invoice(quantity: int) -> Callable[[Work], object]:
        return lambda work: lines.change_line(work, line_id, quantity=D(quantity))

    with ThreadPoolExecutor(8) as threads:
        done = [
            threads.submit(clinic.run, (by_treatment if n % 2 else by_invoice)(n % 9 + 1)) for n in range(48)
        ]
    assert [future.exception() for future in done] == [None] * len(done)
    with clinic.reading() as session:
        stored, line = session.get_one(TreatmentItem, item.id), session.get_one(InvoiceLine, line_id)
        assert stored.quantity == line.quantity
        assert line.covered_quantity == min(line.quantity, D(5))
        assert {part.entitlement_id for part in line.coverage} == {plan}
