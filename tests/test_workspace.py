"""The workspace is set up for all its members, and the house's few countable rules hold."""

import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
MEMBERS = [
    ROOT / "core",
    ROOT / "hostapp",
    *sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml")),
]


def _settings(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))


_WORKSPACE = _settings(ROOT)


def _package(member: Path) -> str:
    return next(path.parent.name for path in member.glob("src/*/__init__.py"))


def _project(member: Path) -> dict[str, Any]:
    settings: dict[str, dict[str, Any]] = _settings(member)
    return settings["project"]


@pytest.mark.parametrize("member", MEMBERS, ids=lambda path: path.name)
def test_each_member_is_checked_by_the_linters(member: Path) -> None:
    assert _package(member) in _WORKSPACE["tool"]["importlinter"]["root_packages"]
    source = f"$MYPY_CONFIG_FILE_DIR/{(member / 'src').relative_to(ROOT)}"
    assert source in _WORKSPACE["tool"]["mypy"]["mypy_path"].split(":")
    assert (member / "src" / _package(member) / "py.typed").exists()


@pytest.mark.parametrize("plugin", MEMBERS[2:], ids=lambda path: path.name)
def test_each_plugin_stands_in_every_contract_on_plugins(plugin: Path) -> None:
    package = _package(plugin)
    contracts = {each["id"]: each for each in _WORKSPACE["tool"]["importlinter"]["contracts"]}
    assert package in contracts["core-alone"]["forbidden_modules"]
    assert package in contracts["host-without-plugins"]["forbidden_modules"]
    assert package in contracts["plugins-use-public-names"]["source_modules"]
    assert package in contracts["plugin-pages-alone-see-the-host"]["source_modules"]
    assert package in contracts["plugins-apart"]["modules"]


@pytest.mark.parametrize("plugin", MEMBERS[2:], ids=lambda path: path.name)
def test_a_plugins_names_are_one_name(plugin: Path) -> None:
    assert _package(plugin) == f"fetlock_{plugin.name}"
    assert _project(plugin)["name"] == f"fetlock-{plugin.name}".replace("_", "-")
    assert list(_project(plugin)["entry-points"]["fetlock.plugins"]) == [plugin.name]


@pytest.mark.parametrize("name", ["runtime.txt", "dev.txt"])
def test_requirements_are_pinned_with_hashes_and_name_no_address(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    assert "://" not in text
    for requirement in re.split(r"\n(?=\S)", text.strip()):
        assert re.match(r"[a-z0-9-]+==\S+", requirement), requirement
        assert "--hash=sha256:" in requirement, requirement


def test_both_sets_of_requirements_agree() -> None:
    def versions(name: str) -> dict[str, str]:
        text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
        return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))

    runtime, dev = versions("runtime.txt"), versions("dev.txt")
    assert [name for name in runtime.keys() & dev.keys() if runtime[name] != dev[name]] == []


def test_commands_can_be_run() -> None:
    scripts = [ROOT / ".ci" / "run", *(ROOT / "scripts").iterdir()]
    assert [path.name for path in scripts if not os.access(path, os.X_OK)] == []
    for script in scripts:
        subprocess.run(["bash", "-n", script], check=True)


def test_no_source_file_passes_three_hundred_lines() -> None:
    """A file that long is asking to be two; a migration is written out by a program."""
    sources = [path for member in MEMBERS for path in member.glob("src/**/*.py")]
    sources = [path for path in sources if path.parent.name != "versions"]
    sizes = {str(path.relative_to(ROOT)): len(path.read_bytes().splitlines()) for path in sources}
    assert {name: size for name, size in sizes.items() if size > 300} == {}
