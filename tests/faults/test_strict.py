"""PL-4: strict mode, as the program itself refuses: exit code 1, naming every faulty plugin."""

import pytest

from hostapp.tests.cli.program import FOUNDING, Program

MODULES = {
    "no_import": "import a_module_that_is_not_there",
    "too_new": """
from fetlock import Manifest, hookimpl
from fetlock.hooks import RegistrationHooks
class Plugin(RegistrationHooks):
    @hookimpl
    def manifest(self):
        return Manifest(name="too_new", label="Too new", version="1", hook_api=">=7")
plugin = Plugin()
""",
    "no_spec": """
from fetlock import Manifest, hookimpl
from fetlock.hooks import RegistrationHooks
class Plugin(RegistrationHooks):
    @hookimpl
    def manifest(self):
        return Manifest(name="no_spec", label="No spec", version="1", hook_api=">=0.1,<0.2")
    @hookimpl
    def patient_panel(self, context):
        return []
plugin = Plugin()
""",
    "no_guard": """
from litestar import get
from fetlock import Manifest, hookimpl
from fetlock.hooks import RegistrationHooks
from fetlock_hostapp.plugin import PageHooks, staff_router
class Plugin(RegistrationHooks):
    @hookimpl
    def manifest(self):
        return Manifest(
            name="no_guard", label="No guard", version="1", hook_api=">=0.1,<0.2", web="no_guard:pages"
        )
@get("/", sync_to_thread=True)
def open_to_all() -> str:
    return ""
class Pages(PageHooks):
    @hookimpl
    def routers(self):
        return [staff_router("no_guard", [open_to_all])]
plugin, pages = Plugin(), Pages()
""",
}
WORDS = {
    "no_import": "No module named 'a_module_that_is_not_there'",
    "too_new": "Needs plugin API >=7",
    "no_spec": "patient_panel",
    "no_guard": "names no permission",
}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """An installation with four faulty plugins beside it, found by their entry points as any others."""
    packages = tmp_path_factory.mktemp("packages")
    for name, source in MODULES.items():
        (packages / f"{name}.py").write_text(source, encoding="utf-8")
        about = packages / f"{name}-1.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        (about / "entry_points.txt").write_text(f"[fetlock.plugins]\n{name} = {name}:plugin\n")
    made = Program(tmp_path_factory.mktemp("home"), {"PYTHONPATH": str(packages)})
    made.ok("init", *FOUNDING, stdin="seven quiet otters\nseven quiet otters\n")
    return made


def strictly(program: Program) -> Program:
    return Program(program.home, program.environment | {"FETLOCK_STRICT_PLUGINS": "1"})


@pytest.mark.req("PL-4")
@pytest.mark.parametrize("command", [("serve", "--port", "1", "--workers", "2"), ("worker",)])
def test_strict_mode_does_not_start_and_names_every_faulty_plugin(
    program: Program, command: tuple[str, ...]
) -> None:
    refused = strictly(program).run(*command)
    assert refused.returncode == 1
    for name, words in WORDS.items():
        assert f"{name}: " in refused.stderr
        assert words in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.req("PL-4", "OP-4")
@pytest.mark.parametrize("strict", [False, True])
def test_doctor_tells_of_them_beside_all_else_with_exit_code_1(program: Program, strict: bool) -> None:
    done = (strictly(program) if strict else program).run("doctor")
    assert done.returncode == 1
    assert "Every installed plugin works: no." in done.stdout
    assert "ok       The database answers" in done.stdout
    for name in ("no_import", "too_new", "no_spec"):
        assert WORDS[name] in done.stdout, name
