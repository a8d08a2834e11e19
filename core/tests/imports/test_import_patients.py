"""Importing patients (H-11, H-15)."""

from collections import Counter
from datetime import date

import pytest
from sqlalchemy import select

from core.tests.imports.running import counts, csv_of, imported, reasons
from fetlock.domain.patients import codes, owners
from fetlock.domain.patients.models import Patient
from fetlock.domain.search.finding import find
from fetlock.errors import Invalid, NotFound
from fetlock.imports import Kind
from fetlock.testing import Clinic

FILE = """account,name,species,breed,sex,dob,microchip
58,Sir Barnaby,Dog,Wheaten Terrier,"Male, neutered",2019-07-03,985 112 004 337 218
58,NA,Cat,,F,,
58,None,Cat,,?,,
58,,Cat,,,,
58,,Cat,,,,
58,D'Artagnan 🐾,Horse,,gelding,,
999,Ghost,Dog,,,,
58,NA,Cat,,F,,
"""


def patients(clinic: Clinic, number: str) -> list[Patient]:
    with clinic.reading() as session:
        client_id = clinic.records.clients[number]
        query = select(Patient).where(Patient.client_id == client_id).order_by(Patient.id)
        return list(session.scalars(query))


@pytest.fixture
def clinic_database_url(database_url: str) -> str:
    return database_url


@pytest.mark.req("H-15", "H-11")
def test_patients_come_in_and_a_second_run_changes_nothing(clinic: Clinic) -> None:
    report = imported(clinic, Kind.PATIENTS, FILE)
    assert counts(report) == (6, 0, 1, 1)
    assert reasons(report) == {8: "There is no client with the account number “999”."}
    assert [(w.row, w.text) for w in report.warnings] == [(9, "Says the same as row 3.")]
    assert counts(imported(clinic, Kind.PATIENTS, FILE)) == (0, 0, 7, 1)
    moss, barnaby, na, none, kitten, second, dart = patients(clinic, "58")
    assert [p.code for p in (moss, barnaby, na, none, kitten, second, dart)] == [f"58{x}" for x in "ABCDEFG"]
    assert (barnaby.sex, barnaby.birth_date, barnaby.microchip) == ("MN", date(2019, 7, 3), "985112004337218")
    assert (na.name, none.name, kitten.name, dart.name) == ("NA", "None", "", "D'Artagnan 🐾")
    assert kitten.display_name == second.display_name == "(no name)"
    assert dart.sex == "MN"


@pytest.mark.req("H-11", "H-12")
def test_imported_patients_are_found(clinic: Clinic) -> None:
    imported(clinic, Kind.PATIENTS, FILE)
    with clinic.reading() as session:
        for typed in ("barnaby", "985112004337218", "58b", "sir o'hara"):
            assert [p.code for p in find(session, typed, site_id=1, region="US").patients] == ["58B"], typed


@pytest.mark.req("H-15")
def test_one_client_may_own_all_rows(clinic: Clinic) -> None:
    rows = [["Lucy", "Dog", "Labrador"]] * 3 + [["", "Cat", ""]] * 2 + [["", "", ""], ["NA", "Cat", ""]]
    content = csv_of(["Animal's Name", "Species", "Primary Breed"], rows)
    report = imported(clinic, Kind.PATIENTS, content, owner="57")
    assert counts(report) == (6, 0, 0, 0), "a row of separators alone is a blank line"
    assert counts(imported(clinic, Kind.PATIENTS, content, owner="57")) == (0, 0, 6, 0)
    assert Counter(p.name for p in patients(clinic, "57")) == {
        "Lucy": 3,
        "": 2,
        "NA": 1,
        "Biscuit": 1,
        "Olive": 1,
    }
    assert patients(clinic, "57")[-1].code == "57H"


@pytest.mark.req("H-15")
def test_without_an_owner_nothing_is_imported(clinic: Clinic) -> None:
    with pytest.raises(Invalid) as caught:
        imported(clinic, Kind.PATIENTS, "name\nMax\n")
    assert list(caught.value.fields) == ["client"]
    with pytest.raises(NotFound):
        imported(clinic, Kind.PATIENTS, "name\nMax\n", owner="404")


