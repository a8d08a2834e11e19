"""PL-4, PL-5: faults in what a plugin is asked at start quarantine it, and the host is up without it."""

from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from fetlock import hookimpl
from fetlock.hooks.markers import HookInfo, HookKind
from fetlock.platform import secrets
from fetlock.platform.installation import Installation
from fetlock.platform.registry import PluginsRefused
from fetlock.platform.runtime import Runtime
from fetlock_hostapp.app import create_app
from fetlock_hostapp.web.kernel.plugin_pages import PageHooks, load_pages
from tests.dummy_plugin.counting import instead
from tests.dummy_plugin.naming import NAME
from tests.dummy_plugin.plugin import plugin
from tests.dummy_plugin.web import Pages, pages
from tests.faults.faults import doing
from tests.faults.matrix import Fault, Outcome, outcome_of
from tests.faults.test_matrix import HOOKS
from tests.hook_contracts.broken_plugins import Misspelt, Named, cannot_import
from tests.hook_contracts.hosting import Installed, installed

CELLS = [
    pytest.param(hook, fault, id=f"{hook.name}-{fault.name.lower()}")
    for hook in HOOKS.values()
    for fault in Fault
    if hook.kind is HookKind.REGISTER and outcome_of(hook, fault) is not Outcome.IMPOSSIBLE
]


class FaultyPages(Pages):
    """The dummy's pages, with a fault where they are asked for their routes."""

    @hookimpl
    @override
    def routers(self) -> Any:
        real = super().routers
        return instead["routers"](real, None) if "routers" in instead else real()


def start(home: Path, named: Installed | None = None, *, strict: bool = False) -> Runtime:
    installation = Installation(home=home, pool_size=2, strict_plugins=strict)
    secrets.ensure_key(installation)
    return Runtime.start(
        installation, specs=(PageHooks,), parts=load_pages, installed=named or installed(plugin)
    )


@pytest.mark.req("PL-5", "PL-4")
@pytest.mark.parametrize(("hook", "fault"), CELLS)
def test_each_fault_at_start_costs_what_the_matrix_says(
    tmp_path: Path,
    hook: HookInfo,
    fault: Fault,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    named = installed(plugin)
    monkeypatch.setattr("tests.dummy_plugin.web.pages", FaultyPages())
    instead[hook.name] = doing(hook, fault)
    runtime = start(tmp_path, named)
    if hook.name == "routers":
        create_app(runtime)
    instead.clear()
    found = runtime.registry.quarantined
    runtime.close()
    if outcome_of(hook, fault) is Outcome.NOTHING:
        assert found == {}
        return
    assert list(found) == [NAME]
    assert NAME not in runtime.registry.plugins
    assert found[NAME].reason
    assert "plugin dummy failed in start at no site" in caplog.text


@pytest.mark.req("PL-5", "PL-4")
@pytest.mark.parametrize("hook", ["navigation", "patient_tabs", "permissions", "jobs", "topics"])
def test_a_plugin_that_fails_when_it_is_asked_again_is_quarantined_then(tmp_path: Path, hook: str) -> None:
    runtime = start(tmp_path)
    runtime.registry._registered.clear()
    instead[hook] = doing(HOOKS[hook], Fault.RAISES)
    create_app(runtime)
    runtime.registry.registered(hook)
    assert list(runtime.registry.quarantined) == [NAME]
    runtime.close()


def ends_at_import() -> object:
    """As a module that ends the program when it is imported."""
    raise SystemExit(3)


@pytest.mark.req("PL-4")
def test_strict_mode_names_all_three_of_import_range_and_spec(tmp_path: Path) -> None:
    faulty = {
        "cannot_import": cannot_import,
        "newer": lambda: Named("newer", hook_api=">=7,<8"),
        "misspelt": lambda: Misspelt("misspelt"),
        "ends_at_import": ends_at_import,
    }
    runtime = start(tmp_path, faulty)
    assert set(runtime.registry.quarantined) == set(faulty)
    create_app(runtime)
    runtime.close()
    with pytest.raises(PluginsRefused) as refused:
        start(tmp_path, faulty, strict=True)
    for name, words in {
        "cannot_import": "No module named 'phonegate'",
        "newer": "Needs plugin API >=7,<8",
        "misspelt": "patient_panel",
        "ends_at_import": "SystemExit",
    }.items():
        assert f"{name}: " in str(refused.value)
        assert words in str(refused.value)


def test_the_dummys_own_pages_are_sound() -> None:
    assert len(pages.routers()) == len(FaultyPages().routers())
