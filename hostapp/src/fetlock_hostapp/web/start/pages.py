"""From `/` to the person's first site, and from a site to the first page that they may open there."""

from litestar import get
from litestar.response import Response

from fetlock_hostapp.plugin import EVERYONE, Html, StaffRequest, reading


@get("/", permission=EVERYONE, sync_to_thread=True)
def first_site(request: StaffRequest) -> Html:
    """On to the first of the person's sites; those without any are told so."""
    with reading(request) as desk:
        if desk.sites:
            return Response("", status_code=303, headers={"location": f"/s/{desk.sites[0].slug}"})
        return desk.page("start/no_site.html")


@get("/", permission=EVERYONE, sync_to_thread=True)
def first_page(request: StaffRequest) -> Html:
    """On to the first entry of the menu; those who may open nothing are told so."""
    with reading(request) as desk:
        if desk.nav:
            return desk.redirect_to(desk.nav[0].href)
        return desk.page("start/nothing.html")


HANDLERS = [first_page]
ROOT_HANDLERS = [first_site]
