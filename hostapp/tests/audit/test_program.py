"""H-5: `fetlock audit` verifies, exports, explains; `fetlock doctor` looks at the end of the chain."""

import csv
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from hostapp.tests.cli.program import FOUNDING, Program

FORGED = """INSERT INTO audit_entry (id, at, action, subject, reason, detail)
VALUES (99, '2026-01-01 00:00:00', 'a.b', '', '', '{}')"""


@pytest.fixture
def founded(tmp_path: Path) -> Program:
    program = Program(tmp_path / "home")
    program.ok("init", *FOUNDING)
    return program


def tamper(program: Program, *statements: str) -> None:
    """SQL in the file itself, without triggers."""
    with sqlite3.connect(program.home / "fetlock.sqlite3") as file:
        for table in ("audit_entry", "audit_link"):
            for verb in ("update", "delete"):
                file.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}")
        for statement in statements:
            file.execute(statement)
    file.close()


@pytest.mark.req("H-5")
def test_verify_says_that_the_chain_is_whole_and_where_it_ends(founded: Program) -> None:
    said = founded.ok("audit", "verify")
    assert "The chain is whole:" in said
    end = said.split()[-1]
    assert len(end.partition(":")[2]) == 64
    found = founded.json("audit", "verify", "--json", f"--expect={end}")
    assert found["ok"] is True
    assert f"{found['number']}:{found['hash']}" == end
    assert found["faults"] == []
    other = end.partition(":")[0] + ":" + "0" * 64
    wrong = founded.run("audit", "verify", f"--expect={other}")
    assert wrong.returncode == 1
    assert "is not what it was at an earlier verification" in wrong.stdout
    assert "--expect takes NUMBER:HASH" in founded.refused("audit", "verify", "--expect=5")


@pytest.mark.req("H-5")
@pytest.mark.parametrize(
    ("statements", "kind", "text"),
    [
        (("UPDATE audit_entry SET reason = 'x' WHERE id = 1",), "changed", "entry 1 was changed"),
        (("DELETE FROM audit_entry WHERE id = 1",), "removed", "entry 1 was removed"),
        ((FORGED,), "inserted", "Entry 99 was inserted"),
        (
            (
                "DELETE FROM audit_entry WHERE id = (SELECT max(entry_id) FROM audit_link)",
                "DELETE FROM audit_link WHERE number = (SELECT max(number) FROM audit_link)",
            ),
            "cut",
            "cut off at the end",
        ),
    ],
)
def test_verify_names_what_was_tampered_with(
    founded: Program, statements: tuple[str, ...], kind: str, text: str
) -> None:
    founded.ok("secrets", "rotate")  # records something more
    tamper(founded, *statements)
    done = founded.run("audit", "verify")
    assert done.returncode == 1
    assert "The chain is NOT whole: 1 fault" in done.stdout
    assert kind.upper() in done.stdout
    assert text in done.stdout
    answer = founded.run("audit", "verify", "--json")
    assert answer.returncode == 1
    (fault,) = json.loads(answer.stdout)["faults"]
    assert fault["kind"] == kind
    looked = founded.run("doctor", "--json")
    audit = {each["key"]: each for each in json.loads(looked.stdout)}["audit"]
    assert not audit["ok"]
    assert "fetlock audit verify" in audit["problem"]


@pytest.mark.req("H-5")
def test_the_head_outlives_a_change_of_keys(founded: Program) -> None:
    founded.ok("secrets", "rotate", "--drop-old")
    assert founded.json("audit", "verify", "--json")["ok"] is True
    key = founded.home / "secret.key"
    held = key.read_text()
    key.unlink()
    done = founded.run("audit", "verify")
    assert done.returncode == 1
    assert "a key that this installation does not have" in done.stdout
    key.write_text(held)
    assert founded.json("audit", "verify", "--json")["ok"] is True


@pytest.mark.req("H-5")
def test_a_doubted_head_is_explained_once(founded: Program) -> None:
    tamper(founded, "UPDATE audit_head SET length = length + 0, signature = 'forged'")
    founded.ok("secrets", "rotate")
    faults = json.loads(founded.run("audit", "verify", "--json").stdout)["faults"]
    assert [fault["kind"] for fault in faults] == ["head"]
    number = str(faults[0]["number"])
    assert "was not doubted at number 1" in founded.refused("audit", "accept", "1", "--reason=x")
    founded.ok("audit", "accept", number, "--reason=Restored from Tuesday’s backup")
    assert founded.json("audit", "verify", "--json")["ok"] is True


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.req("H-5")
@pytest.mark.parametrize(("name", "read"), [("log.csv", read_csv), ("log.jsonl", read_lines)])
def test_the_log_is_exported_and_the_export_recorded(
    founded: Program, tmp_path: Path, name: str, read: Callable[[Path], list[dict[str, str]]]
) -> None:
    said = founded.ok("audit", "export", str(tmp_path / name))
    rows = read(tmp_path / name)
    assert f"{len(rows)} entries were written" in said
    assert [row["action"] for row in rows][-1] == "audit.exported"
    assert [int(row["number"]) for row in rows] == list(range(1, len(rows) + 1))
    assert len(rows[0]["hash"]) == 64
    assert "ends in .csv or .jsonl" in founded.refused("audit", "export", str(tmp_path / "log.xml"))
