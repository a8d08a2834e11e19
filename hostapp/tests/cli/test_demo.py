"""`fetlock demo`: the whole household starts, is ready, and ends as one (OP-1)."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from fetlock.database import Database
from fetlock.domain.plugins.models import PluginSetting
from fetlock_hostapp.simulators import free_port
from hostapp.tests.cli.program import Program

pytestmark = pytest.mark.serial


@contextmanager
def _demo(program: Program, port: int) -> Iterator["subprocess.Popen[str]"]:
    program.environment["PORT"] = str(port)
    process = program.start("demo")
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(30)
        if process.stdout and process.stderr:
            process.stdout.close()
            process.stderr.close()


def _lines_until_ready(process: "subprocess.Popen[str]", port: int) -> list[str]:
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        if lines[-1] == f"Fetlock is ready at http://127.0.0.1:{port}":
            return lines
    pytest.fail(f"it ended: {lines} {process.stderr.read() if process.stderr else ''}")


def _children(process: "subprocess.Popen[str]") -> list[int]:
    found = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [int(each) for each in found]


def _gone(pids: list[int], seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while any(Path(f"/proc/{pid}").exists() and not _is_zombie(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _is_zombie(pid: int) -> bool:
    try:
        return " Z " in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return True


@pytest.mark.req("OP-1")
def test_it_starts_is_ready_and_ends_with_all_its_processes(program: Program) -> None:
    port = free_port()
    with _demo(program, port) as process:
        _lines_until_ready(process, port)
        children = _children(process)
        assert len(children) >= 3, "pages, worker, and at least one simulator"
        address = f"http://127.0.0.1:{port}"
        assert httpx.get(f"{address}/health/live").status_code == 200
        assert httpx.get(f"{address}/sign-in").status_code == 200
        database = Database(f"sqlite:///{program.home / 'fetlock.sqlite3'}")
        with database.reading() as session:
            values = session.scalars(select(PluginSetting.values)).all()
        database.dispose()
        simulators = {value["base_url"] for value in values if "base_url" in value}
        assert simulators
        assert all(httpx.get(f"{each}/").status_code == 200 for each in simulators)
        assert "worker" not in {each["key"] for each in _examined(program) if not each["ok"]}, (
            "the worker gives signs of life"
        )

        os.kill(process.pid, signal.SIGTERM)
        os.kill(process.pid, signal.SIGINT)
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(20) == 0
        assert _gone(children)
        assert free_port(port) == port

    begun = time.monotonic()
    with _demo(program, port) as again:
        lines = _lines_until_ready(again, port)
        assert time.monotonic() - begun < 30
        assert not any("Making the demo clinic" in line for line in lines)


def _examined(program: Program) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(program.run("doctor", "--json").stdout)
    return found


@pytest.mark.req("OP-1")
def test_what_goes_wrong_ends_it_all_and_is_said(program: Program) -> None:
    port = free_port()
    with _demo(program, port) as process:
        _lines_until_ready(process, port)
        children = _children(process)
        assert f"Port {port} is taken" in program.refused("demo")
        os.kill(children[-1], signal.SIGKILL)
        assert process.wait(20) == 1
        assert _gone(children)
        assert process.stderr is not None
        assert "ended. Its output is in" in process.stderr.read()


@pytest.mark.req("OP-1")
def test_nothing_is_left_when_it_is_killed(program: Program) -> None:
    port = free_port()
    with _demo(program, port) as process:
        _lines_until_ready(process, port)
        children = _children(process)
        process.kill()
        process.wait()
        assert _gone(children)
