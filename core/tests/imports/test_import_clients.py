"""Importing clients (H-10, H-15)."""

import pytest
from sqlalchemy import func, select

from core.tests.imports.running import counts, csv_of, imported, reasons
from fetlock.domain.clients import service
from fetlock.domain.clients.models import Client
from fetlock.domain.search.finding import find
from fetlock.errors import Invalid, NotPermitted
from fetlock.imports import Kind, settings_at
from fetlock.testing import Clinic

FILE = """Account No,First,Surname,Mobile,Home phone,E-mail,Zip,No SMS
900,Aoife,O'Shaughnessy,(860) 555-0142,860 555 0100,aoife@example.org,06103,yes
901,NA,None,,,,,
902,,,555-0199,,,00501,
903,Zoë 🐾,Петросян,+44 20 7946 0958,,,,no
57,Dana,Whitfield-Marsh,,,,,
"""


def client(clinic: Clinic, number: str) -> Client:
    with clinic.reading() as session:
        found = service.by_account_number(session, number)
        assert found is not None
        assert found.phones is not None
        assert found.emails is not None
        return found


@pytest.fixture
def clinic_database_url(database_url: str) -> str:
    return database_url


@pytest.mark.req("H-15", "H-10")
def test_clients_come_in_and_a_second_run_changes_nothing(clinic: Clinic) -> None:
    first = imported(clinic, Kind.CLIENTS, FILE)
    assert counts(first) == (4, 1, 0, 0)
    assert [(w.row, "555-0199" in w.text) for w in first.warnings] == [(4, True)]
    assert counts(imported(clinic, Kind.CLIENTS, FILE)) == (0, 0, 5, 0)
    aoife = client(clinic, "900")
    assert [(p.kind, p.digits) for p in aoife.phones] == [
        ("mobile", "+18605550142"),
        ("home", "+18605550100"),
    ]
    assert (aoife.emails[0].address, aoife.postal_code, aoife.sms_opt_out) == (
        "aoife@example.org",
        "06103",
        True,
    )
    assert (client(clinic, "901").first_name, client(clinic, "901").last_name) == ("NA", "None")
    assert client(clinic, "902").name == "(no name)"
    assert client(clinic, "903").phones[0].digits == "+442079460958"
    assert client(clinic, "57").emails[0].address == "dana@example.org", "an empty cell leaves what is there"
    assert client(clinic, "57").revision == 2


@pytest.mark.req("H-10", "H-12")
def test_imported_clients_are_found(clinic: Clinic) -> None:
    imported(clinic, Kind.CLIENTS, FILE)
    with clinic.reading() as session:
        for typed, code in {
            "8605550142": "900",
            "oshau": "900",
            "петр": "903",
            "marsh": "57",
            "0199": "902",
        }.items():
            found = find(session, typed, site_id=1, region="US").clients
            assert [each.code for each in found] == [code], typed
        assert [p.code for p in find(session, "marsh olive", site_id=1, region="US").patients] == ["57B"]


@pytest.mark.req("H-15")
def test_a_dry_run_says_the_same_and_writes_nothing(clinic: Clinic) -> None:
    report = imported(clinic, Kind.CLIENTS, FILE, dry_run=True)
    assert counts(report) == (4, 1, 0, 0)
    with clinic.reading() as session:
        assert session.scalar(select(func.count()).select_from(Client)) == 2


@pytest.mark.req("H-15")
def test_rows_that_cannot_be_taken_are_rejected_with_their_reasons(clinic: Clinic) -> None:
    content = csv_of(
        ["account_number", "last_name", "phone", "email", "country", "active"],
        [
            ["900", "Smith", "", "", "", ""],
            ["900", "Smith", "", "", "", ""],
            ["900", "Smythe", "", "", "", ""],
            ["", "Nobody", "", "", "", ""],
            ["#!", "Odd", "", "", "", ""],
            ["901", "x" * 121, "", "", "", ""],
            ["902", "Smith", "ask him", "", "", ""],
            ["903", "Smith", "", "not an address", "", ""],
            ["904", "Smith", "", "", "Narnia", ""],
            ["905", "Smith", "", "", "", "maybe"],
        ],
    )
    report = imported(clinic, Kind.CLIENTS, content)
    assert counts(report) == (1, 0, 1, 8)
    found = reasons(report)
    assert list(found) == [4, 5, 6, 7, 8, 9, 10, 11]
    for row, word in {4: "row 2", 5: "missing", 6: "#!", 7: "121", 8: "ask him", 9: "not an address"}.items():
        assert word in found[row]
    assert [(noted.row, noted.text) for noted in report.warnings] == [(3, "Says the same as row 2.")]


def test_a_whole_name_is_parted(clinic: Clinic) -> None:
    content = 'account,name\n900,"Smith, Eleanor Jane"\n901,Eleanor Jane Smith\n902,Cher\n'
    imported(clinic, Kind.CLIENTS, content)
    names = [(c.first_name, c.last_name) for c in (client(clinic, n) for n in ("900", "901", "902"))]
    assert names == [("Eleanor Jane", "Smith"), ("Eleanor Jane", "Smith"), ("", "Cher")]


def test_a_new_number_takes_the_place_of_the_first_of_its_kind(clinic: Clinic) -> None:
    imported(
        clinic, Kind.CLIENTS, "account,mobile,work phone,email\n900,860 555 0101,860 555 0102,a@example.org\n"
    )
    changed = "account,mobile,email\n900,860 555 0103,b@example.org\n"
    assert counts(imported(clinic, Kind.CLIENTS, changed)) == (0, 1, 0, 0)
    found = client(clinic, "900")
    assert [(p.kind, p.digits[-4:]) for p in found.phones] == [("mobile", "0103"), ("work", "0102")]
    assert [e.address for e in found.emails] == ["b@example.org"]
    assert counts(imported(clinic, Kind.CLIENTS, changed)) == (0, 0, 1, 0)


def test_without_an_account_number_column_nothing_is_imported(clinic: Clinic) -> None:
    with pytest.raises(Invalid) as caught:
        imported(clinic, Kind.CLIENTS, "Surname,Shoe size\nSmith,44\n")
    assert list(caught.value.fields) == ["account_number"]


@pytest.mark.req("H-15")
def test_importing_needs_the_permission(clinic: Clinic) -> None:
    with clinic.reading() as session, pytest.raises(NotPermitted):
        settings_at(clinic.work(session, actor=clinic.actor("Receptionist")))
