"""The list of invoices: every filter finds what its count says, and the sums are those of all pages."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from fetlock import clock
from fetlock.domain.invoices import closing, lines, listing, payments
from fetlock.domain.invoices.listing import Filter, Which
from fetlock.testing import Clinic

D = Decimal
ZONE = "America/New_York"


@pytest.fixture
def clinic_database_url(database_url: str) -> str:
    return database_url


def make(clinic: Clinic) -> None:
    """Client 57: 1 closed, 2 void, 3 open and free of charge. Client 58: 4 reopened with 10.00 to pay."""

    def add(client: str, line: lines.NewLine) -> int:
        return clinic.run(
            lambda work: lines.add_lines(work, clinic.records.clients[client], [line])
        ).invoice.id

    def settle(invoice_id: int, amount: str) -> None:
        clinic.run(lambda work: payments.take_payment(work, invoice_id, D(amount), "card", close=True))

    settle(add("57", clinic.line("NAIL")), "30.00")
    second = add("57", clinic.line("EXAM", patient="57B"))
    clinic.run(lambda work: closing.void(work, second, reason="x"))
    add("57", clinic.line("FREE"))
    fourth = add("58", clinic.line("NAIL", patient="58A"))
    settle(fourth, "30.00")
    clinic.run(lambda work: closing.reopen(work, fourth, reason="x"))
    clinic.product("TEN", "10.00")
    clinic.run(lambda work: lines.add_lines_to(work, fourth, [clinic.line("TEN", patient="58A")]))


def find(clinic: Clinic, wanted: Filter, page: int = 1) -> tuple[list[int], listing.Sums]:
    with clinic.reading() as session:
        rows, sums = listing.page(session, clinic.records.sites["north"], ZONE, wanted, page)
    return [row.id for row in rows], sums


@pytest.mark.parametrize(
    ("which", "ids"),
    [
        (Which.ALL, [4, 3, 2, 1]),
        (Which.OPEN, [3]),
        (Which.REOPENED, [4]),
        (Which.READY, [3]),
        (Which.CLOSED, [1]),
        (Which.VOID, [2]),
    ],
)
def test_states_and_their_counts(clinic: Clinic, which: Which, ids: list[int]) -> None:
    make(clinic)
    found, sums = find(clinic, Filter(which=which))
    with clinic.reading() as session:
        counts = listing.counts(session, clinic.records.sites["north"])
    assert found == ids
    assert sums.count == counts[which] == len(ids)


def test_sums_are_those_of_what_is_found(clinic: Clinic) -> None:
    make(clinic)
    _, sums = find(clinic, Filter())
    assert (sums.gross, sums.paid, sums.balance) == (D(70), D(60), D(10))
    _, nothing = find(clinic, Filter(text="nobody"))
    assert (nothing.count, nothing.gross, nothing.balance) == (0, D(0), D(0))


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        (Filter(text="hara"), [4]),
        (Filter(text="dana WHIT"), [3, 2, 1]),
        (Filter(text="58"), [4]),
        (Filter(text="NC-1"), [1]),
        (Filter(text="%"), []),
        (Filter(client_id=2), [4]),
        (Filter(patient_id=2), [2]),
        (Filter(first=date.max), []),
        (Filter(first=date.min, last=date.max), [4, 3, 2, 1]),
        (Filter(last=date.min), []),
    ],
)
def test_text_client_and_patient(clinic: Clinic, wanted: Filter, ids: list[int]) -> None:
    make(clinic)
    assert find(clinic, wanted)[0] == ids


def test_days_are_those_of_the_site(clinic: Clinic) -> None:
    evening = datetime(2026, 3, 10, 2, 30, tzinfo=UTC)  # the ninth, in New York
    with clock.set_to(evening):
        clinic.run(lambda work: lines.add_lines(work, clinic.client_id, [clinic.line("NAIL")]))
    ninth = evening.date() - timedelta(days=1)
    assert find(clinic, Filter(first=ninth, last=ninth))[0] == [1]
    assert find(clinic, Filter(first=evening.date()))[0] == []


def test_pages_and_export(clinic: Clinic) -> None:
    make(clinic)
    assert find(clinic, Filter(), page=2)[0] == []
    with clinic.reading() as session:
        rows = list(listing.every(session, clinic.records.sites["north"], ZONE, Filter()))
        assert [row.id for row in rows] == [4, 3, 2, 1]
        assert rows[0].patients == ((3, "58A", "Moss"),)
        assert list(listing.every(session, clinic.records.sites["south"], ZONE, Filter())) == []
