"""A patient's record on one line of time (H-14)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from fetlock import clock
from fetlock.domain.invoices import closing, lines, payments
from fetlock.domain.messages.service import queue_message
from fetlock.domain.patients import alerts, owners, weights
from fetlock.domain.patients.timeline import EntryKind, counts, timeline
from fetlock.domain.treatment import service as treatment
from fetlock.testing import Clinic

D = Decimal
NOON = datetime(2026, 11, 19, 17, 0, tzinfo=UTC)


@pytest.fixture
def clinic_database_url(database_url: str) -> str:
    return database_url


@pytest.mark.req("H-14")
def test_everything_stands_on_one_line_newest_first(clinic: Clinic) -> None:
    patient_id, client_id = clinic.patient_id, clinic.client_id
    with clock.set_to(NOON - timedelta(days=3)):
        clinic.run(lambda work: weights.add(work, patient_id, D("40.6"), "lb"))
    with clock.set_to(NOON - timedelta(days=2)):
        bites = clinic.run(lambda work: alerts.add(work, patient_id, "Bites", severe=True))
    with clock.set_to(NOON - timedelta(days=1)):
        clinic.run(lambda work: alerts.end(work, patient_id, bites.id))
    with clock.set_to(NOON - timedelta(hours=20)):
        exam = clinic.line("EXAM")
        invoice = clinic.run(lambda work: lines.add_lines(work, client_id, [exam])).invoice
    with clock.set_to(NOON):
        clinic.run(lambda work: payments.take_payment(work, invoice.id, D(58), "card"))
        clinic.run(lambda work: closing.close(work, invoice.id))
    with clock.set_to(NOON + timedelta(hours=1)):
        clinic.run(
            lambda work: queue_message(work, client_id, "email", "Diet", "Slowly.", patient_id=patient_id)
        )
    with clock.set_to(NOON + timedelta(hours=2)):
        food = clinic.records.products["FOOD"]
        clinic.run(lambda work: treatment.order(work, patient_id=patient_id, product_id=food, quantity=D(2)))
    with clinic.reading() as session:
        found = timeline(session, patient_id, clinic.records.sites["north"], list(EntryKind))
        entries = [entry for entry in found.entries if entry.kind is not EntryKind.RECORD]
        shown = [(entry.kind.value, entry.code, entry.amount) for entry in entries]
        assert shown == [
            ("invoice", "opened", D("106.35")),
            ("treatment", "FOOD", D(2)),
            ("message", "email", None),
            ("invoice", "closed", D("58.00")),
            ("alert", "ended", None),
            ("alert", "severe", None),
            ("weight", "", D("18.4159")),
        ]
        assert (entries[1].by, entries[1].unit) == ("Ad", "each")
        assert not found.more
        number = counts(session, patient_id, clinic.records.sites["north"], list(EntryKind))
        assert number == {"weight": 1, "treatment": 1, "invoice": 2, "message": 1, "alert": 2, "record": 1}


@pytest.mark.req("H-14")
def test_filters_and_portions(clinic: Clinic) -> None:
    for day in range(5):
        with clock.set_to(NOON - timedelta(days=day)):
            clinic.run(lambda work: weights.add(work, clinic.patient_id, D(18), "kg"))
    site = clinic.records.sites["north"]
    with clinic.reading() as session:
        first = timeline(session, clinic.patient_id, site, [EntryKind.WEIGHT], limit=3)
        rest = timeline(session, clinic.patient_id, site, [EntryKind.WEIGHT], skip=3, limit=3)
        assert (len(first.entries), first.more, len(rest.entries), rest.more) == (3, True, 2, False)
        times = [entry.at for entry in (*first.entries, *rest.entries)]
        assert times == sorted(times, reverse=True)
        assert timeline(session, clinic.patient_id, site, []).entries == ()


@pytest.mark.req("H-1", "H-14")
def test_invoices_of_another_site_are_not_there(clinic: Clinic) -> None:
    exam = clinic.line("EXAM")
    clinic.run(lambda work: lines.add_lines(work, clinic.client_id, [exam]), site="south")
    with clinic.reading() as session:
        found = timeline(session, clinic.patient_id, clinic.records.sites["north"], [EntryKind.INVOICE])
    assert found.entries == ()


def test_a_change_of_owner_stands_in_the_record(clinic: Clinic) -> None:
    moss = clinic.records.patients["58A"]
    clinic.run(lambda work: owners.change_owner(work, moss, clinic.client_id, seen_revision=1))
    with clinic.reading() as session:
        found = timeline(session, moss, clinic.records.sites["north"], [EntryKind.RECORD])
    assert [(e.code, e.title) for e in found.entries] == [("moved", "58A"), ("made", "57C")]
