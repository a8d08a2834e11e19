"""What a plugin's `web.py` may import of the host, and what the host's own areas use too.

    from litestar import get, post
    from fetlock_hostapp.plugin import Desk, FormData, FromPath, Html, StaffRequest, reading, writing

A handler is an ordinary one of Litestar with `sync_to_thread=True` and a `permission`; its parameters are
declared as `patient_id: FromPath[int]`, `q: FromQuery[str] = ""`, `data: FormData`, `data: JSONBody[Model]`.
It opens a desk with `reading(request)`, or hands its work to `writing(request, work)`, and answers with
`desk.page(…)`, `desk.fragment(…)` or `desk.redirect(…)`. Templates of a plugin stand in its `templates/`
folder and are called `<plugin>/<name>.html`; they may extend `host/page.html`, `host/admin.html` and
`host/card.html`, and `patients/shell.html` with the `strip` of `patient_strip`.
"""

from litestar.params import FromPath, FromQuery, JSONBody

from fetlock_hostapp.web.kernel.access import EVERYONE
from fetlock_hostapp.web.kernel.conditional import require_seen
from fetlock_hostapp.web.kernel.context import Person, StaffRequest
from fetlock_hostapp.web.kernel.desk import Desk, Html
from fetlock_hostapp.web.kernel.discovery import AdministrationItem
from fetlock_hostapp.web.kernel.exact_values import Amount, Answer, Id, Number, Revision, Units
from fetlock_hostapp.web.kernel.forms import Form, FormData
from fetlock_hostapp.web.kernel.paging import Cursor, CursorList, Limit, position
from fetlock_hostapp.web.kernel.plugin_pages import (
    PageHooks,
    link_router,
    machine_router,
    staff_api_router,
    staff_router,
)
from fetlock_hostapp.web.kernel.refusals import fields_of, status_of
from fetlock_hostapp.web.kernel.transactions import note_export, reading, saving, viewing, writing
from fetlock_hostapp.web.patients.strip import Strip, load_strip

__all__ = [
    "EVERYONE",
    "AdministrationItem",
    "Amount",
    "Answer",
    "Cursor",
    "CursorList",
    "Desk",
    "Form",
    "FormData",
    "FromPath",
    "FromQuery",
    "Html",
    "Id",
    "JSONBody",
    "Limit",
    "Number",
    "PageHooks",
    "Person",
    "Revision",
    "StaffRequest",
    "Units",
    "fields_of",
    "link_router",
    "machine_router",
    "note_export",
    "patient_strip",
    "position",
    "reading",
    "require_seen",
    "saving",
    "staff_api_router",
    "staff_router",
    "status_of",
    "viewing",
    "writing",
]


def patient_strip(desk: Desk, patient_id: int, tab: str = "") -> Strip:
    """What `patients/shell.html` needs to draw a patient's page around a tab of the plugin's own.

    `tab` is its key, as `patient_tabs` registers it. Raises `NotFound`.
    """
    return load_strip(desk, patient_id, tab)