def test_a_named_owner_column_counts_beside_the_owner_of_the_rest(clinic: Clinic) -> None:
    content = "name,account\nMax,58\nRex,\n"
    imported(clinic, Kind.PATIENTS, content, owner="57", mapping={"client": "account"})
    assert [p.name for p in patients(clinic, "58")] == ["Moss", "Max"]
    assert patients(clinic, "57")[-1].name == "Rex"


@pytest.mark.req("H-15")
def test_a_patient_id_finds_the_patient_again(clinic: Clinic) -> None:
    content = (
        "account,patient id,name,colour\n57,57a,Biscuit,golden\n58,X-77,Max,\n58,X-77,Maxi,\n58,57B,Olive,\n"
    )
    report = imported(clinic, Kind.PATIENTS, content)
    assert counts(report) == (1, 1, 0, 2)
    assert "row 3" in reasons(report)[4]
    assert "another client" in reasons(report)[5]
    assert patients(clinic, "57")[0].colour == "golden"
    assert patients(clinic, "58")[-1].code == "X-77"
    assert counts(imported(clinic, Kind.PATIENTS, content)) == (0, 0, 2, 2)


@pytest.mark.req("H-11", "H-15")
def test_a_former_id_does_not_make_a_second_patient(clinic: Clinic) -> None:
    moss = clinic.records.patients["58A"]
    clinic.run(lambda work: owners.change_owner(work, moss, clinic.client_id, seen_revision=1))
    report = imported(clinic, Kind.PATIENTS, "account,patient id,name\n58,58A,Moss\n")
    assert "It is 57C now" in reasons(report)[2]
    assert counts(imported(clinic, Kind.PATIENTS, "account,name\n58,Rex\n")) == (1, 0, 0, 0)
    assert patients(clinic, "58")[0].code == "58B"


def test_given_ids_are_not_given_twice(clinic: Clinic) -> None:
    content = "account,patient id,name\n58,,First\n58,58B,Second\n58,,Third\n"
    imported(clinic, Kind.PATIENTS, content)
    with clinic.reading() as session:
        for code, name in {"58B": "Second", "58C": "First", "58D": "Third"}.items():
            found = codes.find(session, code)
            assert found is not None
            assert found.name == name


def test_a_corrected_row_changes_its_patient(clinic: Clinic) -> None:
    imported(clinic, Kind.PATIENTS, "account,name,species,breed\n58,Rex,Dog,Boxer\n58,Rex,Cat,\n")
    changed = "account,name,species,breed\n58,Rex,Dog,Boxer cross\n58,Rex,Cat,\n"
    assert counts(imported(clinic, Kind.PATIENTS, changed)) == (0, 1, 1, 0)
    assert [p.breed for p in patients(clinic, "58")] == ["", "Boxer cross", ""]


def test_an_age_counts_only_where_no_birth_date_is_known(clinic: Clinic) -> None:
    content = "account,name,age\n58,Moss,3 y\n58,Rex,10 weeks\n"
    assert counts(imported(clinic, Kind.PATIENTS, content)) == (1, 1, 0, 0)
    moss, rex = patients(clinic, "58")
    assert moss.birth_estimated
    assert rex.birth_estimated
    assert counts(imported(clinic, Kind.PATIENTS, content.replace("3 y", "4 y"))) == (0, 0, 2, 0)


@pytest.mark.req("H-15")
def test_rows_that_cannot_be_taken_are_rejected_with_their_reasons(clinic: Clinic) -> None:
    content = csv_of(
        ["account", "name", "sex", "dob", "age", "patient id", "deceased date"],
        [
            ["", "Max", "", "", "", "", ""],
            ["58", "Max", "maybe", "", "", "", ""],
            ["58", "Max", "", "2999-01-01", "", "", ""],
            ["58", "Max", "", "", "old", "", ""],
            ["58", "Max", "", "", "", "#", ""],
            ["58", "Max", "", "2020-01-01", "", "", "2019-01-01"],
            ["58", "x" * 121, "", "", "", "", ""],
        ],
    )
    report = imported(clinic, Kind.PATIENTS, content)
    assert counts(report) == (0, 0, 0, 7)
    assert all(reasons(report).values())
