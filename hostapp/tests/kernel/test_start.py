"""PL-4, H-3: what is wrong with routes is found at start: the host's stop it, a plugin's cost the plugin."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar, Router, get

from fetlock.platform.installation import Installation
from fetlock.platform.runtime import Runtime
from fetlock_hostapp.app import create_app
from fetlock_hostapp.plugin import EVERYONE, PageHooks, staff_router
from fetlock_hostapp.web.kernel.access import Unguarded, access_of, routes_of
from fetlock_hostapp.web.kernel.plugin_pages import load_pages
from fetlock_hostapp.web.kernel.rendering import template_folders
from hostapp.tests.kernel.faulty_pages import Faulty, FaultyPages


def handler(**options: Any) -> Any:
    @get("/somewhere", **({"sync_to_thread": True} | options))
    def somewhere() -> str:
        return ""

    return somewhere


def start(tmp_path: Path, plugin: Faulty) -> tuple[Runtime, Litestar]:
    runtime = Runtime.start(
        Installation(home=tmp_path, pool_size=2),
        specs=(PageHooks,),
        parts=load_pages,
        installed={plugin.name: lambda: plugin},
    )
    return runtime, create_app(runtime)


@pytest.mark.req("H-3")
@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "names no permission"),
        ({"permission": "patients.veiw"}, "nobody declares"),
        ({"public": True, "permission": EVERYONE}, "is public and names"),
        ({"permission": EVERYONE, "sync_to_thread": False}, "hold up everybody"),
    ],
)
def test_a_handler_that_does_not_say_who_may_call_it_stops_the_start(
    options: dict[str, Any], says: str
) -> None:
    app = Litestar([handler(**options)], openapi_config=None, logging_config=None)
    (route,) = routes_of(app)
    with pytest.raises(Unguarded, match=says):
        access_of(route.handler, frozenset({"patients.view"}), at_site=True)


@pytest.mark.req("PL-4", "H-3")
@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: [staff_router("faulty", [handler()])], "names no permission"),
        (lambda: [staff_router("faulty", [handler(permission="faulty.use")])], "nobody declares"),
        (
            lambda: [Router("/faulty", route_handlers=[handler(permission=EVERYONE)])],
            "not made by staff_router",
        ),
        (
            lambda: [
                staff_router("faulty", [handler(permission=EVERYONE)]),
                staff_router("faulty", [handler(permission=EVERYONE)]),
            ],
            "already registered",
        ),
        (
            lambda: [
                staff_router("administration", [get("/sites", permission=EVERYONE, sync_to_thread=True)(str)])
            ],
            "",
        ),
        (lambda: 1 / 0, "division by zero"),
    ],
)
def test_a_plugin_with_faulty_routes_is_quarantined_and_the_host_starts(
    tmp_path: Path, make: Callable[[], Any], says: str
) -> None:
    FaultyPages.make = staticmethod(make)
    runtime, app = start(tmp_path, Faulty())
    assert "faulty" not in runtime.registry.plugins
    assert says in runtime.registry.quarantined["faulty"].reason
    assert not [route for route in routes_of(app) if "faulty" in route.path]
    runtime.close()


@pytest.mark.req("PL-4")
@pytest.mark.parametrize(
    "web",
    ["nowhere.to.be.found:pages", "hostapp.tests.kernel.faulty_pages:missing", "hostapp.tests.kernel.wrong"],
)
def test_pages_that_cannot_be_imported_cost_their_plugin(tmp_path: Path, web: str) -> None:
    runtime, _ = start(tmp_path, Faulty(web=web))
    assert "Its pages did not start" in runtime.registry.quarantined["faulty"].reason
    runtime.close()


@pytest.mark.req("PL-4")
def test_an_asynchronous_page_hook_is_refused(tmp_path: Path) -> None:
    runtime, _ = start(tmp_path, Faulty(web="hostapp.tests.kernel.faulty_pages:asynchronous"))
    assert "asynchronous" in runtime.registry.quarantined["faulty"].reason
    runtime.close()


@pytest.mark.req("PL-4")
def test_templates_of_a_plugin_cannot_stand_before_those_of_the_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "templates"
    folder.mkdir()
    FaultyPages.make = staticmethod(list)
    monkeypatch.setattr("fetlock_hostapp.web.kernel.rendering.plugin_templates", lambda plugin: folder)
    runtime, app = start(tmp_path, Faulty(name="staff"))
    areas = app.state.kernel.areas.packages
    folders = template_folders(areas, runtime.registry)
    assert folders["staff"].name == "staff"
    assert "would shadow" in runtime.registry.quarantined["staff"].reason
    runtime.close()
