"""The list of a site's invoices: filters in the address, sums, CSV; and the tab on the patient's page."""

from datetime import date
from urllib.parse import urlencode

from litestar import get
from litestar.response import Response

from fetlock import clock
from fetlock.domain.invoices import listing
from fetlock.domain.invoices.listing import Filter, Which
from fetlock_hostapp.plugin import Desk, FromQuery, Html, StaffRequest, note_export, reading
from fetlock_hostapp.web.invoices import words
from fetlock_hostapp.web.kernel.csv_files import Cell, csv_file

CHIPS = (
    (Which.ALL, "All"),
    (Which.OPEN, "Open"),
    (Which.REOPENED, "Reopened"),
    (Which.READY, "Ready to close"),
    (Which.CLOSED, "Closed"),
    (Which.VOID, "Void"),
)


COLUMNS = (
    *("invoice", "state", "begun", "closed", "account", "client", "patients"),
    *("savings", "total", "paid", "balance", "currency"),
)


@get("/invoices", permission="invoices.view", sync_to_thread=True)
def invoice_list(
    request: StaffRequest,
    which: FromQuery[str] = "",
    q: FromQuery[str] = "",
    first: FromQuery[str] = "",
    last: FromQuery[str] = "",
    page: FromQuery[int] = 1,
) -> Html:
    """The invoices of the site that the filter in the address finds."""
    wanted = filter_of(which, q, first, last)
    number = min(max(page, 1), 1_000_000)
    with reading(request) as desk:
        rows, sums = listing.page(desk.session, desk.site.id, desk.site.time_zone, wanted, number)
        counts = listing.counts(desk.session, desk.site.id)
        query = address_of(wanted)
        chips = [
            {
                "label": label,
                "href": _with(desk, "invoices", address_of(wanted) | {"which": state.value}),
                "count": counts[state],
                "current": state is wanted.which,
            }
            for state, label in CHIPS
        ]
        return desk.page(
            "invoices/list.html",
            rows=rows,
            sums=sums,
            wanted=wanted,
            chips=chips,
            query=query,
            words=words,
            number=number,
            pages=max(-(-sums.count // listing.PAGE), 1),
            pager_href=_with(desk, "invoices", query) + ("&" if any(query.values()) else "?") + "page=",
            csv_href=_with(desk, "invoices.csv", query),
            json_href=_with(desk, "invoices", query).replace("/s/", "/api/v1/s/", 1),
        )


@get("/invoices.csv", permission="invoices.view", sync_to_thread=True)
def invoices_csv(
    request: StaffRequest,
    which: FromQuery[str] = "",
    q: FromQuery[str] = "",
    first: FromQuery[str] = "",
    last: FromQuery[str] = "",
) -> Response[str]:
    """The same list as CSV: one row an invoice, amounts with a point and two decimals."""
    wanted = filter_of(which, q, first, last)
    note_export(request, "invoices")
    with reading(request) as desk:
        rows = [
            _cells(row, desk.site.currency)
            for row in listing.every(desk.session, desk.site.id, desk.site.time_zone, wanted)
        ]
        day = clock.today(desk.site.time_zone).isoformat()
        return csv_file(f"invoices-{desk.site.slug}-{day}", COLUMNS, rows)


def filter_of(which: str, q: str, first: str, last: str) -> Filter:
    """The filter that an address asks for; what nobody can mean is left out."""
    state = Which(which) if which in set(Which) else Which.ALL
    return Filter(which=state, text=q.strip()[:200], first=_day(first), last=_day(last))


def address_of(wanted: Filter) -> dict[str, str]:
    """The filter as the address says it."""
    return {
        "which": wanted.which.value,
        "q": wanted.text,
        "first": wanted.first.isoformat() if wanted.first else "",
        "last": wanted.last.isoformat() if wanted.last else "",
    }


def _with(desk: Desk, path: str, query: dict[str, str]) -> str:
    given = {name: value for name, value in query.items() if value}
    return desk.url(path) + (f"?{urlencode(given)}" if given else "")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _cells(row: listing.Row, currency: str) -> list[Cell]:
    return [
        row.title,
        row.state,
        row.created_at,
        row.closed_at,
        row.client_code,
        row.client_name,
        " ".join(code for _, code, _ in row.patients),
        *(f"{amount:.2f}" for amount in (row.savings, row.gross, row.paid, row.balance)),
        currency,
    ]


HANDLERS = [invoice_list, invoices_csv]
