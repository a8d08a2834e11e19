"""The list of accounts with a balance: filtered, sorted, as CSV; and insurers that are entered by hand."""

from litestar import get, post
from litestar.response import Response

from fetlock import clock
from fetlock.domain.accounts import listing, parties
from fetlock.domain.accounts.ageing import LABELS
from fetlock.domain.accounts.listing import Filter, Row, Sort, Which
from fetlock.errors import FetlockError
from fetlock_hostapp.plugin import (
    Desk,
    FormData,
    FromQuery,
    Html,
    StaffRequest,
    note_export,
    reading,
    status_of,
    writing,
)
from fetlock_hostapp.web.accounts.filtering import address, list_filter, list_query, pager_href
from fetlock_hostapp.web.kernel.csv_files import Cell, csv_file

CHIPS = (
    (Which.BALANCE, "With a balance"),
    (Which.OWING, "Owing"),
    (Which.CREDIT, "In credit"),
    (Which.ALL, "All"),
)
COLUMNS = ("account", "kind", "name", "balance", "due", *LABELS, "last movement", "currency")


@get("/accounts", permission="accounts.view", sync_to_thread=True)
def account_list(
    request: StaffRequest,
    which: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    q: FromQuery[str] = "",
    sort: FromQuery[str] = "",
    way: FromQuery[str] = "",
    page: FromQuery[int] = 1,
) -> Html:
    """Accounts in the site's currency that the filter in the address finds."""
    wanted = list_filter(which, kind, q, sort, way)
    number = min(max(page, 1), 1_000_000)
    with reading(request) as desk:
        rows, sums = listing.page(desk.session, desk.site, wanted, number)
        query = list_query(wanted)
        return desk.page(
            "accounts/list.html",
            rows=rows,
            sums=sums,
            wanted=wanted,
            chips=[
                {
                    "label": label,
                    "href": address(desk, "accounts", query | {"which": each.value}),
                    "current": each is wanted.which,
                }
                for each, label in CHIPS
            ],
            heads={each.value: _head(desk, wanted, each) for each in Sort},
            number=number,
            pages=max(-(-sums.count // listing.PAGE), 1),
            pager_href=pager_href(desk, "accounts", query),
            csv_href=address(desk, "accounts.csv", query),
            json_href=address(desk, "accounts", query | {"sort": "", "way": ""}).replace(
                "/s/", "/api/v1/s/", 1
            ),
        )


@get("/accounts.csv", permission="accounts.view", sync_to_thread=True)
def accounts_csv(
    request: StaffRequest,
    which: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    q: FromQuery[str] = "",
    sort: FromQuery[str] = "",
    way: FromQuery[str] = "",
) -> Response[str]:
    """The same list as CSV, with the age of what is due."""
    wanted = list_filter(which, kind, q, sort, way)
    note_export(request, "accounts")
    with reading(request) as desk:
        currency = desk.site.currency
        rows = [_cells(row, currency) for row in listing.every(desk.session, desk.site, wanted)]
        day = clock.today(desk.site.time_zone).isoformat()
        return csv_file(f"accounts-{desk.site.slug}-{day}", COLUMNS, rows)


@get("/accounts/new-insurer", permission="accounts.take_payment", sync_to_thread=True)
def new_insurer(request: StaffRequest) -> Html:
    """A form for an insurer that no plugin brings."""
    with reading(request) as desk:
        return desk.page("accounts/insurer.html", insurers=parties.insurers(desk.session))


@post("/accounts/new-insurer", permission="accounts.take_payment", sync_to_thread=True)
def add_insurer(request: StaffRequest, data: FormData) -> Html:
    """Add an insurer by name."""

    def work(desk: Desk) -> Html:
        made = parties.keep_insurer(desk.work, data.text("name"))
        return desk.redirect(f"accounts/insurers/{made.id}", ok=f"{made.name} has an account now.")

    def again(desk: Desk, error: FetlockError) -> Html:
        known = parties.insurers(desk.session)
        return desk.page(
            "accounts/insurer.html", insurers=known, typed=data, errors=error, status=status_of(error)
        )

    return writing(request, work, again)


def _head(desk: Desk, wanted: Filter, sort: Sort) -> tuple[str, str | None]:
    """The address of a column's heading, and its direction now."""
    chosen = wanted.sort is sort
    down = not wanted.descending if chosen else sort is not Sort.NAME
    query = list_query(wanted) | {"sort": sort.value, "way": "down" if down else "up"}
    direction = ("descending" if wanted.descending else "ascending") if chosen else None
    return address(desk, "accounts", query), direction


def _cells(row: Row, currency: str) -> list[Cell]:
    amounts = (row.balance, row.ages.due, *row.ages.parts)
    return [
        row.code,
        row.kind,
        row.name,
        *(f"{amount:.2f}" for amount in amounts),
        row.last_at,
        currency,
    ]


HANDLERS = [account_list, accounts_csv, new_insurer, add_insurer]
