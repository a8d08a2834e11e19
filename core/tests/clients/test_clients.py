"""Clients: created, changed, told apart by their account number; no change is overwritten unseen."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from fetlock.domain.clients import numbering, service
from fetlock.domain.clients.draft import ClientDraft
from fetlock.domain.clients.models import Client
from fetlock.domain.clients.phones import TypedPhone
from fetlock.domain.clients.reach import may_reach
from fetlock.errors import Invalid, NotFound, NotPermitted, StaleEdit
from fetlock.testing import Clinic
from fetlock.work import Work

AOIFE = ClientDraft(
    first_name="Aoife",
    last_name="O’Shaughnessy-Featherstonehaugh",
    phones=(TypedPhone("mobile", "(860) 555-0142"), TypedPhone("home", "+1 860 555 0100")),
    emails=("aoife@example.org", "a.o@example.com"),
    city="Hartford",
    country="us",
    preferred_channel="sms",
    notes="Calls him Barney.",
)


def add(clinic: Clinic, draft: ClientDraft) -> Client:
    client = clinic.run(lambda work: service.create(work, draft))
    return read(clinic, client.id)


def read(clinic: Clinic, client_id: int) -> Client:
    with clinic.reading() as session:
        client = service.get(session, client_id)
        assert client.phones is not None
        assert client.emails is not None
        return client


def faults(command: Callable[[], object]) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        command()
    return caught.value.fields


@pytest.mark.req("H-10")
def test_a_client_is_kept_as_typed_with_phones_in_one_form(clinic: Clinic) -> None:
    client = add(clinic, AOIFE)
    assert client.name == "Aoife O’Shaughnessy-Featherstonehaugh"
    assert [(p.kind, p.digits, p.entered) for p in client.phones] == [
        ("mobile", "+18605550142", "(860) 555-0142"),
        ("home", "+18605550100", "+1 860 555 0100"),
    ]
    assert [e.address for e in client.emails] == ["aoife@example.org", "a.o@example.com"]
    assert (client.country, client.preferred_channel, client.notes) == ("US", "sms", "Calls him Barney.")


@pytest.mark.req("H-10")
def test_the_next_account_number_is_offered_and_given(clinic: Clinic) -> None:
    with clinic.reading() as session:
        assert numbering.next_number(session) == "59"
    assert add(clinic, AOIFE).account_number == "59"
    assert add(clinic, replace(AOIFE, account_number="X-900")).account_number == "X-900"
    assert add(clinic, AOIFE).account_number == "60"
    assert add(clinic, replace(AOIFE, account_number="000700")).account_number == "000700"
    assert add(clinic, AOIFE).account_number == "000701"


@pytest.mark.req("H-10")
def test_an_account_number_belongs_to_one_client(clinic: Clinic) -> None:
    found = faults(lambda: add(clinic, replace(AOIFE, account_number="57")))
    assert found == {"account_number": "Account number 57 belongs to another client already."}
    other = add(clinic, AOIFE)
    draft = replace(AOIFE, account_number="57")
    found = faults(lambda: clinic.run(lambda w: service.update(w, other.id, draft, seen_revision=1)))
    assert list(found) == ["account_number"]
    assert read(clinic, other.id).account_number == "59"


def test_faults_stand_beside_their_fields_and_nothing_is_saved(clinic: Clinic) -> None:
    draft = ClientDraft(
        account_number="#1!",
        phones=(TypedPhone("mobile", "860 555 0142"), TypedPhone("home", "555-0142"), TypedPhone("odd", "1")),
        emails=("fine@example.org", "not an address"),
        country="USA",
        preferred_channel="pigeon",
        street="x" * 201,
    )
    found = faults(lambda: add(clinic, draft))
    assert set(found) == {
        "account_number", "phone_1", "phone_2", "email_1", "country", "preferred_channel", "street",
        "last_name",
    }  # fmt: skip
    assert "555-0142" in found["phone_1"]
    with clinic.reading() as session:
        assert numbering.next_number(session) == "59"


def test_a_change_replaces_phones_and_counts_the_revision(clinic: Clinic) -> None:
    client = add(clinic, AOIFE)
    draft = replace(
        service.draft_of(client), city="New London", phones=(TypedPhone("work", "860-555-0177"),), emails=()
    )
    clinic.run(lambda work: service.update(work, client.id, draft, seen_revision=1))
    changed = read(clinic, client.id)
    assert (changed.city, changed.revision) == ("New London", 2)
    assert [p.digits for p in changed.phones] == ["+18605550177"]
    assert changed.emails == []


def test_saving_without_a_change_counts_nothing(clinic: Clinic) -> None:
    client = add(clinic, AOIFE)
    clinic.run(lambda w: service.update(w, client.id, service.draft_of(client), seen_revision=1))
    assert read(clinic, client.id).revision == 1


@pytest.mark.req("H-10", "H-36")
def test_the_later_save_is_told_what_changed_meanwhile(clinic: Clinic) -> None:
    client = add(clinic, AOIFE)
    mine = replace(service.draft_of(client), city="Mystic")
    theirs = replace(service.draft_of(client), city="Groton", notes="")
    clinic.run(lambda work: service.update(work, client.id, theirs, seen_revision=1))
    with pytest.raises(StaleEdit) as caught:
        clinic.run(lambda work: service.update(work, client.id, mine, seen_revision=1))
    assert caught.value.differences == (
        ("city", "Groton", "Mystic"),
        ("notes", "empty", "Calls him Barney."),
    )
    assert read(clinic, client.id).city == "Groton"
    clinic.run(lambda w: service.update(w, client.id, mine, seen_revision=caught.value.revision))
    assert read(clinic, client.id).city == "Mystic"


def test_an_imported_number_stays_as_it_is_until_it_is_changed(clinic: Clinic) -> None:
    client = add(clinic, AOIFE)

    def spoil(work: Work) -> None:
        phone = work.session.get_one(Client, client.id).phones[0]
        phone.entered, phone.digits = "555-0142", "5550142"

    clinic.run(spoil)
    draft = replace(service.draft_of(read(clinic, client.id)), city="Mystic")
    clinic.run(lambda work: service.update(work, client.id, draft, seen_revision=1))
    assert read(clinic, client.id).phones[0].digits == "5550142"


@pytest.mark.req("H-10")
def test_who_opted_out_is_reached_by_nobody(clinic: Clinic) -> None:
    client = add(clinic, replace(AOIFE, sms_opt_out=True))
    assert not may_reach(client, "sms")
    assert may_reach(client, "email")


@pytest.mark.req("H-3")
def test_changing_needs_the_permission(clinic: Clinic) -> None:
    nobody = replace(clinic.actor("Nurse"), permissions=frozenset({"clients.view"}))
    with pytest.raises(NotPermitted):
        clinic.run(lambda work: service.create(work, AOIFE), actor=nobody)
    with pytest.raises(NotPermitted):
        clinic.run(lambda w: service.update(w, clinic.client_id, AOIFE, seen_revision=1), actor=nobody)


def test_a_client_that_is_not_there_is_said_so(clinic: Clinic) -> None:
    with clinic.reading() as session, pytest.raises(NotFound):
        service.get(session, 10_000)
