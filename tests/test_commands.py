"""The commands of the README: what they do, that they do it again without the network, and for whom."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FETCHERS = ("apt-get", "curl", "wget", "git", "npm")


@pytest.fixture
def without_network(tmp_path: Path) -> dict[str, str]:
    """An environment in which whatever fetches something fails loudly, pip included."""
    fetchers = tmp_path / "fetchers"
    fetchers.mkdir()
    for name in FETCHERS:
        script = fetchers / name
        script.write_text(f"#!/bin/sh\necho {name} was called >&2\nexit 99\n", encoding="utf-8")
        script.chmod(0o755)
    unreachable = "http://127.0.0.1:9"
    return os.environ | {
        "PATH": f"{fetchers}:{os.environ['PATH']}",
        "PIP_INDEX_URL": unreachable,
        "PIP_RETRIES": "0",
        "http_proxy": unreachable,
        "https_proxy": unreachable,
    }


@pytest.mark.req("OP-2")
def test_a_second_set_up_needs_no_network(without_network: dict[str, str]) -> None:
    done = subprocess.run(
        ["make", "--no-print-directory", "install", "machine-setup"],
        cwd=ROOT,
        env=without_network,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "was called" not in done.stderr
    assert done.stdout.strip() == ""


@pytest.mark.req("OP-2")
def test_make_test_does_all_of_it_and_ci_calls_nothing_else() -> None:
    steps = subprocess.run(
        ["make", "--no-print-directory", "--dry-run", "test"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    wanted = ("scripts/install dev", "scripts/machine-setup", "ruff check", "mypy", "lint-imports")
    places = [steps.find(step) for step in (*wanted, '-m "not serial"', "-m serial")]
    assert -1 not in places
    assert places == sorted(places)
    assert (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()[-1] == "exec make test"


@pytest.mark.req("OP-2")
def test_a_missing_package_is_asked_for_in_plain_words(tmp_path: Path) -> None:
    """Without root and without sudo the script says what to run, and installs nothing."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, body in (("id", "echo 1000"), ("sudo", "exit 1")):
        (tools / name).write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        (tools / name).chmod(0o755)
    done = subprocess.run(
        ["scripts/apt-install", "the tests", "a-package-of-nobody"],
        cwd=ROOT,
        env=os.environ | {"PATH": f"{tools}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode != 0
    assert "a-package-of-nobody" in done.stderr + done.stdout
    assert "apt" in done.stderr + done.stdout
