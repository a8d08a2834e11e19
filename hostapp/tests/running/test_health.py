"""OP-4: what is wrong is named by `fetlock doctor`, which ends non-zero, and makes the pages unready."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from fetlock import clock
from fetlock.database import Database
from fetlock.domain.plugins.models import PluginSetting
from fetlock.outbox import heartbeat
from fetlock.outbox.models import WorkerHeartbeat
from fetlock.platform.secrets import Secrets
from fetlock_hostapp.simulators import free_port
from hostapp.tests.cli.program import FOUNDING, Program
from hostapp.tests.cli.serving import serving
from tests.support.postgres import private_postgres

pytestmark = [pytest.mark.serial, pytest.mark.postgres]


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path / "home")


@pytest.fixture
def url(program: Program) -> Iterator[str]:
    """A founded installation on a server of its own, which a test may stop."""
    with private_postgres() as server:
        made = server.create_database()
        program.environment["FETLOCK_DATABASE_URL"] = made
        program.ok("init", *FOUNDING)
        yield made


def _examined(program: Program) -> dict[str, str]:
    """What doctor names, and that its exit code says so."""
    done = program.run("doctor", "--json")
    found: list[dict[str, Any]] = json.loads(done.stdout)
    problems = {each["key"]: each["problem"] for each in found if not each["ok"]}
    assert done.returncode == (1 if problems else 0), done.stderr
    return problems


def _ready(address: str) -> tuple[int, list[str]]:
    answer = httpx.get(f"{address}/health/ready", timeout=20)
    assert httpx.get(f"{address}/health/live", timeout=20).status_code == 200
    return answer.status_code, answer.json().get("missing", [])


def _keep_a_secret(database: Database, key: str) -> None:
    sealed = Secrets(lambda: [key]).seal({"password": "x"})
    row = PluginSetting(plugin="email", values={}, secrets=sealed, updated_at=clock.now())
    database.write(lambda session: session.add(row))


def _beat(database: Database, ago: float) -> None:
    def beat(session: Any) -> None:
        session.execute(text("DELETE FROM worker_heartbeat"))
        session.add(WorkerHeartbeat(worker="one", at=clock.now() - timedelta(seconds=ago)))

    database.write(beat)


@pytest.mark.req("OP-4")
def test_each_trouble_is_named_by_doctor_and_makes_the_pages_unready(program: Program, url: str) -> None:
    database = Database(url, pool_size=1)
    key_file = program.home / "secret.key"
    key = key_file.read_text()
    _keep_a_secret(database, key.split()[0])
    version = database.write(
        lambda session: session.execute(text("SELECT version_num FROM alembic_version_core")).scalar_one()
    )

    def migrate_to(number: str) -> None:
        database.write(
            lambda session: session.execute(
                text("UPDATE alembic_version_core SET version_num = :number"), {"number": number}
            )
        )

    troubles: dict[str, tuple[str, Callable[[], object], Callable[[], object], str]] = {
        "worker": (
            "No worker has been heard of for 60 s",
            lambda: _beat(database, 61),
            lambda: _beat(database, 0),
            "worker",
        ),
        "an older schema": (
            "Run: fetlock db upgrade",
            lambda: migrate_to("0001"),
            lambda: migrate_to(version),
            "migrations",
        ),
        "a newer schema": (
            "Install the newer version",
            lambda: migrate_to("9999"),
            lambda: migrate_to(version),
            "migrations",
        ),
        "a key of something else": (
            "Those of email can't be read",
            lambda: key_file.write_text(Fernet.generate_key().decode()),
            lambda: key_file.write_text(key),
            "secrets",
        ),
        "no key": ("There is no key file", key_file.unlink, lambda: key_file.write_text(key), "secrets"),
    }
    with serving(program, free_port()) as address:
        for name, (words, break_it, mend_it, named) in troubles.items():
            _beat(database, 0)
            assert _ready(address) == (200, []), name
            break_it()
            problems = _examined(program)
            assert set(problems) - {"audit"} == {named}, name  # the audit log is signed with the key too
            assert words in problems[named], name
            assert _ready(address) == (503, [named]), name
            mend_it()
        _beat(database, 0)
        assert _examined(program) == {}
    database.dispose()


@pytest.mark.req("OP-4")
def test_a_database_that_is_down_is_named_and_the_process_lives_on(program: Program) -> None:
    with private_postgres() as server:
        program.environment["FETLOCK_DATABASE_URL"] = server.create_database()
        program.ok("init", *FOUNDING)
        web = program.start("serve", "--port", str(port := free_port()))
        address = f"http://127.0.0.1:{port}"
        try:
            _await_live(address)
            assert _ready(address) == (503, ["worker"])
            assert httpx.get(f"{address}/health/ready?ignore=worker", timeout=20).status_code == 200
        except BaseException:
            web.kill()
            raise
    try:
        assert _ready(address) == (503, ["database"])
        page = httpx.get(f"{address}/api/v1/me", cookies={"fetlock_sign_in": "x"}, timeout=20)
        assert page.status_code in (401, 503)
        assert set(_examined(program)) == {"database"}
        assert server.socket_directory.name not in httpx.get(f"{address}/health/ready").text
        web.terminate()
        assert web.wait(20) in (0, -15)
    finally:
        web.kill()
        web.communicate()


def _await_live(address: str) -> None:
    for _ in range(600):
        try:
            httpx.get(f"{address}/health/live")
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("it does not start")


@pytest.mark.req("OP-4")
def test_a_sign_of_life_counts_for_a_minute(database_url: str) -> None:
    database = Database(database_url, pool_size=1)
    WorkerHeartbeat.__table__.create(database.engine)  # type: ignore[attr-defined]
    for ago, alive in ((0, True), (59, True), (61, False)):
        _beat(database, ago)
        with database.reading() as session:
            assert heartbeat.alive(session) is alive
    database.dispose()
