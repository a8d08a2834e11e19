"""The web application of one process: the host's areas, the plugins' pages, and the gate before them."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from litestar import Litestar, Router
from litestar.concurrency import set_asyncio_executor
from litestar.datastructures import State
from litestar.types import ASGIApp

from fetlock import __version__
from fetlock.contracts.registration import NavigationItem
from fetlock.domain.staff.catalogue import catalogue, keys
from fetlock.platform.registry import refuse_quarantined
from fetlock.platform.runtime import Runtime
from fetlock_hostapp.web.kernel import plugin_pages
from fetlock_hostapp.web.kernel.access import access_of, below_site, routes_of
from fetlock_hostapp.web.kernel.api_rules import API_LAYER
from fetlock_hostapp.web.kernel.context import StaffRequest
from fetlock_hostapp.web.kernel.discovery import Areas, discover
from fetlock_hostapp.web.kernel.errors import respond
from fetlock_hostapp.web.kernel.forms import Form, decode_form
from fetlock_hostapp.web.kernel.gate import Gate
from fetlock_hostapp.web.kernel.health import live, ready
from fetlock_hostapp.web.kernel.json_bodies import StrictJson
from fetlock_hostapp.web.kernel.kernel import Kernel
from fetlock_hostapp.web.kernel.navigation import Menus
from fetlock_hostapp.web.kernel.openapi import NEVER_SERVED, openapi_config, openapi_document
from fetlock_hostapp.web.kernel.rendering import WEB, Renderer, template_folders
from fetlock_hostapp.web.kernel.seats import Seats
from fetlock_hostapp.web.kernel.security_headers import add_security_headers
from fetlock_hostapp.web.kernel.static import StaticFiles, static_file
from fetlock_hostapp.web.kernel.threads import HandlerThreads

LARGEST_BODY: Final = 12_000_000


def create_app(runtime: Runtime) -> Litestar:
    """The application over `runtime`, which was started by `starting.start_runtime`.

    Raises `Unguarded` where a handler of the host doesn't say who may call it (H-3), `PluginsRefused` in
    strict mode for a plugin whose pages cannot be served (PL-4).
    """
    areas = discover()
    kernel = _kernel(runtime, areas)
    runtime.hooks.seating = kernel.seats
    permissions = keys(kernel.groups)
    _set_threads(HandlerThreads(_threads(runtime), thread_name_prefix="fetlock"))
    app = _application(kernel)
    _guard_host(app, kernel, permissions)
    kernel.access |= plugin_pages.mount_plugins(app, runtime.registry, permissions)
    if runtime.installation.strict_plugins:
        refuse_quarantined(runtime.registry)
    kernel.plugin_paths = [route.pattern for route in routes_of(app) if kernel.owner_of(route)]
    return app


def _kernel(runtime: Runtime, areas: Areas) -> Kernel:
    static = StaticFiles(WEB / "static")
    navigation: dict[str, tuple[NavigationItem, ...]] = {
        name: tuple(items) for name, items in runtime.registry.registered("navigation").items()
    }
    return Kernel(
        runtime=runtime,
        areas=areas,
        groups=catalogue(runtime.registry),
        menus=Menus(tuple(areas.navigation), navigation, tuple(areas.administration)),
        renderer=Renderer(template_folders(areas.packages, runtime.registry), static),
        static=static,
        seats=Seats(_threads(runtime)),
    )


def _application(kernel: Kernel) -> Litestar:
    areas = kernel.areas
    pages = Router(
        "/", route_handlers=[below_site("", areas.pages), *areas.root_pages], include_in_schema=False
    )
    api = Router(
        "/api/v1",
        route_handlers=[below_site("", areas.api), *areas.root_api, openapi_document],
        **API_LAYER,
    )

    def gate(app: ASGIApp) -> Gate:
        return Gate(app, kernel)

    return Litestar(
        route_handlers=[pages, api, static_file, live, ready],
        middleware=[gate],
        before_send=[add_security_headers],
        exception_handlers={Exception: respond},
        request_class=StaffRequest,
        type_decoders=[(lambda kind: kind is Form, decode_form)],
        plugins=[StrictJson()],
        openapi_config=openapi_config(__version__),
        logging_config=None,
        request_max_body_size=LARGEST_BODY,
        state=State({"kernel": kernel}),
        debug=False,
    )


def _guard_host(app: Litestar, kernel: Kernel, permissions: frozenset[str]) -> None:
    for route in routes_of(app):
        if route.path.startswith(NEVER_SERVED):
            continue  # the gate answers 404 for what has no access
        at_site = "{site_slug" in route.path
        kernel.access[id(route.handler)] = access_of(route.handler, permissions, at_site=at_site)


def _set_threads(executor: ThreadPoolExecutor) -> None:
    """Run handlers in these threads. A server that calls a factory does so with its loop running already."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        set_asyncio_executor(executor)
    else:
        loop.set_default_executor(executor)


def _threads(runtime: Runtime) -> int:
    """As many threads as the database has connections, so that none waits for one."""
    return runtime.installation.pool_size
