"""Plugins' pages: the hook by which they offer routers, and their mounting behind the gate.

A plugin's `web.py` holds an object of a class that subclasses `PageHooks`; its manifest names it in `web`.
What is wrong with its routes is found here, at start, and costs the plugin alone (PL-4).
"""

import importlib
from collections.abc import Iterable, Sequence
from typing import Any, Final

from litestar import Litestar, Router

from fetlock.domain.staff.catalogue import catalogue, keys
from fetlock.hooks.markers import HookKind, spec
from fetlock.platform.answers import looked_at
from fetlock.platform.registry import Plugin, Registry, words_of
from fetlock_hostapp.web.kernel.access import AUDIENCE, PLUGIN, Access, Audience, access_of, routes_of
from fetlock_hostapp.web.kernel.api_rules import API_LAYER
from fetlock_hostapp.web.kernel.context import StaffRequest
from fetlock_hostapp.web.kernel.forms import Form, decode_form

_MADE_HERE: Final = "fetlock_router"
_API: Final = "fetlock_api"


class PageHooks:
    """Subclass this in `web.py` to have pages, an API, links for clients, or addresses for machines."""

    @spec(HookKind.REGISTER, returns=Router, many=True)
    def routers(self) -> Sequence[Router]:
        """Routers made by `staff_router`, `staff_api_router`, `link_router` and `machine_router`.

        Asked more than once: make them afresh each time.
        """
        raise NotImplementedError


def staff_router(path: str, handlers: Sequence[Any]) -> Router:
    """Pages for signed-in staff at `/s/{site}/<path>/…`; each handler names its `permission`."""
    return _router(path, handlers, Audience.STAFF)


def staff_api_router(path: str, handlers: Sequence[Any]) -> Router:
    """JSON for signed-in staff at `/api/v1/s/{site}/<path>/…`; each handler names its `permission`."""
    return _router(path, handlers, Audience.STAFF, api=True)


def link_router(path: str, handlers: Sequence[Any]) -> Router:
    """Pages behind a one-time link at `/link/{site}/<plugin>/<path>/…`.

    There is no sign-in: each handler verifies its token before it reads anything.
    """
    return _router(path, handlers, Audience.LINK)


def machine_router(path: str, handlers: Sequence[Any]) -> Router:
    """Addresses for other machines at `/machine/{site}/<plugin>/<path>/…`.

    There is no sign-in: each handler verifies the signature before it reads anything.
    """
    return _router(path, handlers, Audience.MACHINE)


def load_pages(registry: Registry) -> None:
    """Import the pages of every plugin that has any, and register them; a fault quarantines the plugin."""
    for plugin in list(registry.plugins.values()):
        if not plugin.manifest.web:
            continue
        try:
            module, _, attribute = plugin.manifest.web.partition(":")
            pages = getattr(importlib.import_module(module), attribute)
        except BaseException as error:  # noqa: BLE001 - the host must start without it, whatever it raises
            registry.quarantine(plugin.name, f"Its pages did not start: {words_of(error)}", error)
            continue
        registry.add_part(plugin.name, pages)


def check_pages(registry: Registry) -> None:
    """Try every plugin's routers without serving them; a fault quarantines the plugin."""
    permissions = keys(catalogue(registry))
    info = registry.hooks["routers"]
    for plugin, routers in list(registry.implementations("routers")):
        try:
            _try_out(plugin, looked_at(info, routers()), permissions, {})
        except BaseException as error:  # noqa: BLE001 - Litestar raises many kinds for what it can't serve
            registry.quarantine(plugin.name, f"Its pages cannot be served: {words_of(error)}", error)


def mount_plugins(app: Litestar, registry: Registry, permissions: frozenset[str]) -> dict[int, Access]:
    """Mount every plugin's routers on `app`, which holds the host's routes, and answer their access."""
    taken = {route.shape: "the host" for route in routes_of(app)}
    access: dict[int, Access] = {}
    info = registry.hooks["routers"]
    for plugin, routers in list(registry.implementations("routers")):
        try:
            _try_out(plugin, looked_at(info, routers()), permissions, taken)
            served = [_mounted(plugin, router) for router in looked_at(info, routers())]
        except BaseException as error:  # noqa: BLE001 - Litestar raises many kinds for what it can't serve
            registry.quarantine(plugin.name, f"Its pages cannot be served: {words_of(error)}", error)
            continue
        before = {id(route.handler) for route in routes_of(app)}
        for router in served:
            app.register(router)
        for route in routes_of(app):
            if id(route.handler) not in before:
                access[id(route.handler)] = access_of(route.handler, permissions, at_site=True)
                taken[route.shape] = f"the plugin {plugin.name}"
    return access


def _try_out(
    plugin: Plugin, routers: Iterable[Router], permissions: frozenset[str], taken: dict[tuple[str, str], str]
) -> None:
    """Serve the routers from an application of their own: a faulty one leaves nothing in the real one."""
    trial = Litestar(
        route_handlers=[_mounted(plugin, router) for router in routers],
        openapi_config=None,
        logging_config=None,
        request_class=StaffRequest,
        type_decoders=[(lambda kind: kind is Form, decode_form)],
    )
    for route in routes_of(trial):
        access_of(route.handler, permissions, at_site=True)
        if route.shape in taken:
            raise ValueError(f"{route.method} {route.path} belongs to {taken[route.shape]} already")


def _router(path: str, handlers: Sequence[Any], audience: Audience, *, api: bool = False) -> Router:
    return Router(
        path=f"/{path.strip('/')}",
        route_handlers=list(handlers),
        opt={AUDIENCE: audience, _API: api, _MADE_HERE: True},
    )


def _mounted(plugin: Plugin, router: Router) -> Router:
    opt = dict(router.opt)
    if not opt.get(_MADE_HERE):
        raise TypeError(
            "A router was not made by staff_router, staff_api_router, link_router or machine_router"
        )
    prefix = {
        Audience.STAFF: "/api/v1/s/{site_slug:str}" if opt[_API] else "/s/{site_slug:str}",
        Audience.LINK: f"/link/{{site_slug:str}}/{plugin.name}",
        Audience.MACHINE: f"/machine/{{site_slug:str}}/{plugin.name}",
    }[Audience(opt[AUDIENCE])]
    return Router(
        path=prefix,
        route_handlers=[router],
        opt={PLUGIN: plugin.name},
        include_in_schema=bool(opt[_API]),
        tags=[plugin.manifest.label],
        **(API_LAYER if opt[_API] else {}),
    )
