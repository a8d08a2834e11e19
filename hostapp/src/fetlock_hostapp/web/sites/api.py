"""Sites for programs (H-1)."""

from litestar import get, post, put
from pydantic import BaseModel, Field

from fetlock.domain.sites import service
from fetlock.domain.sites.models import Site
from fetlock.domain.sites.service import SiteDraft
from fetlock_hostapp.plugin import Desk, FromPath, JSONBody, StaffRequest, reading, require_seen, writing


class SiteValues(BaseModel):
    """What may be set of a site. `currency`: ISO 4217, one with two decimals; `time_zone`: IANA."""

    name: str
    time_zone: str
    currency: str
    locale: str
    street: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = Field(default="US", description="Two letters of ISO 3166")
    phone: str = ""
    invoice_prefix: str = ""
    prices_include_tax: bool = False
    discounts_stack: bool = False


class SiteAnswer(SiteValues):
    """A site; `slug` stands in addresses and never changes."""

    id: int
    slug: str


@get("/sites", permission="sites.view", sync_to_thread=True, tags=["Sites"])
def list_sites(request: StaffRequest) -> list[SiteAnswer]:
    """The sites that the signed-in person works at."""
    with reading(request) as desk:
        return [_answer(site) for site in desk.sites]


@get("/sites/{slug:str}", permission="sites.view", sync_to_thread=True, tags=["Sites"])
def one_site(request: StaffRequest, slug: FromPath[str]) -> SiteAnswer:
    """One of them."""
    with reading(request) as desk:
        return _answer(_seen(desk, slug))


@post("/sites", permission="sites.edit", sync_to_thread=True, tags=["Sites"])
def add_site_api(request: StaffRequest, data: JSONBody[SiteValues]) -> SiteAnswer:
    """Add a site; whoever adds it has the same roles there as at the site in the address."""
    draft = SiteDraft(**data.model_dump())
    return writing(request, lambda desk: _answer(service.add(desk.work, draft)))


@put(
    "/sites/{slug:str}", permission="sites.edit", sync_to_thread=True, conditional="required", tags=["Sites"]
)
def change_site_api(request: StaffRequest, slug: FromPath[str], data: JSONBody[SiteValues]) -> SiteAnswer:
    """Set everything that may be set of a site; what is left out takes its default."""
    draft = SiteDraft(**data.model_dump())

    def work(desk: Desk) -> SiteAnswer:
        site = _seen(desk, slug)
        desk.session.refresh(site, with_for_update=True)
        require_seen(request, lambda: _answer(site))
        return _answer(service.change(desk.work, site, draft))

    return writing(request, work)


def _seen(desk: Desk, slug: str) -> Site:
    return service.seen(desk.session, [site.id for site in desk.sites], slug)


def _answer(site: Site) -> SiteAnswer:
    return SiteAnswer.model_validate(site, from_attributes=True)


HANDLERS = [list_sites, one_site, add_site_api, change_site_api]
