"""The page of integrations, and its place in administration."""

from litestar import get

from fetlock.domain.integrations.permissions import VIEW
from fetlock_hostapp.plugin import AdministrationItem, Html, StaffRequest, reading
from fetlock_hostapp.web.integrations.showing import page_context


@get("/integrations", permission=VIEW, sync_to_thread=True)
def integrations_page(request: StaffRequest) -> Html:
    """How every service of the site does, and when one did not."""
    with reading(request) as desk:
        return desk.page("integrations/page.html", **page_context(desk))


HANDLERS = [integrations_page]

ADMINISTRATION = [
    AdministrationItem(
        label="Integrations", href="integrations", permission=VIEW, icon="link", heading="Plugins", weight=55
    )
]
