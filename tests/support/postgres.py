"""A private, throw-away PostgreSQL server, started from Debian's packages.

It listens on a socket in a directory of its own and on no port, so it can't be mistaken for
another server of the machine, nor reached from outside. It dies with the process that
started it, even if that is killed.
"""

import contextlib
import ctypes
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

_SUPERUSER = "fetlock"
_START_SECONDS = 60.0
_STOP_SECONDS = 30.0
_PR_SET_PDEATHSIG = 1

# Durability costs time and is nothing to a server that is thrown away.
_CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgresUnavailable(RuntimeError):
    """The server's programs are missing, or it didn't start; the message says which and why."""


@dataclass(frozen=True)
class PostgresServer:
    """A running private server."""

    socket_directory: Path

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of one of its databases."""
        return f"postgresql+psycopg://{_SUPERUSER}@/{database}?host={self.socket_directory}"

    def create_database(self, template: str | None = None) -> str:
        """Make a database and return its SQLAlchemy URL.

        It is empty, or a copy of the database whose URL is `template`: migrate one and copy it
        where many tests need the same tables. Nobody may be connected to the template.
        """
        name = f"test_{uuid.uuid4().hex}"
        source = "template0" if template is None else database_name(template)
        self._run(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(source))
        )
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Drop a database of this server, ending its connections."""
        self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database_name(url))))

    def setting(self, name: str) -> str:
        """A setting of the running server, as SHOW prints it."""
        with self._connect() as connection:
            row = connection.execute(sql.SQL("SHOW {}").format(sql.Identifier(name))).fetchone()
        assert row is not None
        return str(row[0])

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.socket_directory), user=_SUPERUSER, dbname="postgres", autocommit=True
        )

    def _run(self, statement: sql.Composed) -> None:
        with self._connect() as connection:
            connection.execute(statement)


def database_name(url: str) -> str:
    """The name of the database in a URL made by `PostgresServer.url`."""
    return url.partition("@/")[2].partition("?")[0]


@contextlib.contextmanager
def private_postgres(*, durable: bool = False) -> Iterator[PostgresServer]:
    """Start a server, yield it, stop it and delete its files.

    Args:
        durable: keep PostgreSQL's own settings for safety on disk, as benchmarks must.

    Raises:
        PostgresUnavailable: with the server's log, where it wrote one.
    """
    programs = _program_directory()
    # Not pytest's own temporary folder: that is closed to other users, and its long name
    # doesn't fit into the 107 bytes of a socket's path.
    home = Path(tempfile.mkdtemp(prefix="fetlock-pg-"))
    try:
        account = _server_account()
        if account is not None:
            os.chown(home, account.pw_uid, account.pw_gid)
        data = home / "data"
        _initialise(programs, data, account)
        with _running(programs, home, data, account, {} if durable else _CARELESS) as server:
            yield server
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _program_directory() -> Path:
    """Where the newest installed PostgreSQL keeps initdb and postgres."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise PostgresUnavailable("No PostgreSQL server is installed: run make machine-setup")
    return found[-1].parent


def _server_account() -> pwd.struct_passwd | None:
    """The account to run the server as, or None for our own: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    return pwd.getpwnam("postgres")


def _spawn(
    command: list[str | Path], account: pwd.struct_passwd | None, home: Path, log: Path
) -> subprocess.Popen[bytes]:
    """Start a program as `account`, its output going to `log`, bound to our own life."""
    libc = ctypes.CDLL(None)

    def end_with_parent() -> None:
        # Runs after the change of user, which would reset it. SIGINT is a fast shutdown.
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGINT)

    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            user=None if account is None else account.pw_uid,
            group=None if account is None else account.pw_gid,
            extra_groups=None if account is None else [],
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=end_with_parent,  # noqa: PLW1509 - nothing but one system call
            start_new_session=True,  # Ctrl-C at the terminal is for pytest, which stops us in order
        )


def _initialise(programs: Path, data: Path, account: pwd.struct_passwd | None) -> None:
    log = data.parent / "initdb.log"
    command: list[str | Path] = [programs / "initdb", "--pgdata", data, "--username", _SUPERUSER, "--no-sync"]
    # Letters beyond ASCII must compare and change case as in a real installation.
    command += ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
    if _spawn(command, account, data.parent, log).wait(_START_SECONDS) != 0:
        raise PostgresUnavailable(f"initdb failed:\n{log.read_text(errors='replace')}")


@contextlib.contextmanager
def _running(
    programs: Path, home: Path, data: Path, account: pwd.struct_passwd | None, settings: dict[str, str]
) -> Iterator[PostgresServer]:
    log = home / "server.log"
    command: list[str | Path] = [programs / "postgres", "-D", data, "-k", home, "-c", "listen_addresses="]
    for name, value in {"max_connections": "200", **settings}.items():
        command += ["-c", f"{name}={value}"]
    process = _spawn(command, account, home, log)
    try:
        server = PostgresServer(home)
        _await_start(server, process, log)
        answered_by = Path(server.setting("data_directory"))
        if answered_by != data:
            raise PostgresUnavailable(f"another server answered, with its data in {answered_by}")
        yield server
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGQUIT)
            process.wait(_STOP_SECONDS)


def _await_start(server: PostgresServer, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            server.setting("server_version")
        except psycopg.OperationalError as problem:
            if process.poll() is not None or time.monotonic() > deadline:
                written = re.sub(r"\n+", "\n", log.read_text(errors="replace"))
                raise PostgresUnavailable(f"PostgreSQL didn't start: {problem}\n{written}") from problem
            time.sleep(0.05)
        else:
            return
