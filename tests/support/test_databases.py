"""The private PostgreSQL server and the database fixtures."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.support.postgres import PostgresServer, database_name

_ROOT = Path(__file__).parents[2]


def test_the_server_is_ours_and_listens_on_no_port(postgres_server: PostgresServer) -> None:
    assert postgres_server.setting("listen_addresses") == ""
    assert Path(postgres_server.setting("data_directory")).parent == postgres_server.socket_directory
    assert postgres_server.setting("fsync") == "off"


def test_a_fresh_database_is_empty_and_speaks_unicode(database_url: str) -> None:
    engine = sa.create_engine(database_url)
    with engine.begin() as connection:
        assert sa.inspect(connection).get_table_names() == []
        connection.execute(sa.text("CREATE TABLE pet (name TEXT)"))
        connection.execute(sa.text("INSERT INTO pet VALUES ('Žofie 🐕')"))
        assert connection.execute(sa.text("SELECT name FROM pet")).scalar_one() == "Žofie 🐕"
    engine.dispose()


def test_databases_are_apart_unless_copied(postgres_server: PostgresServer, postgres_url: str) -> None:
    engine = sa.create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE pet (name TEXT)"))
    engine.dispose()
    other = postgres_server.create_database()
    copy = postgres_server.create_database(template=postgres_url)
    try:
        for url, tables in ((other, []), (copy, ["pet"])):
            engine = sa.create_engine(url)
            assert sa.inspect(engine).get_table_names() == tables
            engine.dispose()
    finally:
        postgres_server.drop_database(other)
        postgres_server.drop_database(copy)


def test_dropping_ends_open_connections(postgres_server: PostgresServer) -> None:
    url = postgres_server.create_database()
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        connection.execute(sa.text("SELECT 1"))
        postgres_server.drop_database(url)
        with pytest.raises(sa.exc.OperationalError):
            connection.execute(sa.text("SELECT 1"))
        connection.invalidate()
    engine.dispose()
    assert database_name(url).startswith("test_")


@pytest.mark.postgres
@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM])
def test_the_server_ends_with_the_process_that_started_it(ending: signal.Signals) -> None:
    script = textwrap.dedent("""
        import pathlib, time
        from tests.support.postgres import private_postgres
        with private_postgres() as server:
            pid = (server.socket_directory / "data" / "postmaster.pid").read_text().splitlines()[0]
            print(pid, server.socket_directory, flush=True)
            time.sleep(60)
    """)
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=_ROOT, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        pid, directory = owner.stdout.readline().split()
        owner.send_signal(ending)
    deadline = time.monotonic() + 20
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    ended = not Path(f"/proc/{pid}").exists()
    if not ended:
        os.kill(int(pid), signal.SIGQUIT)
    subprocess.run(["rm", "-rf", directory], check=True)
    assert ended
