"""The desk: what a handler works at. A transaction, the person, the site, and the ways to answer."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

from litestar.response import Response
from markupsafe import Markup
from sqlalchemy.orm import Session

from fetlock.contracts.actor import Actor
from fetlock.contracts.registration import PatientTab
from fetlock.domain.sites.models import Site
from fetlock.domain.tasks import listing as tasks
from fetlock.domain.tasks.listing import Waiting
from fetlock.domain.tasks.permissions import VIEW as SEE_TASKS
from fetlock.errors import NotFound, NotPermitted
from fetlock.platform.dispatch import Dispatcher
from fetlock.work import Work
from fetlock_hostapp.web.kernel import cookies, csrf
from fetlock_hostapp.web.kernel.context import Context, Person, StaffRequest
from fetlock_hostapp.web.kernel.filters import manner_of
from fetlock_hostapp.web.kernel.forms import CSRF_FIELD
from fetlock_hostapp.web.kernel.navigation import MenuEntry
from fetlock_hostapp.web.kernel.refusals import fields_of

if TYPE_CHECKING:
    from fetlock_hostapp.web.kernel.kernel import Kernel

Html = Response[str]
"""What a page's handler answers."""


class Desk:
    """One transaction of one request. Templates get it as `desk`."""

    def __init__(self, request: StaffRequest, session: Session, *, writes: bool) -> None:
        self._request = request
        self._writes = writes
        self._context: Context = request.context
        self._kernel: Kernel = request.app.state.kernel
        self.session = session
        self.is_htmx: bool = request.is_htmx
        self._flash: list[tuple[str, str]] | None = None

    @property
    def person(self) -> Person:
        """The signed-in employee. Raises `NotPermitted` on routes that need no sign-in."""
        if self._context.person is None:
            raise NotPermitted("sign-in")
        return self._context.person

    @property
    def actor(self) -> Actor:
        """The person as commands see them, with their permissions at this site."""
        return self._context.actor

    @property
    def site(self) -> Site:
        """The site in the address. Raises `NotFound` on routes that stand below none."""
        if self._context.site is None:
            raise NotFound("This address belongs to no site.")
        return self._context.site

    @property
    def sites(self) -> tuple[Site, ...]:
        """The sites that this person works at, by name."""
        return self._context.sites

    @property
    def hooks(self) -> Dispatcher:
        """Calls the plugins' hooks."""
        return self._kernel.runtime.hooks

    @cached_property
    def work(self) -> Work:
        """The unit of work for commands of the domain; when writing, the site's row is read afresh."""
        if self._writes:
            site = self.session.get(Site, self.site.id)
            if site is None:
                raise NotFound("There is no such site.")
        else:
            site = self.session.merge(self.site, load=False)
        return self._kernel.runtime.work(self.session, site, self.actor)

    @property
    def enabled(self) -> frozenset[str]:
        """The plugins that are on here."""
        return self.site.enabled_plugins().intersection(self._kernel.runtime.registry.plugins)

    def may(self, permission: str) -> bool:
        """Whether this person holds `permission` here."""
        return self.actor.may(permission)

    @property
    def base(self) -> str:
        """The address of the site, `/s/<slug>`."""
        return f"/s/{self.site.slug}"

    def url(self, path: str) -> str:
        """The whole address of a path below the site."""
        return f"{self.base}/{path.lstrip('/')}"

    @property
    def path(self) -> str:
        """The path of the present page, without its query."""
        return str(self._request.scope["path"])

    @cached_property
    def nav(self) -> list[MenuEntry]:
        """The main menu of this person here."""
        return self._kernel.menus.main(self.base, self.path, self.may, sorted(self.enabled))

    @cached_property
    def admin_nav(self) -> list[tuple[str, list[MenuEntry]]]:
        """The side menu of administration."""
        return self._kernel.menus.administration_menu(self.base, self.path, self.may)

    @cached_property
    def patient_tabs(self) -> list[PatientTab]:
        """The tabs of a patient's page that this person may open here, by weight."""
        return [tab for tab in self._kernel.patient_tabs(self.enabled) if self.may(tab.permission)]

    @cached_property
    def tasks(self) -> Waiting | None:
        """What waits for this person here, for the header; one query. None where they may not see tasks."""
        if self._context.site is None or self._context.person is None or not self.may(SEE_TASKS):
            return None
        return tasks.waiting(self.session, self.site.id, self.site.time_zone, self.person.id)

    @property
    def live_after(self) -> int | None:
        """The newest live signal that this process knows of: what comes later, the page has not seen."""
        hub = self._request.app.state.get("live_hub")
        return hub.latest if hub is not None else None

    @property
    def csrf_token(self) -> str:
        """What every request that changes something must carry."""
        return csrf.token_for(self._context.secret)

    @property
    def csrf_input(self) -> Markup:
        """The hidden field of every form."""
        return Markup('<input type="hidden" name="{}" value="{}">').format(CSRF_FIELD, self.csrf_token)

    @property
    def flash(self) -> list[tuple[str, str]]:
        """Notices (kind, text) that the last step left for this page; reading them uses them up."""
        if self._flash is None:
            self._flash = cookies.read_flash(self._request.cookies.get(cookies.FLASH), self._context.secret)
        return self._flash

    def page(self, template: str, status: int = 200, **context: Any) -> Html:
        """A whole page. `typed` and `errors` have defaults; an error may be given as `errors`."""
        shown = self.draw(template, **context)
        left = [cookies.ended(self._request, cookies.FLASH)] if self._flash else []
        if self._context.new_visit:
            left.append(cookies.visit_cookie(self._request, self._context.secret))
        return Response(shown, media_type="text/html", status_code=status, cookies=left)

    def fragment(self, template: str, status: int = 200, **context: Any) -> Html:
        """A part of a page, for a request of htmx."""
        return Response(self.draw(template, **context), media_type="text/html", status_code=status)

    def draw(self, template: str, **context: Any) -> str:
        """The template as text, with `desk` and the defaults that every page has."""
        site = self._context.site
        manner = manner_of(site.locale, site.time_zone, site.currency) if site else None
        context["errors"] = fields_of(context.get("errors"))
        defaults: dict[str, Any] = {
            "desk": self,
            "typed": None,
            "lang": manner.locale.language if manner else "en",
            "csrf_token": self.csrf_token,
            "csrf_input": self.csrf_input,
        }
        if self._context.person is not None and site is not None:
            defaults["admin_nav"] = self.admin_nav
        return self._kernel.renderer.draw(template, defaults | context, manner)

    def redirect(self, path: str, *, ok: str = "", warn: str = "") -> Html:
        """On to a path below the site, with a notice shown there."""
        return self.redirect_to(self.url(path), ok=ok, warn=warn)

    def redirect_to(self, address: str, *, ok: str = "", warn: str = "") -> Html:
        """As `redirect`, to a whole address of ours."""
        notices = [(kind, text) for kind, text in (("ok", ok), ("warn", warn)) if text]
        left = [cookies.flash_cookie(self._request, self._context.secret, notices)] if notices else []
        if self.is_htmx:
            return Response("", headers={"HX-Redirect": address}, media_type="text/html", cookies=left)
        return Response(
            "", status_code=303, headers={"location": address}, media_type="text/html", cookies=left
        )
