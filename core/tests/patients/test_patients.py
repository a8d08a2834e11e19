"""Patients: created, changed, weighed, given away, and told to the plugins."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from typing_extensions import override

from fetlock import clock
from fetlock.contracts import EventFacts, Manifest
from fetlock.domain.patients import alerts, codes, owners, service, weights
from fetlock.domain.patients.draft import PatientDraft
from fetlock.domain.patients.models import Patient
from fetlock.domain.patients.offering import may_be_offered
from fetlock.errors import Conflict, Invalid, NotPermitted, StaleEdit
from fetlock.hooks import LifecycleHooks, RegistrationHooks, hookimpl
from fetlock.testing import Clinic

BARNABY = PatientDraft(
    name="Sir Barnaby Featherstone of Quillhaven",
    species="Dog",
    breed="Soft-coated Wheaten Terrier",
    sex="MN",
    birth_date=date(2019, 7, 3),
    colour="wheaten",
    microchip="985 112 004 337 218",
)


class Listener(RegistrationHooks, LifecycleHooks):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[EventFacts] = []

    @hookimpl
    @override
    def manifest(self) -> Manifest:
        return Manifest(name="listener", label="Listener", version="1", hook_api=">=0.1,<0.2")

    @hookimpl
    @override
    def patient_owner_changed(self, event: EventFacts) -> None:
        self.told.append(event)


LISTENER = Listener()


@pytest.fixture
def plugins_under_test() -> tuple[object, ...]:
    LISTENER.told.clear()
    return (LISTENER,)


def add(clinic: Clinic, client: str = "57", draft: PatientDraft = BARNABY) -> Patient:
    return clinic.run(lambda work: service.create(work, clinic.records.clients[client], draft))


def read(clinic: Clinic, patient_id: int) -> Patient:
    with clinic.reading() as session:
        return service.get(session, patient_id)


def faults(command: Callable[[], object]) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        command()
    return caught.value.fields


@pytest.mark.req("H-11")
def test_a_patient_gets_its_owners_next_id(clinic: Clinic) -> None:
    patient = read(clinic, add(clinic).id)
    assert patient.code == "57C"
    assert (patient.sex, patient.birth_date, patient.colour) == ("MN", date(2019, 7, 3), "wheaten")
    assert patient.microchip == "985112004337218"
    assert add(clinic, "58").code == "58B"


@pytest.mark.req("H-11")
def test_an_id_belongs_to_one_patient_whatever_its_case(clinic: Clinic) -> None:
    assert list(faults(lambda: add(clinic, draft=replace(BARNABY, code="57a")))) == ["code"]
    with clinic.reading() as session:
        found = codes.find(session, " 57a ")
        assert found is not None
        assert found.code == "57A"
        assert codes.find(session, "57Q") is None
        assert codes.find(session, "") is None


def test_an_age_becomes_an_estimated_birth_date(clinic: Clinic) -> None:
    patient = read(clinic, add(clinic, draft=replace(BARNABY, birth_date=None, age="2 y")).id)
    assert patient.birth_estimated
    assert patient.birth_date is not None
    assert patient.birth_date.year == clinic.today().year - 2


def test_faults_stand_beside_their_fields(clinic: Clinic) -> None:
    draft = PatientDraft(name="", sex="Z", age="old", code="#", species="x" * 61)
    assert set(faults(lambda: add(clinic, draft=draft))) == {"name", "sex", "age", "code", "species"}
    future = replace(BARNABY, birth_date=clinic.today() + timedelta(days=2))
    assert set(faults(lambda: add(clinic, draft=future))) == {"birth_date"}


@pytest.mark.req("H-36")
def test_the_later_save_is_told_what_changed_meanwhile(clinic: Clinic) -> None:
    patient = add(clinic)
    theirs = replace(service.draft_of(patient), sex="M")
    clinic.run(lambda work: service.update(work, patient.id, theirs, seen_revision=1))
    mine = replace(theirs, sex="MN", colour="gold")
    with pytest.raises(StaleEdit) as caught:
        clinic.run(lambda work: service.update(work, patient.id, mine, seen_revision=1))
    assert caught.value.differences == (
        ("sex", "Male", "Male, neutered"),
        ("colour", "wheaten", "gold"),
    )
    assert read(clinic, patient.id).colour == "wheaten"


@pytest.mark.req("H-11")
def test_weights_keep_their_unit_and_the_latest_is_first(clinic: Clinic) -> None:
    patient_id = clinic.patient_id
    before = clock.now() - timedelta(days=90)
    clinic.run(lambda work: weights.add(work, patient_id, Decimal("18.4"), "kg"))
    clinic.run(lambda work: weights.add(work, patient_id, Decimal("39.2"), "lb", measured_at=before))
    with clinic.reading() as session:
        found = weights.of_patient(session, patient_id)
        assert [(w.kilograms, w.entered_unit) for w in found] == [
            (Decimal("18.4000"), "kg"),
            (Decimal("17.7808"), "lb"),
        ]
    clinic.run(lambda work: weights.remove(work, patient_id, found[0].id))
    with clinic.reading() as session:
        assert len(weights.of_patient(session, patient_id)) == 1
    with pytest.raises(Invalid):
        clinic.run(
            lambda w: weights.add(w, patient_id, Decimal(1), "kg", measured_at=clock.now() + timedelta(1))
        )


@pytest.mark.req("H-11")
def test_a_deceased_patient_is_offered_nothing(clinic: Clinic) -> None:
    patient_id = clinic.patient_id
    day = clinic.today()
    assert may_be_offered(read(clinic, patient_id))
    clinic.run(lambda work: service.set_deceased(work, patient_id, day))
    assert not may_be_offered(read(clinic, patient_id))
    clinic.run(lambda work: service.set_deceased(work, patient_id, None))
    assert may_be_offered(read(clinic, patient_id))
    late = day + timedelta(days=3)
    assert list(faults(lambda: clinic.run(lambda w: service.set_deceased(w, patient_id, late)))) == [
        "deceased_on"
    ]


@pytest.mark.req("H-11")
def test_alerts_stand_until_they_are_ended(clinic: Clinic) -> None:
    patient_id = clinic.patient_id
    clinic.run(lambda work: alerts.add(work, patient_id, "Diet: no chicken", severe=False))
    bites = clinic.run(lambda work: alerts.add(work, patient_id, " Bites  when restrained ", severe=True))
    with clinic.reading() as session:
        assert [a.text for a in alerts.of_patient(session, patient_id)] == [
            "Bites when restrained",
            "Diet: no chicken",
        ]
    clinic.run(lambda work: alerts.end(work, patient_id, bites.id))
    with clinic.reading() as session:
        assert [a.text for a in alerts.of_patient(session, patient_id)] == ["Diet: no chicken"]
    assert "alert" in faults(lambda: clinic.run(lambda w: alerts.add(w, patient_id, "  ", severe=True)))


@pytest.mark.req("H-11", "H-13")
def test_a_change_of_owner_gives_a_new_id_and_keeps_the_old_one_as_alias(clinic: Clinic) -> None:
    moss = clinic.records.patients["58A"]
    dana = clinic.client_id
    clinic.run(lambda work: owners.change_owner(work, moss, dana, seen_revision=1))
    with clinic.reading() as session:
        for code in ("57C", "58A", "58a"):
            found = codes.find(session, code)
            assert found is not None
            assert found.id == moss
    assert list(faults(lambda: add(clinic, "58", replace(BARNABY, code="58a")))) == ["code"]
    assert add(clinic, "58").code == "58B", "an alias is never given again"
    [event] = LISTENER.told
    assert event.data == {
        "patient_id": moss,
        "old_client_id": clinic.records.clients["58"],
        "new_client_id": dana,
        "old_code": "58A",
        "new_code": "57C",
    }


@pytest.mark.req("H-11")
def test_a_patient_that_comes_back_has_its_first_id_again(clinic: Clinic) -> None:
    moss, dana, noor = clinic.records.patients["58A"], clinic.client_id, clinic.records.clients["58"]
    clinic.run(lambda work: owners.change_owner(work, moss, dana, seen_revision=1))
    clinic.run(lambda work: owners.change_owner(work, moss, noor, seen_revision=2))
    assert read(clinic, moss).code == "58A"
    with clinic.reading() as session:
        found = codes.find(session, "57C")
        assert found is not None
        assert found.id == moss


def test_a_change_of_owner_needs_permission_another_owner_and_what_was_seen(clinic: Clinic) -> None:
    moss, dana, noor = clinic.records.patients["58A"], clinic.client_id, clinic.records.clients["58"]
    with pytest.raises(NotPermitted):
        clinic.run(lambda w: owners.change_owner(w, moss, dana, seen_revision=1), actor=clinic.actor("Nurse"))
    with pytest.raises(Invalid):
        clinic.run(lambda work: owners.change_owner(work, moss, noor, seen_revision=1))
    with pytest.raises(Conflict):
        clinic.run(lambda work: owners.change_owner(work, moss, dana, seen_revision=0))
    assert LISTENER.told == []
