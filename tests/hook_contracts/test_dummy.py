"""The dummy is a plugin like any other: public names only, its own tables only, and a complete history."""

import ast
from pathlib import Path

import pytest

from fetlock.database.tables import tables_of
from fetlock.hooks import HookKind
from fetlock.platform import migrations, revisions
from tests.dummy_plugin.counting import names
from tests.dummy_plugin.naming import NAME
from tests.dummy_plugin.plugin import plugin
from tests.hook_contracts.clinic_day import spend_a_day
from tests.hook_contracts.club_service import ClubService
from tests.hook_contracts.hosting import SECRET, hosting, installed

FOLDER = Path(__file__).parents[1] / "dummy_plugin"
PUBLIC = {
    "fetlock",
    "fetlock.contracts",
    "fetlock.hooks",
    "fetlock.services",
    "fetlock.tables",
}
PAGES_MAY = {"fetlock_hostapp.plugin"}


def modules_imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    return found | {
        name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    }


@pytest.mark.req("PL-7", "PL-10")
@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_it_is_written_with_public_names_alone(path: Path) -> None:
    ours = {name for name in modules_imported(path) if name.split(".")[0] in ("fetlock", "fetlock_hostapp")}
    assert ours <= (PUBLIC | PAGES_MAY if path.name == "web.py" else PUBLIC)


@pytest.mark.req("PL-6", "PL-7", "OP-3")
def test_its_history_and_every_hook_work_on_both_databases(
    database_url: str, tmp_path: Path, club: ClubService
) -> None:
    with hosting(database_url, tmp_path / "home", installed(plugin), strict=True) as host:
        runtime = host.runtime
        [component] = [each for each in migrations.components(runtime.registry) if each.name == NAME]
        with runtime.database.engine.connect() as connection:
            assert revisions.differences(connection, component, tables_of(NAME)) == []
            connection.rollback()
        host.settings(address=club.address, api_secret=SECRET)
        host.switch("on")
        club.bags = 20
        host.join("57A")
        spend_a_day(host)
        called = set(names())
        hooks = runtime.registry.hooks.items()
        assert {name for name, info in hooks if info.kind is not HookKind.REGISTER} <= called


def test_it_keeps_each_of_its_files_short() -> None:
    assert {path.name for path in FOLDER.glob("*.py") if len(path.read_bytes().splitlines()) > 200} == set()
