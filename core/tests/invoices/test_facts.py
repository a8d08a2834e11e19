"""Service date and provider of closed lines: with permission and history, and nothing is sent."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from fetlock.contracts.actor import Actor
from fetlock.domain.audit.models import AuditEntry
from fetlock.domain.entitlements.models import EntitlementEntry
from fetlock.domain.invoices import closing, facts, lines, payments, views
from fetlock.domain.invoices.view_values import InvoiceView
from fetlock.domain.treatment import service as treatment
from fetlock.domain.treatment import views as treatment_views
from fetlock.errors import Conflict, Invalid, NotFound, NotPermitted
from fetlock.outbox.models import EventRow, OutboxRow
from fetlock.testing import Clinic, SamplePlans

D = Decimal


@pytest.fixture
def plugins_under_test() -> tuple[object, ...]:
    return (SamplePlans(),)


def sold(clinic: Clinic, product: str = "NAIL") -> None:
    clinic.run(lambda work: lines.add_lines(work, clinic.client_id, [clinic.line(product)]))
    clinic.run(lambda work: payments.take_payment(work, 1, read(clinic).balance, "cash"))
    if read(clinic).is_open:
        clinic.run(lambda work: closing.close(work, 1))


def read(clinic: Clinic) -> InvoiceView:
    with clinic.reading() as session:
        return views.get(session, clinic.records.sites["north"], 1)


def outside(clinic: Clinic) -> tuple[int, ...]:
    with clinic.reading() as session:
        return tuple(
            len(session.scalars(select(t.id)).all()) for t in (OutboxRow, EventRow, EntitlementEntry)
        )


@pytest.mark.req("CP-72", "CP-73", "H-34")
def test_nothing_is_sent_and_no_amount_moves(clinic: Clinic) -> None:
    clinic.entitle("NAIL gold", 3)
    sold(clinic)
    before, sent = read(clinic), outside(clinic)
    day, vet = clinic.today() - timedelta(days=3), clinic.records.staff["Veterinarian"]
    changed = clinic.run(
        lambda work: facts.change_facts(work, 1, service_date=day, provider_id=vet, reason="typed wrong"),
        actor=clinic.actor("Veterinarian"),
    )
    after = read(clinic)
    assert (after.lines[0].service_date, after.lines[0].provider_id) == (day, vet)
    assert (after.state, after.gross, after.lines[0].steps) == ("closed", before.gross, before.lines[0].steps)
    assert outside(clinic) == sent
    assert "return the line and enter it again" in changed.told[0]
    entry = after.history[0]
    assert (entry.what, entry.reason, entry.staff_name) == (
        "facts_changed",
        "typed wrong",
        "Veterinarian Smith",
    )
    assert f"→ {day}" in entry.detail
    with clinic.reading() as session:
        assert session.scalars(select(AuditEntry.action)).all()[-1] == "invoice.facts_changed"


def test_a_line_that_no_plan_covers_needs_no_advice(clinic: Clinic) -> None:
    sold(clinic, "FOOD")
    vet = clinic.records.staff["Veterinarian"]
    assert clinic.run(lambda work: facts.change_facts(work, 1, provider_id=vet)).told == []
    assert clinic.run(lambda work: facts.change_facts(work, 1, provider_id=None)).told == []
    assert read(clinic).lines[0].provider_id is None


def test_what_is_the_same_already_is_no_change(clinic: Clinic) -> None:
    sold(clinic)
    revision = read(clinic).revision
    clinic.run(lambda work: facts.change_facts(work, 1, service_date=clinic.today()))
    assert read(clinic).revision == revision


def test_the_item_of_treatment_follows(clinic: Clinic) -> None:
    product_id = clinic.records.products["FREE"]
    clinic.run(
        lambda work: treatment.order(work, patient_id=clinic.patient_id, product_id=product_id, quantity=D(1))
    )
    clinic.run(lambda work: closing.close(work, 1))
    day = clinic.today() - timedelta(days=3)
    clinic.run(lambda work: facts.change_facts(work, 1, service_date=day))
    with clinic.reading() as session:
        assert treatment_views.of_patient(session, clinic.patient_id)[0].service_date == day


@pytest.mark.req("H-34")
def test_refused_without_permission_on_open_invoices_and_elsewhere(clinic: Clinic) -> None:
    sold(clinic)
    day = clinic.today()
    desk = Actor(staff_id=1, name="x", permissions=frozenset({"invoices.edit", "invoices.reopen"}))
    with pytest.raises(NotPermitted):
        clinic.run(lambda work: facts.change_facts(work, 1, service_date=day), actor=desk)
    with pytest.raises(NotFound):
        clinic.run(lambda work: facts.change_facts(work, 1, service_date=day), site="south")
    with pytest.raises(NotFound):
        clinic.run(lambda work: facts.change_facts(work, 99, service_date=day))
    with pytest.raises(Invalid):
        clinic.run(lambda work: facts.change_facts(work, 1, provider_id=99))
    clinic.run(lambda work: closing.reopen(work, 1, reason="x"))
    with pytest.raises(Conflict, match="is reopened"):
        clinic.run(lambda work: facts.change_facts(work, 1, service_date=day))
