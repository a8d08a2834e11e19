"""What a handler says of itself: who may call it. Read once at start; a handler that says nothing stops it.

Options of a handler: `permission="patients.view"`, or `permission=EVERYONE` (anyone with a role at the
site), or `public=True` (no sign-in). `setup=True`: open while its plugin is being set up.
`plugin_in="plugin"`: the path parameter that names the plugin on whose behalf it works.
`password_may_wait=True`: open to those who have to choose a password first; `second_factor_may_wait=True`: to
those who have to set up a second factor first. `sessions_only=True`: shut to API tokens, of any scope.
`unattended=True`: pages ask by themselves, so it is no sign that anybody is there (H-4).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from litestar import Litestar, Router
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.routes import HTTPRoute

EVERYONE: Final = "everyone"
"""The permission of handlers that need a sign-in and a role at the site, and no more."""

AUDIENCE: Final = "fetlock_audience"
PLUGIN: Final = "fetlock_plugin"


class Audience(StrEnum):
    """Who calls a route: signed-in staff, anyone, the holder of a one-time link, another machine."""

    STAFF = "staff"
    PUBLIC = "public"
    LINK = "link"
    MACHINE = "machine"


class Unguarded(RuntimeError):
    """A handler doesn't say who may call it, or says something that can't be meant."""


@dataclass(frozen=True, slots=True)
class Access:
    """The conditions of one handler. `plugin`: it belongs to this plugin; empty for the host's own."""

    audience: Audience
    permission: str = ""
    plugin: str = ""
    setup: bool = False
    at_site: bool = True
    plugin_in: str = ""
    password_may_wait: bool = False
    second_factor_may_wait: bool = False
    sessions_only: bool = False
    unattended: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path with its handler, for checks and for the walk over all of them (H-3)."""

    path: str
    method: str
    handler: HTTPRouteHandler
    parameters: Mapping[str, type]

    @property
    def shape(self) -> tuple[str, str]:
        """Path and method with the parameters' names left out: two routes of one shape collide."""
        parts = ["{}" if part.startswith("{") else part for part in self.path.split("/")]
        return "/".join(parts), self.method

    @property
    def pattern(self) -> re.Pattern[str]:
        """Matches the addresses of this route."""
        parts = ["[^/]+" if part.startswith("{") else re.escape(part) for part in self.path.split("/")]
        return re.compile("/".join(parts))


def routes_of(app: Litestar) -> Iterator[Route]:
    """Every route of `app` that answers, but the answers to OPTIONS that Litestar adds."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for method, (handler, _) in route.route_handler_map.items():
                if method != "OPTIONS":
                    parameters = {name: found.type for name, found in route.path_parameters.items()}
                    yield Route(route.path_format, method, handler, parameters)


def access_of(handler: BaseRouteHandler, permissions: frozenset[str], *, at_site: bool) -> Access:
    """What `handler` says of itself; raises `Unguarded` where that is missing or makes no sense."""
    opt: dict[str, Any] = handler.opt
    audience = Audience(opt.get(AUDIENCE, Audience.STAFF))
    permission = opt.get("permission", "")
    where = f"{handler} at {', '.join(sorted(handler.paths))}"
    if opt.get("public") and audience is Audience.STAFF:
        if permission:
            raise Unguarded(f"{where} is public and names a permission.")
        audience = Audience.PUBLIC
    if audience is Audience.STAFF:
        if not permission:
            raise Unguarded(f"{where} names no permission: add permission=… or public=True.")
        if permission != EVERYONE and permission not in permissions:
            raise Unguarded(f"{where} names the permission {permission}, which nobody declares.")
    if isinstance(handler, HTTPRouteHandler):
        # an asynchronous one of a plugin too: on the event loop, one that waits holds everybody up
        in_thread = handler.sync_to_thread if opt.get(PLUGIN) else handler.sync_to_thread is not False
        if not in_thread:
            raise Unguarded(f"{where} would hold up everybody else: it needs sync_to_thread=True.")
    return Access(
        audience=audience,
        permission=permission,
        plugin=opt.get(PLUGIN, ""),
        setup=bool(opt.get("setup")),
        at_site=at_site,
        plugin_in=opt.get("plugin_in", ""),
        password_may_wait=bool(opt.get("password_may_wait")),
        second_factor_may_wait=bool(opt.get("second_factor_may_wait") or opt.get("password_may_wait")),
        sessions_only=bool(opt.get("sessions_only")),
        unattended=bool(opt.get("unattended")),
    )


def below_site(path: str, handlers: list[Any]) -> Router:
    """The router of handlers below a site: `/s/{site}/…` or `/api/v1/s/{site}/…`."""
    return Router(path=f"{path}/s/{{site_slug:str}}", route_handlers=handlers)
