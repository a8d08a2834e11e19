"""The sites that this person works at, and their settings (H-1)."""

from dataclasses import asdict
from typing import Any

from litestar import get, post

from fetlock.domain.sites import service
from fetlock.domain.sites.currencies import USABLE
from fetlock.domain.sites.models import Site
from fetlock.domain.sites.service import SiteDraft
from fetlock.errors import FetlockError
from fetlock_hostapp.plugin import (
    AdministrationItem,
    Desk,
    Form,
    FormData,
    FromPath,
    Html,
    StaffRequest,
    reading,
    status_of,
    writing,
)
from fetlock_hostapp.web.sites.choices import countries, locales, zones

BASE = "administration/sites"


@get("/administration/sites", permission="sites.view", sync_to_thread=True)
def site_list(request: StaffRequest) -> Html:
    """The sites that this person works at; of the others nothing is told."""
    with reading(request) as desk:
        return desk.page("sites/sites.html")


@get("/administration/sites/new", permission="sites.edit", sync_to_thread=True)
def new_site(request: StaffRequest) -> Html:
    """A form that begins with what the present site has."""
    with reading(request) as desk:
        here = desk.site
        values = {
            "time_zone": here.time_zone,
            "currency": here.currency,
            "locale": here.locale,
            "country": here.country,
        }
        typed = Form(values | ({"prices_include_tax": "1"} if here.prices_include_tax else {}))
        return _form(desk, None, typed)


@post("/administration/sites", permission="sites.edit", sync_to_thread=True)
def add_site(request: StaffRequest, data: FormData) -> Html:
    """Add a site; whoever adds it has the same roles there as here."""

    def work(desk: Desk) -> Html:
        site = service.add(desk.work, draft_of(data))
        told = f"{site.name} is added. You have the same roles there as here; give others theirs."
        return desk.redirect(f"{BASE}/{site.slug}", ok=told)

    def again(desk: Desk, error: FetlockError) -> Html:
        return _form(desk, None, data, error)

    return writing(request, work, again)


@get("/administration/sites/{slug:str}", permission="sites.view", sync_to_thread=True)
def site_page(request: StaffRequest, slug: FromPath[str]) -> Html:
    """The settings of one site."""
    with reading(request) as desk:
        return _form(desk, _seen(desk, slug), None)


@post("/administration/sites/{slug:str}", permission="sites.edit", sync_to_thread=True)
def change_site(request: StaffRequest, slug: FromPath[str], data: FormData) -> Html:
    """Save the settings of one site."""

    def work(desk: Desk) -> Html:
        site = service.change(desk.work, _seen(desk, slug), draft_of(data))
        return desk.redirect(f"{BASE}/{site.slug}", ok=f"{site.name}: saved.")

    def again(desk: Desk, error: FetlockError) -> Html:
        return _form(desk, _seen(desk, slug), data, error)

    return writing(request, work, again)


def draft_of(data: Form) -> SiteDraft:
    """The site as typed."""
    texts: dict[str, Any] = {name: data.text(name) for name in SiteDraft.__dataclass_fields__}
    switches = {name: data.flag(name) for name in ("prices_include_tax", "discounts_stack")}
    return SiteDraft(**(texts | switches))


def _seen(desk: Desk, slug: str) -> Site:
    return service.seen(desk.session, [site.id for site in desk.sites], slug)


def _form(desk: Desk, site: Site | None, typed: Form | None, error: FetlockError | None = None) -> Html:
    draft = SiteDraft.of(site) if site is not None and typed is None else draft_of(typed or Form())
    return desk.page(
        "sites/site.html",
        status=200 if error is None else status_of(error),
        site=site,
        values=asdict(draft),
        errors=error,
        currencies=USABLE,
        zones=zones(),
        locales=locales(),
        countries=countries(),
        may_edit=desk.may("sites.edit"),
    )


HANDLERS = [site_list, new_site, add_site, site_page, change_site]

ADMINISTRATION = [
    AdministrationItem(
        label="Sites", href="administration/sites", permission="sites.view", icon="pin", weight=10
    ),
]
