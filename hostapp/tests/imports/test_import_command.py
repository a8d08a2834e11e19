"""`fetlock import` (H-15)."""

import json
from pathlib import Path
from typing import Any

import pytest

from hostapp.tests.cli.program import FOUNDING, Program

CLIENTS = "Account No,First,Surname,Phone\n57,Aoife,O'Shaughnessy,(860) 555-0142\n58,NA,None,\n"
PATIENTS = "account,name,species\n57,Max,Dog\n57,NA,Cat\n58,,Cat\n999,Ghost,Dog\n"


@pytest.fixture
def founded(tmp_path: Path) -> Program:
    program = Program(tmp_path / "home")
    program.ok("init", *FOUNDING)
    return program


def write(program: Program, name: str, content: str | bytes) -> str:
    file = program.home.parent / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(file)


def counts(answer: dict[str, Any]) -> tuple[int, ...]:
    found = tuple(answer[name] for name in ("created", "updated", "unchanged", "rejected"))
    assert sum(found) == answer["rows"]
    return found


@pytest.mark.req("H-15")
def test_records_come_in_from_files_and_a_second_run_changes_nothing(founded: Program) -> None:
    clients, patients = write(founded, "clients.csv", CLIENTS), write(founded, "patients.csv", PATIENTS)
    dry = json.loads(founded.ok("import", "clients", clients, "--dry-run", "--json"))
    assert (counts(dry), dry["dry_run"]) == ((2, 0, 0, 0), True)
    assert counts(json.loads(founded.ok("import", "clients", clients, "--json"))) == (2, 0, 0, 0)
    first = json.loads(founded.ok("import", "patients", patients, "--json"))
    assert counts(first) == (3, 0, 0, 1)
    reason = "There is no client with the account number “999”."
    assert first["errors"] == [{"row": 5, "reason": reason}]
    assert counts(json.loads(founded.ok("import", "patients", patients, "--json"))) == (0, 0, 3, 1)
    told = founded.ok("import", "patients", patients)
    assert "0 were created, 0 were updated, 3 unchanged, 1 rejected." in told
    assert f"Rejected: row 5: {reason}" in told


@pytest.mark.req("H-15")
def test_columns_are_named_and_one_client_may_own_all(founded: Program) -> None:
    founded.ok("import", "clients", write(founded, "clients.csv", CLIENTS))
    pets = write(founded, "pets.csv", "Rufname,Art\nMax,Hund\n,Katze\n")
    maps = ("--map", "name=Rufname", "--map", "species=Art")
    answer = json.loads(founded.ok("import", "patients", pets, "--client", "57", *maps, "--json"))
    assert counts(answer) == (2, 0, 0, 0)
    assert answer["mapping"] == {"name": "Rufname", "species": "Art"}
    assert "no column called “Name”" in founded.refused("import", "patients", pets, "--map", "name=Name")
    assert "--map takes FIELD=COLUMN" in founded.refused("import", "patients", pets, "--map", "name")
    assert "no client with the account number 1" in founded.refused(
        "import", "patients", pets, "--client", "1"
    )


@pytest.mark.req("H-15", "H-20")
def test_products_and_prices_of_a_site(founded: Program) -> None:
    products = write(founded, "products.csv", "SKU,Description,Price\nNAIL-M,Nail trim,30.00\n")
    assert counts(json.loads(founded.ok("import", "products", products, "--json"))) == (1, 0, 0, 0)
    prices = write(founded, "prices.csv", "code,price\nNAIL-M,28.00\nNOPE,1.00\nNAIL-M,-1\n")
    answer = json.loads(founded.ok("import", "prices", prices, "--site", "elm-north", "--json"))
    assert counts(answer) == (1, 0, 0, 2)
    assert "no site “mars”" in founded.refused("import", "prices", prices, "--site", "mars")


@pytest.mark.req("H-15")
def test_a_file_in_another_encoding_is_named(founded: Program) -> None:
    file = write(founded, "clients.csv", "account,surname\n57,Müller\n".encode("windows-1252"))
    said = founded.refused("import", "clients", file)
    assert "not encoded in UTF-8: line 2 holds the byte 0xfc" in said
    failed = founded.run("import", "clients", file, "--json")
    assert failed.returncode == 1
    assert "not encoded in UTF-8" in json.loads(failed.stdout)["error"]
    answer = json.loads(founded.ok("import", "clients", file, "--encoding", "windows-1252", "--json"))
    assert counts(answer) == (1, 0, 0, 0)
    assert "cannot be read" in founded.refused("import", "clients", "/nowhere.csv")
