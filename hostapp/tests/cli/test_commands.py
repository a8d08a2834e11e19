"""The commands that look after an installation: each says what is wrong, and what to run."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from fetlock.database import Database
from fetlock_hostapp.simulators import free_port
from hostapp.tests.cli.program import Program

ROOT = Path(__file__).parents[3]


def test_without_an_installation_every_command_says_what_to_run(program: Program) -> None:
    for command in (["serve"], ["worker"], ["plugin", "list"], ["secrets", "rotate"]):
        assert "fetlock init" in program.refused(*command)
    assert "core: 0001" in program.ok("db", "upgrade")
    assert "up to date already" in program.ok("db", "upgrade")


@pytest.mark.req("OP-3")
def test_pending_migrations_keep_the_pages_shut(database_url: str, founded: Program) -> None:
    url = f"sqlite:///{founded.home / 'fetlock.sqlite3'}"
    database = Database(url)
    database.write(lambda s: s.execute(text("UPDATE alembic_version_core SET version_num = '9999'")))
    assert "newer than this version" in founded.refused("serve")
    database.write(lambda s: s.execute(text("DROP TABLE alembic_version_core")))
    database.dispose()
    founded.environment["FETLOCK_DATABASE_URL"] = database_url
    assert "fetlock init" in founded.refused("serve", "--port", str(free_port()))


@pytest.mark.req("PL-2")
def test_plugins_are_listed_and_switched_per_site(founded: Program) -> None:
    (plugin,) = [each for each in founded.json("plugin", "list", "--json") if each["state"] == "working"][:1]
    assert {"name", "version", "hook_api", "state", "reason", "sites"} <= plugin.keys()
    name = plugin["name"]
    assert plugin["sites"] == {"elm-north": "off"}
    assert "is on at elm-north now" in founded.ok("plugin", "enable", name, "--site", "elm-north")
    assert "already" in founded.ok("plugin", "enable", name, "--site", "elm-north")
    assert founded.json("plugin", "list", "--json")[0]["sites"] == {"elm-north": "on"}
    founded.ok("plugin", "disable", name, "--site", "elm-north", "--reason", "Trying it out")
    assert founded.json("plugin", "list", "--json")[0]["sites"] == {"elm-north": "off"}
    assert "Sites: elm-north" in founded.refused("plugin", "enable", name, "--site", "nowhere")
    assert "There is no plugin" in founded.refused("plugin", "enable", "nothing", "--site", "elm-north")


@pytest.mark.req("PL-6")
def test_a_purge_wants_an_export_and_a_yes(founded: Program, tmp_path: Path) -> None:
    name = founded.json("plugin", "list", "--json")[0]["name"]
    assert "Export the data" in founded.refused("plugin", "purge", name, "--yes")
    founded.ok("plugin", "export", name, str(tmp_path / "kept.zip"))
    with zipfile.ZipFile(tmp_path / "kept.zip") as archive:
        assert "dictionary.json" in archive.namelist()
    assert "Say --yes" in founded.refused("plugin", "purge", name)
    assert "was deleted" in founded.ok("plugin", "purge", name, "--yes")
    assert "up to date already" in founded.ok("db", "upgrade")


@pytest.mark.req("PL-3")
def test_rotation_keeps_the_secrets_readable(founded: Program) -> None:
    key_file = founded.home / "secret.key"
    before = key_file.read_text()
    founded.ok("secrets", "rotate")
    assert key_file.read_text().endswith(before)
    founded.ok("secrets", "rotate", "--drop-old")
    assert before not in key_file.read_text()
    assert len(key_file.read_text().splitlines()) == 1


def _doctor(program: Program) -> dict[str, str]:
    done = program.run("doctor", "--json")
    problems = {each["key"]: each["problem"] for each in json.loads(done.stdout) if not each["ok"]}
    assert done.returncode == (1 if problems else 0)
    return problems


@pytest.mark.req("OP-4")
def test_doctor_names_what_is_wrong(founded: Program) -> None:
    problems = _doctor(founded)
    assert set(problems) == {"worker"}
    assert "No worker has been heard of for 60 s" in problems["worker"]
    worker = founded.start("worker")
    try:
        assert "is running" in (worker.stdout.readline() if worker.stdout else "")
        deadline = 50
        while _doctor(founded) and deadline:
            deadline -= 1
        assert _doctor(founded) == {}
        worker.terminate()
        assert worker.wait(20) == 0
    finally:
        worker.kill()
        worker.communicate()
    (founded.home / "secret.key").unlink()
    assert "There is no key file" in _doctor(founded)["secrets"]
    founded.environment["FETLOCK_DATABASE_URL"] = "postgresql+psycopg://nobody@/none?host=/nonexistent"
    assert set(_doctor(founded)) == {"database"}


def test_settings_that_cannot_be_read_are_named(program: Program) -> None:
    program.environment["FETLOCK_POOL_SIZE"] = "many"
    assert "pool_size" in program.refused("doctor")


def test_a_simulator_runs_by_the_first_part_of_its_plugins_name(program: Program) -> None:
    port = free_port()
    process = program.start("sandbox", "careplans", "--port", str(port))
    try:
        assert process.stdout is not None
        assert f"http://127.0.0.1:{port}" in process.stdout.readline()
        assert httpx.get(f"http://127.0.0.1:{port}/").status_code == 200
        process.terminate()
        process.wait(20)
    finally:
        process.kill()
        process.communicate()
    assert "Installed:" in program.refused("sandbox", "nothing")


def test_the_program_is_on_the_path() -> None:
    program = Path(sys.executable).with_name("fetlock")
    done = subprocess.run(
        [program, "--help"], capture_output=True, text=True, env={**os.environ, "COLUMNS": "120"}
    )
    for command in ("init", "serve", "worker", "demo", "db", "plugin", "import", "sandbox", "doctor"):
        assert command in done.stdout
