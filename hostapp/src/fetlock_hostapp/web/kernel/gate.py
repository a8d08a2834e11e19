"""The gate before every handler: sign-in, site, plugin, permission, token. No plugin code runs before it."""

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from litestar.concurrency import sync_to_thread
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send
from sqlalchemy import select
from sqlalchemy.orm import Session

from fetlock.contracts.actor import Actor
from fetlock.domain.access import presence
from fetlock.domain.access.presence import Presence
from fetlock.domain.access.tokens import TokenScope
from fetlock.domain.audit.own_transaction import note_denial
from fetlock.domain.sites.models import Site
from fetlock.errors import Busy, NotFound, NotPermitted
from fetlock_hostapp.web.kernel import cookies, csrf
from fetlock_hostapp.web.kernel.access import EVERYONE, Access, Audience
from fetlock_hostapp.web.kernel.context import STATE_KEY, Context, Person, StaffRequest
from fetlock_hostapp.web.kernel.errors import NotFromHere, PasswordMustChange, SignInNeeded, respond
from fetlock_hostapp.web.kernel.refused_entry import (
    ScopeTooSmall,
    SecondFactorMissing,
    SessionsOnly,
    TokenRefused,
)

if TYPE_CHECKING:
    from fetlock_hostapp.web.kernel.kernel import Kernel

log = logging.getLogger(__name__)

LARGEST_KEY = 2**63 - 1
SETUP_PERMISSION = "plugins.settings"
UNATTENDED = "x-fetlock-unattended"
"""The header of what a page asks for by itself while nobody touches it."""


