"""PL-4: a broken plugin costs only itself: the host is up and says why; strict mode refuses and names all."""

from pathlib import Path

import pytest

from fetlock import Blocked
from fetlock.platform.installation import Installation
from fetlock.platform.registry import PluginsRefused
from fetlock.platform.runtime import Runtime
from fetlock_hostapp.app import create_app
from fetlock_hostapp.web.kernel.plugin_pages import PageHooks, load_pages
from tests.dummy_plugin.naming import NAME
from tests.dummy_plugin.plugin import plugin
from tests.hook_contracts.broken_plugins import BROKEN, UNGUARDED, Named
from tests.hook_contracts.hosting import hosting, installed

ALL = {name: load for name, (load, _) in BROKEN.items()} | {UNGUARDED[0]: UNGUARDED[1]}
WORDS = {name: words for name, (_, words) in BROKEN.items()} | {UNGUARDED[0]: UNGUARDED[2]}


@pytest.mark.req("PL-4")
def test_broken_plugins_are_quarantined_with_their_reasons_and_the_host_is_up(
    sqlite_url: str, tmp_path: Path
) -> None:
    sound = installed(plugin, Named())
    with hosting(sqlite_url, tmp_path / "home", {**ALL, **sound}) as host:
        registry = host.runtime.registry
        assert {name for name, found in registry.plugins.items() if not found.builtin} == {NAME, "sound"}
        reasons = {name: found.reason for name, found in registry.quarantined.items()}
        assert {name: words for name, words in WORDS.items() if words not in reasons.get(name, "")} == {}
        assert set(reasons) == set(ALL)
        for hook in registry.hooks:
            assert {owner.name for owner, _ in registry.implementations(hook)} & set(ALL) == set(), hook

        assert host.web.visitor().get("/sign-in").status_code == 200
        assert host.web.visitor().get("/s/north/unguarded").status_code in (303, 404)
        page = host.page("administration/plugins")
        assert page.count("In quarantine") >= len(ALL)
        for name, words in WORDS.items():
            assert words.replace("'", "&#39;").replace(">", "&gt;").replace("<", "&lt;") in page, name
        listed = host.staff().get("/api/v1/s/north/plugins").json()
        assert {view["name"] for view in listed if view["state"] == "quarantined"} == set(ALL)

        host.switch("on")
        with pytest.raises(Blocked, match="At most 10 bags"):
            host.add("FOOD", quantity=11)
        assert host.staff().get("/s/north/club").status_code == 200


@pytest.mark.req("PL-4")
def test_strict_mode_refuses_and_names_all(tmp_path: Path) -> None:
    strict = Installation(home=tmp_path, strict_plugins=True)
    with pytest.raises(PluginsRefused) as refused:
        Runtime.start(strict, specs=(PageHooks,), parts=load_pages, installed=ALL)
    found_at_start = set(ALL) - {"unguarded"}
    assert {name for name in found_at_start if f"{name}: " not in str(refused.value)} == set()


@pytest.mark.req("PL-4")
def test_strict_mode_refuses_pages_that_cannot_be_served(tmp_path: Path) -> None:
    name, load, words = UNGUARDED
    runtime = Runtime.start(
        Installation(home=tmp_path, strict_plugins=True, pool_size=2),
        specs=(PageHooks,),
        parts=load_pages,
        installed={name: load},
    )
    with pytest.raises(PluginsRefused, match=words):
        create_app(runtime)
    runtime.close()


@pytest.mark.req("PL-4")
@pytest.mark.parametrize("name", sorted(BROKEN))
def test_each_broken_plugin_alone_leaves_nothing_behind(tmp_path: Path, name: str) -> None:
    """One bad plugin must not hide behind another: each is found by itself."""
    load, words = BROKEN[name]
    runtime = Runtime.start(
        Installation(home=tmp_path, pool_size=2), specs=(PageHooks,), parts=load_pages, installed={name: load}
    )
    assert [found.name for found in runtime.registry.quarantined.values()] == [name]
    assert words in runtime.registry.quarantined[name].reason
    assert all(found.builtin for found in runtime.registry.plugins.values())
    runtime.close()
