"""Importing from the page and by program (H-15)."""

import time

import pytest
from httpx import Client
from sqlalchemy import func, select

from fetlock.domain.patients.models import Patient
from fetlock_hostapp.testing import WebClinic

HERE = "/s/north/administration/imports"
FILE = "Acct,Call name,Species\n57,Max,Dog\n999,Ghost,Dog\n57,=1+1,Cat\n58,,Cat\n"


def uploaded(
    client: Client, content: bytes | str = FILE, kind: str = "patients", encoding: str = "utf-8"
) -> str:
    sent = {"file": ("pets.csv", content, "text/csv")}
    answer = client.post(HERE, data={"kind": kind, "encoding": encoding}, files=sent)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def through(client: Client, address: str) -> str:
    """The page once the run is over."""
    for _ in range(100):
        page = client.get(address).text
        if "import-progress" not in page:
            return page
        time.sleep(0.05)
    raise AssertionError("the import did not end")


def patients(web: WebClinic) -> int:
    with web.clinic.reading() as session:
        return session.scalar(select(func.count()).select_from(Patient)) or 0


@pytest.mark.req("H-15")
def test_a_file_is_tried_then_imported_and_rejected_rows_come_back_as_a_file(web: WebClinic) -> None:
    administrator = web.signed_in()
    address = uploaded(administrator)
    page = administrator.get(address).text
    assert '<option value="Acct" selected>' in page, "a known header is chosen by itself"
    columns = {"column_client": "Acct", "column_name": "Call name", "column_species": "Species"}
    assert administrator.post(address, data=columns | {"then": "try"}).status_code == 303
    tried = through(administrator, address)
    assert "What it would do" in tried
    assert "There is no client with the account number “999”." in tried
    assert "Import 3 rows" in tried
    assert patients(web) == 3
    assert administrator.post(address, data=columns | {"then": "import"}).status_code == 303
    assert "What it did" in through(administrator, address)
    assert patients(web) == 6
    rejected = administrator.get(f"{address}/rejected.csv")
    assert rejected.headers["content-type"].startswith("text/csv")
    assert rejected.text.splitlines() == [
        "row,reason,Acct,Call name,Species",
        "3,There is no client with the account number “999”.,999,Ghost,Dog",
    ]
    assert administrator.post(address, data=columns | {"then": "import"}).status_code == 303
    again = through(administrator, address)
    assert patients(web) == 6, "again, and nothing comes in twice"
    assert "Unchanged" in again
    assert administrator.post(f"{address}/remove").status_code == 303
    assert administrator.get(address).status_code == 404


@pytest.mark.req("H-15")
@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("name\nZoë\n".encode("latin-1"), "not encoded in UTF-8: line 2 holds the byte 0xeb"),
        (b"", "Choose a CSV file."),
        (b"PK\x03\x04\x00", "not a text file"),
        (b'name\n"Max\n', "quotation mark is opened"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_at_once(web: WebClinic, content: bytes, said: str) -> None:
    sent = {"file": ("pets.csv", content, "text/csv")}
    answer = web.signed_in().post(HERE, data={"kind": "patients"}, files=sent)
    assert answer.status_code == 422
    assert said in answer.text
    assert "No files yet" in answer.text


@pytest.mark.req("H-15")
def test_another_encoding_is_chosen_in_the_form(web: WebClinic) -> None:
    content = "account,name\n57,Zoë\n".encode("windows-1252")
    assert "Zoë" in web.signed_in().get(uploaded(web.signed_in(), content, encoding="windows-1252")).text


@pytest.mark.req("H-15")
def test_what_must_be_chosen_is_said_beside_the_field(web: WebClinic) -> None:
    administrator = web.signed_in()
    address = uploaded(administrator, "Call name\nMax\n")
    refused = administrator.post(address, data={"column_name": "Call name", "then": "try"})
    assert refused.status_code == 422
    assert "owner’s account number, or name one client" in refused.text
    unknown = administrator.post(address, data={"column_name": "Call name", "client": "404", "then": "try"})
    assert "There is no client with the account number 404." in unknown.text
    assert 'value="404"' in unknown.text
    assert (
        administrator.post(
            address, data={"column_name": "Call name", "client": "58", "then": "import"}
        ).status_code
        == 303
    )
    assert "All rows are in." in through(administrator, address)


@pytest.mark.req("H-3", "H-15")
def test_files_are_those_of_the_site_and_for_those_who_may_import(web: WebClinic) -> None:
    administrator = web.signed_in()
    address = uploaded(administrator)
    assert administrator.get(address.replace("/north/", "/south/")).status_code == 404
    assert web.signed_in("Receptionist").get(HERE).status_code == 403
    assert web.signed_in("Receptionist").get(address).status_code == 403


@pytest.mark.req("H-15", "PL-11")
def test_importing_by_program(web: WebClinic) -> None:
    administrator = web.signed_in()
    here = "/api/v1/s/north/imports"
    content = {"content": "code,price\nNAIL,31.00\nNOPE,1.00\nEXAM,-1\n"}
    dry = administrator.post(f"{here}/prices", json=content | {"dry_run": True}).json()
    done = administrator.post(f"{here}/prices", json=content).json()
    assert {k: dry[k] for k in ("rows", "created", "updated", "unchanged", "rejected")} == {
        "rows": 3, "created": 0, "updated": 1, "unchanged": 0, "rejected": 2,
    }  # fmt: skip
    assert done["errors"] == dry["errors"]
    assert [error["row"] for error in done["errors"]] == [3, 4]
    assert administrator.post(f"{here}/prices", json=content).json()["unchanged"] == 1
    assert administrator.post(f"{here}/widgets", json=content).status_code == 400
    assert administrator.post(f"{here}/prices", json={"content": ""}).status_code == 422
    assert web.signed_in("Nurse").post(f"{here}/prices", json=content).status_code == 403