@dataclass(slots=True)
class Gate:
    """ASGI middleware inside the router: the handler is known, and has not run."""

    app: ASGIApp
    kernel: "Kernel"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through with its context, or answer it."""
        if scope["type"] != ScopeType.HTTP:
            return
        request = StaffRequest(scope, receive, send)
        access = self.kernel.access.get(id(scope["route_handler"]))
        plugin = self._plugin_of(access, scope)
        try:
            if access is None:
                raise NotFound("There is no such page.")
            _refuse_absurd_keys(scope)
            context = await self._admit(request, access)
            scope["state"][STATE_KEY] = context
            if request.method not in csrf.SAFE_METHODS and _needs_csrf(context):
                await _require_csrf_token(request, context)
            await self.kernel.seats.take(plugin)
        except Exception as error:  # noqa: BLE001 - every refusal and fault becomes an answer
            await self._answer(respond(request, error), request, receive, send)
            return
        try:
            await self.app(scope, receive, send)
        finally:
            self.kernel.seats.leave(plugin)

    async def _admit(self, request: StaffRequest, access: Access) -> Context:
        if access.audience is Audience.PUBLIC:
            return _visitor(request, access)
        return await sync_to_thread(self._look_up, request, access)

    def _look_up(self, request: StaffRequest, access: Access) -> Context:
        """In a thread: one reading transaction, one or two statements."""
        slug = str(request.path_params.get("site_slug", ""))
        database = self.kernel.runtime.database
        with database.reading() as session:
            if access.audience is Audience.STAFF:
                context, found = self._staff(session, request, access, slug)
            else:
                context, found = self._without_sign_in(session, request, access, slug), None
        if found is not None and found.seen_long_ago and _is_attended(request, access):
            used = found
            try:
                database.write(lambda session: presence.touch(session, used))
            except Busy:
                log.info("last use of a sign-in or token not noted, the database was busy")
        return context

    def _staff(
        self, session: Session, request: StaffRequest, access: Access, slug: str
    ) -> tuple[Context, Presence]:
        found, secret = _whose(session, request, access)
        site = found.site(slug) if access.at_site else None
        if access.at_site and site is None:
            raise NotFound("There is no such site.")
        actor = presence.actor_at(session, found, site)
        if site is not None:
            self._require_plugin(request, access, site, actor)
        if access.permission != EVERYONE and not actor.may(access.permission):
            note_denial(
                self.kernel.runtime.database,
                actor,
                access.permission,
                site_id=site.id if site is not None else None,
                where=f"{request.method} {request.scope['path']}",
            )
            raise NotPermitted(access.permission)
        staff = found.staff
        if staff.must_change_password and not access.password_may_wait:
            raise PasswordMustChange
        if found.second_factor_missing and not access.second_factor_may_wait:
            raise SecondFactorMissing((site or found.sites[0]).slug)
        context = Context(
            access=access,
            secret=secret,
            actor=actor,
            person=Person(staff.id, staff.full_name, staff.initials, staff.user_name),
            site=site,
            sites=found.sites,
            sign_in_id=found.sign_in_id,
            token_id=found.token_id,
            must_change_password=staff.must_change_password,
        )
        return context, found

    def _without_sign_in(self, session: Session, request: StaffRequest, access: Access, slug: str) -> Context:
        """Links and machines: only whether their plugin is on; who they are the handler verifies."""
        site = session.scalar(select(Site).where(Site.slug == slug, Site.active))
        if site is None or site.plugin_state(access.plugin) != "on":
            raise NotFound("There is no such page.")
        name = self.kernel.runtime.registry.plugins[access.plugin].manifest.label
        context = _visitor(request, access, Actor(staff_id=None, name=name))
        context.site = site
        return context

    def _require_plugin(self, request: StaffRequest, access: Access, site: Site, actor: Actor) -> None:
        """The one place that keeps a plugin's routes shut where it isn't on (PL-2).

        It keeps the host's routes that work for a plugin named in the address shut as well.
        """
        if access.plugin_in:
            named = self.kernel.runtime.registry.plugins.get(str(request.path_params[access.plugin_in]))
            if named is None or not (named.builtin or site.plugin_state(named.name) == "on"):
                raise NotFound("There is no such page.")
        if not access.plugin:
            return
        state = site.plugin_state(access.plugin)
        if state == "on" or (state == "setup" and access.setup and actor.may(SETUP_PERMISSION)):
            return
        raise NotFound("There is no such page.")

    def _plugin_of(self, access: Access | None, scope: Scope) -> str:
        """The plugin whose seats this request takes."""
        if access is None:
            return ""
        named = str(scope["path_params"].get(access.plugin_in, "")) if access.plugin_in else access.plugin
        known = self.kernel.runtime.registry.plugins.get(named)
        return named if known is not None and not known.builtin else ""

    @staticmethod
    async def _answer(response: Any, request: StaffRequest, receive: Receive, send: Send) -> None:
        application = response.to_asgi_response(app=None, request=request)
        await application(request.scope, receive, send)


def _visitor(request: StaffRequest, access: Access, actor: Actor | None = None) -> Context:
    secret = request.cookies.get(cookies.VISIT, "")
    return Context(
        access=access,
        secret=secret or csrf.new_secret(),
        actor=actor or Actor(staff_id=None, name=""),
        new_visit=not secret,
    )


def _whose(session: Session, request: StaffRequest, access: Access) -> tuple[Presence, str]:
    """Who asks, and the secret of their cookie: by API token where a program sends one, else by sign-in."""
    bearer = csrf.bearer_of(request) if request.is_api else ""
    if not bearer:
        secret = request.cookies.get(cookies.SIGN_IN, "")
        found = presence.find(session, secret) if secret else None
        if found is None:
            raise SignInNeeded
        return found, secret
    found = presence.find_api_token(session, bearer)
    if found is None:
        raise TokenRefused
    if found.scope != TokenScope.WRITE and request.method not in csrf.SAFE_METHODS:
        raise ScopeTooSmall
    if access.sessions_only:
        raise SessionsOnly
    return found, ""


def _is_attended(request: StaffRequest, access: Access) -> bool:
    """Whether somebody asked, not a page by itself: a list that looks again would never be idle (H-4)."""
    return not access.unattended and UNATTENDED not in request.headers


def _needs_csrf(context: Context) -> bool:
    """A browser sends cookies along with what other pages make it send; a program's token it does not."""
    return context.access.audience is not Audience.MACHINE and context.token_id is None


async def _require_csrf_token(request: StaffRequest, context: Context) -> None:
    program = request.is_api and context.access.audience is Audience.PUBLIC
    secret = "" if context.new_visit else context.secret
    if not await csrf.is_ours(request, secret, without_token=program):
        raise NotFromHere


def _refuse_absurd_keys(scope: Scope) -> None:
    """A number in the address that no row can have is an address of nothing, not a fault."""
    values: list[Any] = list(scope["path_params"].values())
    for value in values:
        if isinstance(value, int) and not 0 <= value <= LARGEST_KEY:
            raise NotFound("There is no such page.")
