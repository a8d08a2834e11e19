"""PL-7: every hook has its page, its proof here and a real user; what goes away is told to administrators."""

import inspect
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

import fetlock
from fetlock import HOOK_API, Manifest, contracts, hookimpl, hooks
from fetlock.domain.plugins.overview import overview
from fetlock.hooks import RegistrationHooks, spec
from fetlock.hooks.markers import HookInfo, HookKind
from fetlock.platform.registry import Registry
from fetlock_hostapp import plugin as web
from fetlock_hostapp.web.kernel.plugin_pages import PageHooks
from tests.dummy_plugin.plugin import plugin
from tests.dummy_plugin.web import pages
from tests.hook_contracts.hosting import hosting, installed
from tests.hook_contracts.shipping_rule import PAGES, Present, code_blocks, faults, present_here, source_of


def every_hook() -> dict[str, HookInfo]:
    registry = Registry()
    registry.add_specs(PageHooks)
    return registry.hooks


HOOKS = every_hook()


@pytest.mark.req("PL-7")
def test_every_hook_may_ship() -> None:
    assert faults(HOOKS.values(), present_here(HOOKS), HOOK_API) == []


@pytest.mark.req("PL-7")
@pytest.mark.parametrize(
    ("missing", "provisional", "since", "words"),
    [
        ("", False, "0.1", None),
        ("documented", False, "0.1", "has no page docs/hooks/weighed.md"),
        ("proved", False, "0.1", "has no test_weighed_… in"),
        ("used", False, "0.1", "is used by no plugin"),
        ("used", True, "0.2", None),
        ("used", True, "0.1", None),
        ("", True, "0.0", "has been provisional since 0.0"),
    ],
)
def test_the_rule_finds_what_is_missing(
    missing: str, provisional: bool, since: str, words: str | None
) -> None:
    names = {"documented", "proved", "used"} - {missing}
    present = Present(**{name: {"weighed"} if name in names else set() for name in Present.__annotations__})
    hook = HookInfo(
        name="weighed",
        kind=HookKind.NOTIFY,
        returns=None,
        many=False,
        since=since,
        provisional=provisional,
        deprecated="",
    )
    found = faults([hook], present, "0.2")
    assert len(found) == (0 if words is None else 1)
    assert all(words in sentence for sentence in found if words)


@pytest.mark.req("PL-7")
def test_the_dummy_implements_every_hook() -> None:
    here = {name for name in HOOKS if hasattr(getattr(type(plugin), name, None), "fetlock_impl")}
    of_pages = {name for name in HOOKS if hasattr(getattr(type(pages), name, None), "fetlock_impl")}
    assert here | of_pages == set(HOOKS)


@pytest.mark.req("PL-7")
@pytest.mark.parametrize("hook", sorted(HOOKS))
def test_the_example_of_each_page_is_the_dummys_own_code(hook: str) -> None:
    """A page's first block is the method; any further one is a function of the same module."""
    owner = plugin if hasattr(type(plugin), hook) else pages
    method = inspect.unwrap(getattr(type(owner), hook))
    example, *further = code_blocks(hook)
    assert example == source_of(method)
    module = sys.modules[method.__module__]
    functions = {source_of(thing) for _, thing in inspect.getmembers(module, inspect.isfunction)}
    assert [block for block in further if block not in functions] == []


@pytest.mark.req("PL-7")
@pytest.mark.parametrize("hook", sorted(HOOKS))
def test_each_page_is_short_and_says_all_that_it_has_to(hook: str) -> None:
    text = (PAGES / f"{hook}.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {hook}\n")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings == ["What you get", "What you answer", "When it is called", "When it fails", "Example"]
    prose = re.sub(r"```python.*?```", "", text, flags=re.DOTALL)
    assert 15 <= len(prose.splitlines()) <= 40
    assert ("provisional" in prose.lower()) is HOOKS[hook].provisional


@pytest.mark.req("PL-7")
def test_the_table_of_contents_lists_every_hook_as_it_is() -> None:
    text = (PAGES / "README.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| \[(\w+)\]\((\w+)\.md\) \| (\w+) \| (.+) \| ([\d.]+) \| (\w*) \|$", text, re.MULTILINE
    )
    assert {name for name, _, _, _, _, _ in rows} == set(HOOKS)
    assert len(rows) == len(HOOKS)
    for name, link, kind, _, since, provisional in rows:
        info = HOOKS[name]
        assert (link, kind, since) == (name, info.kind.value, info.since)
        assert provisional == ("yes" if info.provisional else "")
    assert {path.stem for path in PAGES.glob("*.md")} == {"README", *HOOKS}


@pytest.mark.req("PL-7")
@pytest.mark.parametrize("page", sorted({"README", *HOOKS}))
def test_pages_name_only_what_there_is(page: str) -> None:
    """Links lead somewhere, and every class that is named can be imported by a plugin."""
    text = (PAGES / f"{page}.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+\.md)", text)
    assert [link for link in links if not (PAGES / link).is_file()] == []
    prose = re.sub(r"```python.*?```", "", text, flags=re.DOTALL)
    named = set(re.findall(r"`([A-Z][a-z]\w+)`", prose))
    public = {name for module in (fetlock, contracts, hooks, web) for name in dir(module)}
    assert named - public - {"SecretStr"} == set()


class OldSpecs:
    """A spec that goes away."""

    @spec(HookKind.CONTRIBUTE, returns=str, many=True, deprecated="use patient_panels instead, from 0.2 on")
    def patient_footnotes(self, context: Any) -> Sequence[str]:
        """Footnotes on the patient's page."""
        raise NotImplementedError


class OldFashioned(RegistrationHooks, OldSpecs):
    """A plugin that uses it."""

    @hookimpl
    @override
    def manifest(self) -> Manifest:
        return Manifest(name="old_fashioned", label="Old fashioned", version="1.0", hook_api=f"=={HOOK_API}")

    @hookimpl
    @override
    def patient_footnotes(self, context: Any) -> Sequence[str]:
        return []


@pytest.mark.req("PL-7")
def test_deprecations_are_shown_to_administrators(sqlite_url: str, tmp_path: Path) -> None:
    words = "patient_footnotes is deprecated: use patient_panels instead, from 0.2 on"
    with hosting(sqlite_url, tmp_path, installed(OldFashioned(), plugin), specs=(OldSpecs,)) as host:
        assert host.runtime.registry.deprecations == {"old_fashioned": (words,)}
        with host.runtime.database.reading() as session:
            views = {view.name: view.deprecations for view in overview(session, host.runtime.registry)}
        assert views == {"old_fashioned": (words,), "dummy": ()}
        assert words in host.page("administration/plugins")
        listed = host.staff().get("/api/v1/s/north/plugins").json()
        assert [view["deprecations"] for view in listed if view["name"] == "old_fashioned"] == [[words]]
