"""The rule by which a hook may ship: documented, proved here, used for real, and settled in time (PL-7)."""

import ast
import importlib
import inspect
import re
import textwrap
import tomllib
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from packaging.version import Version

from fetlock.hooks.markers import HookInfo
from fetlock.platform.registry import Registry, load_registry
from fetlock.platform.runtime import default_builtins
from fetlock_hostapp.web.kernel.plugin_pages import PageHooks, load_pages

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = ROOT / "docs" / "hooks"


@dataclass(frozen=True)
class Present:
    """Names of the hooks that have each thing."""

    documented: Collection[str]
    proved: Collection[str]
    used: Collection[str]


def faults(hooks: Iterable[HookInfo], present: Present, api: str) -> list[str]:
    """What keeps each hook from shipping with plugin API `api`, a sentence each."""
    found = []
    for hook in hooks:
        if hook.name not in present.documented:
            found.append(f"{hook.name} has no page docs/hooks/{hook.name}.md")
        if hook.name not in present.proved:
            found.append(f"{hook.name} has no test_{hook.name}_… in tests/hook_contracts")
        if hook.name not in present.used and not hook.provisional:
            found.append(f"{hook.name} is used by no plugin, and not provisional")
        if hook.provisional and minor_versions_between(hook.since, api) > 1:
            found.append(f"{hook.name} has been provisional since {hook.since}: settle it or drop it")
    return found


def minor_versions_between(since: str, api: str) -> int:
    """How many minor versions lie between; a new major version counts as many."""
    first, last = Version(since), Version(api)
    return last.minor - first.minor if first.major == last.major else 1000


def present_here(hooks: Collection[str]) -> Present:
    """What this repository has."""
    tests, real = tests_here(), real_plugins()
    return Present(
        documented={path.stem for path in PAGES.glob("*.md")},
        proved={hook for hook in hooks for test in tests if test.startswith(f"test_{hook}_")},
        used={hook for hook in hooks if any(True for _ in real.implementations(hook))},
    )


def tests_here() -> set[str]:
    """Names of the test functions of this folder."""
    found: set[str] = set()
    for path in Path(__file__).parent.glob("test_*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    return found


def real_plugins() -> Registry:
    """The host's own plugins and those under plugins/, with their pages; no test's."""
    registry = load_registry(
        builtins=default_builtins(), specs=(PageHooks,), installed=plugins_here(), strict=True
    )
    load_pages(registry)
    return registry


def plugins_here() -> dict[str, Callable[[], object]]:
    """Every plugin under plugins/ by its name, with its loader."""
    found: dict[str, Callable[[], object]] = {}
    for project in sorted(ROOT.glob("plugins/*/pyproject.toml")):
        settings = tomllib.loads(project.read_text(encoding="utf-8"))
        for name, target in settings["project"]["entry-points"]["fetlock.plugins"].items():
            module, _, attribute = target.partition(":")
            found[name] = partial(_load, module, attribute)
    return found


def code_blocks(page: str) -> list[str]:
    """The Python blocks of a page of docs/hooks, without the line break at their end."""
    text = (PAGES / f"{page}.md").read_text(encoding="utf-8")
    return [block.rstrip("\n") for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL)]


def source_of(thing: object) -> str:
    """The source of a function or method, moved to the left."""
    unwrapped = inspect.unwrap(thing) if callable(thing) else thing
    return textwrap.dedent(inspect.getsource(unwrapped)).rstrip("\n")  # type: ignore[arg-type]


def _load(module: str, attribute: str) -> object:
    loaded: object = getattr(importlib.import_module(module), attribute)
    return loaded
