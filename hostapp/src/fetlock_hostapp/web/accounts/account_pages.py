"""One account: balance, credit, age of its debts, entries with their balance; and its statement on paper."""

from datetime import timedelta

from litestar import get

from fetlock import clock
from fetlock.domain.accounts import entry_views, statements, views
from fetlock.domain.accounts.entry_views import EntryView, Filter, Which
from fetlock.domain.clients.models import Client
from fetlock.errors import Invalid
from fetlock_hostapp.plugin import Desk, FromPath, FromQuery, Html, StaffRequest, reading
from fetlock_hostapp.web.accounts import words
from fetlock_hostapp.web.accounts.filtering import (
    address,
    day_of,
    entry_filter,
    entry_query,
    kind_of,
    pager_href,
)

MAY = {
    "pay": "accounts.take_payment",
    "refund": "accounts.refund",
    "write_off": "accounts.write_off",
    "invoices": "invoices.view",
}
CHIPS = (
    (Which.ALL, "All"),
    (Which.OPEN, "Open"),
    (Which.INVOICES, "Invoices"),
    (Which.MONEY, "Money"),
    (Which.OTHER, "Other"),
)


@get("/accounts/{kinds:str}/{party_id:int}", permission="accounts.view", sync_to_thread=True)
def account_page(
    request: StaffRequest,
    kinds: FromPath[str],
    party_id: FromPath[int],
    which: FromQuery[str] = "",
    first: FromQuery[str] = "",
    last: FromQuery[str] = "",
    page: FromQuery[int] = 1,
) -> Html:
    """The account of a client or an insurer, its entries newest first under the filter in the address."""
    wanted = entry_filter(which, first, last)
    number = min(max(page, 1), 1_000_000)
    with reading(request) as desk:
        view = views.get(desk.session, desk.site, kind_of(kinds), party_id)
        found: list[EntryView] = []
        total = 0
        if view.account_id is not None:
            found, total = entry_views.entries(desk.session, desk.site, view.account_id, wanted, number)
        path, query = view.party.path, entry_query(wanted)
        return desk.page(
            "accounts/account.html",
            view=view,
            entries=found,
            total=total,
            wanted=wanted,
            unfiltered=wanted == Filter(),
            chips=_chips(desk, path, query, wanted),
            words=words,
            may=may_of(desk),
            number=number,
            pages=max(-(-total // entry_views.PAGE), 1),
            pager_href=pager_href(desk, path, query),
            json_href=address(desk, f"{path}/entries", query).replace("/s/", "/api/v1/s/", 1),
        )


@get("/accounts/{kinds:str}/{party_id:int}/statement", permission="accounts.view", sync_to_thread=True)
def statement_page(
    request: StaffRequest,
    kinds: FromPath[str],
    party_id: FromPath[int],
    first: FromQuery[str] = "",
    last: FromQuery[str] = "",
) -> Html:
    """The statement of a period, as it is printed; this month and the last one unless days are chosen."""
    kind = kind_of(kinds)
    with reading(request) as desk:
        today = clock.today(desk.site.time_zone)
        begun = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
        begin, end = day_of(first) or begun, day_of(last) or today
        found = statements.statement(desk.session, desk.site, kind, party_id, begin, end)
        refused = Invalid({"last": "The last day lies before the first."}) if end < begin else None
        return desk.page(
            "accounts/statement.html",
            status=200 if refused is None else 422,
            errors=refused,
            statement=found,
            begin=begin,
            end=end,
            view=found.account,
            client=desk.session.get(Client, party_id) if kind == "client" else None,
            words=words,
            site=desk.site,
            today=today,
        )


def may_of(desk: Desk) -> dict[str, bool]:
    """What this person may do with accounts."""
    return {name: desk.may(permission) for name, permission in MAY.items()}


def _chips(desk: Desk, path: str, query: dict[str, str], wanted: Filter) -> list[dict[str, object]]:
    return [
        {
            "label": label,
            "href": address(desk, path, query | {"which": each.value}),
            "current": each is wanted.which,
        }
        for each, label in CHIPS
    ]


HANDLERS = [account_page, statement_page]
