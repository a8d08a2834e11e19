"""What has happened is told in the transaction in which it happens, and again later where that failed."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from fetlock.domain.invoices import closing
from fetlock.domain.invoices.lines import return_line
from fetlock.domain.patients.models import Patient
from fetlock.domain.patients.owners import change_owner
from fetlock.outbox.models import EventPending
from tests.dummy_plugin.counting import broken, context_of, names
from tests.dummy_plugin.models import Heard, Member
from tests.hook_contracts.club_service import ClubService
from tests.hook_contracts.hosting import Host


def heard(host: Host) -> list[tuple[str, str]]:
    """What the plugin keeps of the events it was told, in any order."""
    with host.runtime.database.reading() as session:
        return sorted((row.kind, row.subject) for row in session.scalars(select(Heard)))


@pytest.mark.req("PL-7", "H-34")
def test_invoice_closed_is_told_in_the_closing_transaction(host: Host) -> None:
    invoice_id, line_id = host.closed_invoice()
    event = context_of("invoice_closed")
    assert event.data["invoice_id"] == invoice_id
    assert event.data["line_ids"] == [line_id]
    assert event.work.site.slug == "north"
    assert heard(host) == [("invoice_closed", f"invoice {invoice_id}, revision {event.data['revision']}")]

    def close_and_fail(work):  # type: ignore[no-untyped-def]
        closing.reopen(work, invoice_id, reason="A slip")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        host.run(close_and_fail)
    assert "invoice_reopened" in names()
    assert len(heard(host)) == 1, "what the plugin wrote went with the transaction"


@pytest.mark.req("PL-7", "PL-5")
def test_invoice_closed_comes_again_in_order_where_it_failed(host: Host) -> None:
    broken.update({"invoice_closed"})
    invoice_id, _ = host.closed_invoice()
    host.run(lambda work: closing.reopen(work, invoice_id, reason="A slip"))
    assert heard(host) == []
    assert "invoice_reopened" not in names(), "it waits behind the one that failed"
    broken.clear()
    host.work_off(later=timedelta(minutes=5))
    assert [kind for kind, _ in heard(host)] == ["invoice_closed", "invoice_reopened"]
    told = [name for name in names() if name.startswith("invoice_")]
    assert told[-2:] == ["invoice_closed", "invoice_reopened"]
    with host.runtime.database.reading() as session:
        assert session.scalars(select(EventPending)).all() == []


@pytest.mark.req("PL-7", "H-34")
def test_invoice_reopened_is_told(host: Host) -> None:
    invoice_id, _ = host.closed_invoice()
    host.run(lambda work: closing.reopen(work, invoice_id, reason="A slip"))
    event = context_of("invoice_reopened")
    assert event.data["invoice_id"] == invoice_id
    assert ("invoice_reopened", f"invoice {invoice_id}, revision {event.data['revision']}") in heard(host)


@pytest.mark.req("PL-7", "H-34")
def test_items_returned_is_told_when_the_returning_lines_close(host: Host) -> None:
    _, line_id = host.closed_invoice()
    returned = host.run(lambda work: return_line(work, line_id, Decimal(1), reason="Not done"))
    assert "items_returned" not in names()
    host.close(returned.invoice.id)
    event = context_of("items_returned")
    assert event.data["line_ids"] == returned.line_ids
    assert ("items_returned", f"1 on invoice {returned.invoice.id}") in heard(host)


@pytest.mark.req("PL-7", "H-13")
def test_patient_owner_changed_is_told_with_both_owners(host: Host, club: ClubService) -> None:
    host.join("57A")
    records = host.clinic.records

    def give(work):  # type: ignore[no-untyped-def]
        revision = work.session.get_one(Patient, records.patients["57A"]).revision
        change_owner(work, records.patients["57A"], records.clients["58"], seen_revision=revision)

    host.run(give)
    data = context_of("patient_owner_changed").data
    assert (data["old_client_id"], data["new_client_id"]) == (records.clients["57"], records.clients["58"])
    assert (data["old_code"], data["new_code"]) == ("57A", "58B")
    assert heard(host) == [("patient_owner_changed", "57A is 58B")]
    with host.runtime.database.reading() as session:
        assert session.get_one(Member, records.patients["57A"]).owes_fee
    host.work_off()
    assert club.asked[-1].body == {"member": "M-57A", "code": "58B"}, "its own parcel, of its own topic"
