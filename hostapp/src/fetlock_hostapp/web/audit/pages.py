"""The audit log at a site: filtered, one entry, CSV; the state of its chain, and verifying it (H-5)."""

import json
from typing import Any, Final

from litestar import get, post
from litestar.response import Response

from fetlock import clock
from fetlock.domain.audit import checks, exporting, listing, signing
from fetlock.domain.audit.listing import Filter, Row
from fetlock.errors import FetlockError
from fetlock_hostapp.plugin import (
    AdministrationItem,
    Desk,
    Form,
    FormData,
    FromPath,
    FromQuery,
    Html,
    StaffRequest,
    note_export,
    reading,
    status_of,
    writing,
)
from fetlock_hostapp.web.audit import running, words
from fetlock_hostapp.web.audit.filtering import address, fields_of, filter_of, whole
from fetlock_hostapp.web.audit.subjects import looked_up
from fetlock_hostapp.web.kernel.csv_files import csv_file

LIST: Final = "administration/audit"


@get(f"/{LIST}", permission="audit.view", sync_to_thread=True)
def audit_list(request: StaffRequest, before: FromQuery[str] = "") -> Html:
    """Who did what here, the newest first, under the filter in the address; `before` goes on below one."""
    with reading(request) as desk:
        return desk.page("audit/list.html", **_list(desk, _asked(request), whole(before)))


@get(f"/{LIST}.csv", permission="audit.view", sync_to_thread=True)
def audit_csv(request: StaffRequest) -> Response[str]:
    """The same list whole, the oldest first, as CSV; that it was taken is recorded."""
    note_export(request, "audit")
    with reading(request) as desk:
        rows = listing.every(desk.session, _asked(request), site=desk.site)
        name = f"audit-{desk.site.slug}-{clock.today(desk.site.time_zone).isoformat()}"
        return csv_file(name, exporting.COLUMNS, (exporting.cells(row) for row in rows))


@get(f"/{LIST}/{{entry_id:int}}", permission="audit.view", sync_to_thread=True)
def audit_entry(request: StaffRequest, entry_id: FromPath[int]) -> Html:
    """One entry with its details, and its place in the chain."""
    with reading(request) as desk:
        row = listing.get(desk.session, desk.site, entry_id)
        return desk.page(
            "audit/entry.html",
            row=row,
            words=words,
            subject=looked_up(desk, [row]).get(row.subject),
            detail=json.dumps(row.detail, indent=2, ensure_ascii=False, sort_keys=True) if row.detail else "",
            list_href=desk.url(LIST),
            about_href=address(desk, Filter(subject=row.subject), LIST) if row.subject else "",
            by_href=address(desk, Filter(staff_id=row.staff_id or listing.SYSTEM), LIST),
        )


@post(f"/{LIST}/verify", permission="audit.view", sync_to_thread=True)
def verify_chain(request: StaffRequest, data: FormData) -> Html:
    """Begin to verify the chain; the page shows how far it is."""
    begun: list[int] = []

    def work(desk: Desk) -> Html:
        begun[:] = [checks.begin_one(desk.work)]
        return desk.redirect(LIST)

    def again(desk: Desk, error: FetlockError) -> Html:
        begun.clear()
        shown = _list(desk, filter_of(data), None)
        return desk.page("audit/list.html", status=status_of(error), **(shown | {"errors": error}))

    answer = writing(request, work, again)
    if begun:
        running.start(request.app.state.kernel.runtime, begun[0])
    return answer


@get(f"/{LIST}/verify", permission="audit.view", sync_to_thread=True)
def verify_progress(request: StaffRequest) -> Html:
    """How far the verification is; at its end the page is loaded anew."""
    with reading(request) as desk:
        shown = chain_context(desk)
        answer = desk.fragment("audit/_chain.html", **shown)
        if not shown["under_way"]:
            answer.headers["HX-Refresh"] = "true"
        return answer


def chain_context(desk: Desk) -> dict[str, Any]:
    """The state of the chain, as the panel beside the list shows it."""
    check = checks.latest(desk.session)
    return {
        "check": check,
        "under_way": check is not None and checks.is_under_way(check),
        "interrupted": check is not None and check.ended_at is None and not checks.is_under_way(check),
        "broken": checks.glance(desk.session, signing.keys_at(desk.session.connection())),
        "verify_href": desk.url(f"{LIST}/verify"),
    }


def _list(desk: Desk, wanted: Filter, before: int | None) -> dict[str, Any]:
    rows = listing.page(desk.session, desk.site, wanted, before=before, limit=listing.PAGE + 1)
    shown: list[Row] = rows[: listing.PAGE]
    older = address(desk, wanted, LIST, before=shown[-1].id) if len(rows) > listing.PAGE else ""
    return chain_context(desk) | {
        "words": words,
        "wanted": wanted,
        "unfiltered": not fields_of(wanted),
        "rows": shown,
        "subjects": looked_up(desk, shown),
        "actions": words.choices(listing.actions(desk.session)),
        "people": [(str(listing.SYSTEM), "Nobody in person"), *_people(desk)],
        "older_href": older,
        "newest_href": address(desk, wanted, LIST) if before is not None else "",
        "list_href": desk.url(LIST),
        "csv_href": address(desk, wanted, f"{LIST}.csv"),
        "json_href": desk.url("audit").replace("/s/", "/api/v1/s/", 1),
    }


def _people(desk: Desk) -> list[tuple[str, str]]:
    return [(str(staff_id), name) for staff_id, name in listing.people(desk.session)]


def _asked(request: StaffRequest) -> Filter:
    return filter_of(Form(request.query_params.dict()))


HANDLERS = [audit_list, audit_csv, audit_entry, verify_chain, verify_progress]

ADMINISTRATION = [
    AdministrationItem(
        label="Audit log", href=LIST, permission="audit.view", icon="list", heading="Clinic", weight=80
    )
]
