"""Items of treatment and their invoice lines change together (H-27)."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from fetlock.contracts.actor import Actor
from fetlock.domain.entitlements import ledger
from fetlock.domain.entitlements.models import Entitlement
from fetlock.domain.invoices import closing, lines, payments, restoring
from fetlock.domain.invoices.models import Invoice, InvoiceLine, LineSource
from fetlock.domain.treatment import service as treatment
from fetlock.domain.treatment import views
from fetlock.domain.treatment.models import TreatmentItem
from fetlock.domain.treatment.service import Ordered
from fetlock.errors import Blocked, Conflict, Invalid, NotFound, NotPermitted
from fetlock.testing import Clinic, SamplePlans

D = Decimal


@pytest.fixture
def plugins_under_test() -> tuple[object, ...]:
    return (SamplePlans(discount=D(0)),)


def order(clinic: Clinic, product: str = "NAIL", quantity: str = "1", **more: Any) -> Ordered:
    return clinic.run(
        lambda work: treatment.order(
            work,
            patient_id=clinic.patient_id,
            product_id=clinic.records.products[product],
            quantity=D(quantity),
            **more,
        )
    )


def line_of(clinic: Clinic, item_id: int) -> InvoiceLine:
    with clinic.reading() as session:
        item = session.get_one(TreatmentItem, item_id)
        assert item.invoice_line_id is not None
        line = session.get_one(InvoiceLine, item.invoice_line_id)
        assert line.steps is not None
        return line


def only(clinic: Clinic) -> views.ItemView:
    with clinic.reading() as session:
        [view] = views.of_patient(session, clinic.patient_id)
    return view


def left(clinic: Clinic, entitlement_id: int) -> Decimal:
    with clinic.reading() as session:
        row = session.get_one(Entitlement, entitlement_id)
        return ledger.balances(session, [row])[entitlement_id].available


def close(clinic: Clinic, invoice_id: int) -> None:
    def pay_and_close(work: Any) -> None:
        invoice = work.session.get_one(Invoice, invoice_id)
        if invoice.balance:
            payments.take_payment(work, invoice_id, invoice.balance, "card")
        closing.close(work, invoice_id)

    clinic.run(pay_and_close)


@pytest.mark.req("H-27")
def test_an_item_has_its_line_price_trace_and_ledger_entry_at_once(clinic: Clinic) -> None:
    plan = clinic.entitle("NAIL gold", 3)
    vet = clinic.records.staff["Veterinarian"]
    day = clinic.today() - timedelta(days=1)
    ordered = order(clinic, quantity="2", provider_id=vet, service_date=day)
    line = line_of(clinic, ordered.item.id)
    assert (line.quantity, line.net, line.savings, line.source) == (
        D(2),
        D(0),
        D(60),
        LineSource.TREATMENT.value,
    )
    assert (line.provider_id, line.service_date, line.patient_id) == (vet, day, clinic.patient_id)
    assert [step.phase for step in line.steps] == ["base_price", "entitlement"]
    assert left(clinic, plan) == 1


@pytest.mark.req("H-27")
def test_edited_and_removed_line_trace_and_ledger_follow(clinic: Clinic) -> None:
    plan = clinic.entitle("NAIL gold", 2)
    item_id = order(clinic).item.id
    changed = clinic.run(lambda work: treatment.change(work, item_id, quantity=D(3), note="both sides"))
    line = line_of(clinic, item_id)
    assert (line.quantity, line.covered_quantity, line.net) == (D(3), D(2), D(30))
    assert changed.told == [
        "Plan item NAIL gold: 2 of 3 covered, none left for the other 1, which cost 30.00."
    ]
    assert only(clinic).note == "both sides"
    assert left(clinic, plan) == 0
    clinic.run(lambda work: treatment.remove(work, item_id))
    assert line_of(clinic, item_id).removed_at is not None
    assert left(clinic, plan) == 2
    with clinic.reading() as session:
        assert views.of_patient(session, clinic.patient_id) == []
        assert session.get_one(Invoice, line.invoice_id).gross == 0


@pytest.mark.req("H-27")
def test_the_removal_is_undone_with_the_same_line(clinic: Clinic) -> None:
    plan = clinic.entitle("NAIL gold", 2)
    item_id = order(clinic).item.id
    before = line_of(clinic, item_id)
    clinic.run(lambda work: treatment.remove(work, item_id))
    clinic.run(lambda work: treatment.restore(work, item_id))
    after = line_of(clinic, item_id)
    assert (after.id, after.removed_at, after.net) == (before.id, None, D(0))
    assert (only(clinic).state, left(clinic, plan)) == ("open", D(1))


@pytest.mark.req("H-27")
@pytest.mark.parametrize(
    ("site", "told"),
    [
        ("south", "Plan item NAIL gold: 0 of 1 covered, none left for the other 1, which cost 30.00."),
        ("north", "Line 2, Nail trim, costs 30.00 now; it was 0.00."),
    ],
)
def test_an_undone_removal_tells_what_became_of_the_unit(clinic: Clinic, site: str, told: str) -> None:
    clinic.entitle("NAIL gold", 1)
    item_id = order(clinic).item.id
    clinic.run(lambda work: treatment.remove(work, item_id))
    clinic.run(lambda work: lines.add_lines(work, clinic.client_id, [clinic.line("NAIL")]), site=site)
    restored = clinic.run(lambda work: treatment.restore(work, item_id))
    assert restored.told == [told]


@pytest.mark.req("H-27")
def test_what_is_changed_on_the_invoice_changes_the_item(clinic: Clinic) -> None:
    item_id = order(clinic).item.id
    line_id = line_of(clinic, item_id).id
    nurse, day = clinic.records.staff["Nurse"], clinic.today() - timedelta(days=2)
    clinic.run(
        lambda work: lines.change_line(work, line_id, quantity=D(4), provider_id=nurse, service_date=day)
    )
    item = only(clinic)
    assert (item.quantity, item.provider_id, item.service_date) == (D(4), nurse, day)


@pytest.mark.req("H-27")
def test_a_line_taken_off_the_invoice_leaves_the_item_as_not_charged(clinic: Clinic) -> None:
    item_id = order(clinic).item.id
    line_id = line_of(clinic, item_id).id
    clinic.run(lambda work: lines.remove_line(work, line_id))
    item = only(clinic)
    assert (item.state, item.billable, item.line_id) == ("not_charged", False, None)
    clinic.run(lambda work: restoring.restore_line(work, line_id))
    assert (only(clinic).state, only(clinic).line_id) == ("open", line_id)
    clinic.run(lambda work: lines.remove_line(work, line_id))
    clinic.run(lambda work: treatment.change(work, item_id, billable=True))
    assert only(clinic).line_id not in (None, line_id)


@pytest.mark.req("H-27")
def test_undoing_a_removed_line_brings_its_item_back(clinic: Clinic) -> None:
    item_id = order(clinic).item.id
    line_id = line_of(clinic, item_id).id
    clinic.run(lambda work: treatment.remove(work, item_id))
    clinic.run(lambda work: restoring.restore_line(work, line_id))
    assert only(clinic).line_id == line_id
    with pytest.raises(Conflict, match="on the invoice already"):
        clinic.run(lambda work: restoring.restore_line(work, line_id))


@pytest.mark.req("H-27")
def test_a_closed_invoice_locks_the_item_and_says_what_to_do(clinic: Clinic) -> None:
    item_id = order(clinic).item.id
    invoice_id = line_of(clinic, item_id).invoice_id
    close(clinic, invoice_id)
    for command in (
        lambda work: treatment.change(work, item_id, quantity=D(2)),
        lambda work: treatment.remove(work, item_id),
    ):
        with pytest.raises(Conflict, match=r"NC-1 is closed, so this item is locked. Reopen the invoice"):
            clinic.run(command)
    assert only(clinic).state == "locked"
    clinic.run(lambda work: closing.reopen(work, invoice_id, reason="wrong number"))
    clinic.run(lambda work: treatment.change(work, item_id, quantity=D(2)))
    assert line_of(clinic, item_id).quantity == 2


@pytest.mark.req("H-27")
def test_items_of_a_void_invoice_are_not_charged_and_can_be_charged_again(clinic: Clinic) -> None:
    item_id = order(clinic).item.id
    invoice_id = line_of(clinic, item_id).invoice_id
    clinic.run(lambda work: closing.void(work, invoice_id, reason="wrong client"))
    assert only(clinic).state == "not_charged"
    clinic.run(lambda work: treatment.change(work, item_id, billable=True))
    assert line_of(clinic, item_id).invoice_id != invoice_id


@pytest.mark.req("H-27")
def test_not_billable_has_no_line_until_it_is_charged(clinic: Clinic) -> None:
    ordered = order(clinic, billable=False, note="sample")
    assert ordered.item.invoice_line_id is None
    item_id = ordered.item.id
    clinic.run(lambda work: treatment.change(work, item_id, quantity=D(2)))
    clinic.run(lambda work: treatment.change(work, item_id, billable=True))
    assert (line_of(clinic, item_id).quantity, only(clinic).state) == (D(2), "open")
    clinic.run(lambda work: treatment.change(work, item_id, billable=False))
    assert (line_of(clinic, item_id).removed_at is not None, only(clinic).state) == (True, "not_charged")


@pytest.mark.parametrize("quantity", ["0", "-1", "NaN", "Infinity", "1.5", "1000000000000000", "1e30"])
@pytest.mark.parametrize("billable", [True, False])
def test_impossible_quantities_are_refused_and_nothing_is_half_saved(
    clinic: Clinic, quantity: str, billable: bool
) -> None:
    with pytest.raises(Invalid) as refused:
        order(clinic, quantity=quantity, billable=billable)
    assert list(refused.value.fields) == ["quantity"]
    item_id = order(clinic, billable=billable).item.id
    for again in (billable, not billable):
        change = partial(treatment.change, item_id=item_id, quantity=D(quantity), note="x", billable=again)
        with pytest.raises(Invalid):
            clinic.run(change)
    assert (only(clinic).quantity, only(clinic).note, only(clinic).billable) == (D(1), "", billable)


def test_bad_input_is_named_in_its_place(clinic: Clinic) -> None:
    with pytest.raises(Invalid) as refused:
        clinic.run(
            lambda work: treatment.order(work, patient_id=clinic.patient_id, product_id=999, quantity=D(1))
        )
    assert refused.value.fields == {"product": "There is no such product."}
    with pytest.raises(NotFound):
        clinic.run(lambda work: treatment.order(work, patient_id=999, product_id=1, quantity=D(1)))
    with pytest.raises(Invalid, match="under 500"):
        order(clinic, note="x" * 501)


def test_who_may_order_may_charge_by_that_and_nobody_else(clinic: Clinic) -> None:
    staff_id = clinic.records.staff["Nurse"]

    def by(*permissions: str) -> Actor:
        return Actor(staff_id=staff_id, name="Nurse", permissions=frozenset(permissions))

    wanted: dict[str, Any] = {
        "patient_id": clinic.patient_id,
        "product_id": clinic.records.products["NAIL"],
        "quantity": D(1),
    }
    made = clinic.run(lambda work: treatment.order(work, **wanted), actor=by("treatment.edit"))
    assert line_of(clinic, made.item.id).net == 30
    for command in (
        lambda work: treatment.order(work, **wanted),
        lambda work: treatment.change(work, made.item.id, quantity=D(2)),
        lambda work: treatment.remove(work, made.item.id),
        lambda work: treatment.restore(work, made.item.id),
    ):
        with pytest.raises(NotPermitted, match=r"treatment\.edit"):
            clinic.run(command, actor=by("treatment.view", "invoices.edit"))


def test_an_item_belongs_to_its_site(clinic: Clinic) -> None:
    item_id = order(clinic).item.id
    for command in (
        lambda work: treatment.change(work, item_id, quantity=D(2)),
        lambda work: treatment.remove(work, item_id),
    ):
        with pytest.raises(NotFound):
            clinic.run(command, site="south")
    assert only(clinic).site_name == "North Clinic"  # but the record shows it everywhere


@pytest.mark.req("H-36")
def test_a_change_of_what_somebody_else_changed_is_refused(clinic: Clinic) -> None:
    item_id = order(clinic).item.id
    seen = only(clinic).invoice_revision
    clinic.run(lambda work: treatment.change(work, item_id, quantity=D(5)))
    with pytest.raises(Conflict, match="its quantity is now 5"):
        clinic.run(lambda work: treatment.change(work, item_id, quantity=D(2), seen_revision=seen))


def test_a_plugins_refusal_leaves_nothing_behind(clinic: Clinic) -> None:
    with pytest.raises((Blocked, Invalid)):
        order(clinic, quantity="0.5")
    with clinic.reading() as session:
        assert views.of_patient(session, clinic.patient_id) == []
