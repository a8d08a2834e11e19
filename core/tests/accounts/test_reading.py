"""H-38: what an account shows: ages, entries with their balance, statements, and the list of accounts."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.tests.accounts.ledger import Ledger
from fetlock import clock
from fetlock.domain.accounts import entry_views, listing, statements
from fetlock.domain.accounts.ageing import LABELS, ageing
from fetlock.domain.accounts.entry_views import Filter, Which
from fetlock.domain.accounts.listing import Sort
from fetlock.domain.sites.models import Site

D = Decimal
NOON = datetime(2026, 11, 20, 17, tzinfo=UTC)


def site_of(ledger: Ledger, slug: str = "north") -> Site:
    with ledger.clinic.reading() as session:
        return session.get_one(Site, ledger.clinic.records.sites[slug])


def rich(ledger: Ledger) -> None:
    """Debts of four ages, a payment, a deposit; the last on 20 November."""
    for days, nails in [(120, 1), (75, 2), (45, 3), (0, 4)]:
        with clock.set_to(NOON - timedelta(days=days)):
            ledger.charge(nails)
    with clock.set_to(NOON - timedelta(days=10)):
        debt = ledger.view().debts[1]
        ledger.pay(40, {debt.id: 40})
    with clock.set_to(NOON):
        ledger.deposit(15)


@pytest.mark.req("H-38")
def test_what_is_due_by_its_age(ledger: Ledger) -> None:
    rich(ledger)
    with clock.set_to(NOON):
        view = ledger.view()
    assert view.ages.parts == (D(120), D(90), D(20), D(30))
    assert view.ages.rows[0] == (LABELS[0], D(120))
    assert (view.due, view.ages.overdue, view.credit, view.balance) == (D(260), D(140), D(15), D(245))


@given(
    st.lists(
        st.tuples(st.integers(0, 400), st.integers(1, 10**9)),
        max_size=30,
    ),
    st.sampled_from(["America/New_York", "Asia/Kolkata", "UTC", "Pacific/Auckland"]),
)
def test_ages_add_up_and_each_debt_stands_in_one_part(debts: list[tuple[int, int]], zone: str) -> None:
    today = date(2026, 11, 20)
    noon = datetime(2026, 11, 20, 12, tzinfo=ZoneInfo(zone))
    found = ageing(((noon - timedelta(days=days), D(cents) / 100) for days, cents in debts), zone, today)
    assert found.due == sum(D(cents) for _, cents in debts) / 100
    edges = [(0, 30), (31, 60), (61, 90), (91, 400)]
    for part, (first, last) in zip(found.parts, edges, strict=True):
        assert part == sum((D(c) for days, c in debts if first <= days <= last), D(0)) / 100


@pytest.mark.req("H-38")
def test_entries_carry_the_balance_after_them_whatever_is_filtered(ledger: Ledger) -> None:
    rich(ledger)
    site, account_id = site_of(ledger), ledger.account_id()
    with ledger.clinic.reading() as session:
        every, count = entry_views.entries(session, site, account_id, Filter())
        money, moved = entry_views.entries(session, site, account_id, Filter(which=Which.MONEY))
        unpaid, _ = entry_views.entries(session, site, account_id, Filter(which=Which.OPEN))
        days = Filter(first=date(2026, 11, 10), last=date(2026, 11, 10))
        that_day, _ = entry_views.entries(session, site, account_id, days)
    assert (count, moved) == (6, 2)
    assert [entry.balance for entry in every] == [245, 260, 300, 180, 90, 30]
    assert [(entry.kind, entry.balance) for entry in money] == [("deposit", D(245)), ("payment", D(260))]
    assert [entry.open for entry in unpaid] == [15, 120, 90, 20, 30]
    assert [entry.amount for entry in that_day] == [-40]


@pytest.mark.req("H-38")
def test_a_statement_goes_from_its_opening_to_its_closing_balance(ledger: Ledger) -> None:
    rich(ledger)
    site = site_of(ledger)
    with ledger.clinic.reading() as session:
        found = statements.statement(
            session, site, "client", ledger.client_id, date(2026, 10, 1), date(2026, 11, 19)
        )
        none = statements.statement(session, site, "client", ledger.client_id, found.last, found.first)
    assert (found.opening, found.debited, found.credited, found.closing) == (D(90), D(90), D(40), D(140))
    assert [entry.balance for entry in found.entries] == [180, 140]
    assert (none.opening, none.closing, none.entries) == (none.opening, none.opening, ())
    balances = [found.opening, *(entry.balance for entry in found.entries)]
    assert balances[-1] == found.closing


def test_a_day_ends_at_midnight_of_the_site(ledger: Ledger) -> None:
    late = datetime(2026, 11, 20, 23, 30, tzinfo=ZoneInfo("America/New_York"))
    with clock.set_to(late):
        ledger.charge(1)
    with ledger.clinic.reading() as session:
        site, day = site_of(ledger), date(2026, 11, 20)
        that_day = statements.statement(session, site, "client", ledger.client_id, day, day)
        next_day = day + timedelta(days=1)
        after = statements.statement(session, site, "client", ledger.client_id, next_day, next_day)
    assert (that_day.closing, len(that_day.entries)) == (D(30), 1)
    assert (after.opening, len(after.entries)) == (D(30), 0)


@pytest.mark.req("H-38")
def test_the_list_is_filtered_sorted_and_summed(ledger: Ledger) -> None:
    insurer = ledger.insurer("Hartwell Mutual")
    ledger.charge(2)
    ledger.charge(1, insurer=insurer)
    ledger.charge(1, patient="58A")
    ledger.client_id = ledger.clinic.records.clients["58"]
    ledger.deposit(100)
    site = site_of(ledger)

    def found(**wanted: object) -> list[tuple[str, Decimal]]:
        with ledger.clinic.reading() as session:
            rows, _ = listing.page(session, site, listing.Filter(**wanted))  # type: ignore[arg-type]
            return [(row.name, row.balance) for row in rows]

    dana, noor, hartwell = ("Dana Whitfield", D(60)), ("Noor O’Hara", D(-70)), ("Hartwell Mutual", D(30))
    assert found() == [dana, hartwell, noor]
    assert found(descending=False) == [noor, hartwell, dana]
    assert found(sort=Sort.NAME, descending=False) == [hartwell, noor, dana]
    assert found(sort=Sort.LAST) == [noor, hartwell, dana]
    assert found(which=listing.Which.OWING) == [dana, hartwell]
    assert found(which=listing.Which.CREDIT) == [noor]
    assert found(kind="insurer") == [hartwell]
    assert found(text="whit dana") == found(text="57") == [dana]
    with ledger.clinic.reading() as session:
        rows, sums = listing.page(session, site, listing.Filter())
        first, _ = listing.after(session, site, listing.Filter(), None, 2)
        rest, _ = listing.after(session, site, listing.Filter(), first[-1].account_id, 2)
        whole = list(listing.every(session, site, listing.Filter()))
    assert (sums.count, sums.owing, sums.credit) == (3, D(90), D(70))
    assert rows[0].ages.due == 60
    assert sorted(row.account_id for row in whole) == [row.account_id for row in (*first, *rest)]


@pytest.mark.req("H-38")
@pytest.mark.parametrize("table", ["account_entry", "account_allocation"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET amount = 1", "DELETE FROM {}"])
def test_the_ledger_is_append_only(ledger: Ledger, table: str, statement: str) -> None:
    ledger.charge(1)
    ledger.pay(30, {ledger.view().debts[0].id: 30})
    with pytest.raises(DBAPIError, match=f"{table} is append-only"):
        ledger.clinic.database.write(lambda session: session.execute(text(statement.format(table))))
