"""H-38: two people at the same money at the same moment; one of them has it, the books stay right."""

import uuid
from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from random import Random

import pytest

from core.tests.accounts import books
from fetlock import Blocked, Conflict, Invalid, NotFound, Work
from fetlock.domain.accounts import correcting, items, parties, paying
from fetlock.domain.accounts.items import Item
from fetlock.domain.accounts.models import Account
from fetlock.domain.accounts.paying import Party, Shares
from fetlock.domain.invoices import closing, lines, on_account, payments
from fetlock.domain.invoices.models import Invoice
from fetlock.testing import Clinic
from tests.concurrency.crowd import failures, together

D = Decimal
PEOPLE = 8
pytestmark = [pytest.mark.serial, pytest.mark.timeout(300)]


def deposit(clinic: Clinic, amount: int) -> int:
    party = Party(client_id=clinic.client_id)
    return clinic.run(lambda work: paying.take_deposit(work, party, D(amount), "cash"))


def invoice(clinic: Clinic, nails: int, *, site: str = "north") -> int:
    new = [clinic.line("NAIL", nails)]
    return clinic.run(lambda work: lines.add_lines(work, clinic.client_id, new), site=site).invoice.id


def account_id(clinic: Clinic) -> int:
    with clinic.reading() as session:
        found = parties.find_account(session, "USD", client_id=clinic.client_id)
        assert found is not None
        return found.id


def open_items(clinic: Clinic) -> list[Item]:
    with clinic.reading() as session:
        return items.open_items(session, account_id(clinic))


def one_alone(results: Sequence[object]) -> None:
    """Exactly one succeeded, and everybody else was told, not crashed."""
    refused = failures(results)
    assert len(refused) == len(results) - 1
    assert {type(error) for error in refused} <= {Invalid, Conflict}


@pytest.mark.req("H-38", "OP-3")
def test_the_same_deposit_is_given_back_once(clinic: Clinic) -> None:
    paid = deposit(clinic, 50)
    account = account_id(clinic)
    refund = partial(
        paying.refund, account_id=account, entry_id=paid, amount=D(50), method="cash", reason="Back"
    )
    results = together([partial(clinic.run, refund, site=("north", "south")[n % 2]) for n in range(PEOPLE)])
    one_alone(results)
    assert open_items(clinic) == []
    books.check(books.read(clinic))


@pytest.mark.req("H-38", "OP-3")
def test_the_same_credit_pays_one_of_two_invoices(clinic: Clinic) -> None:
    deposit(clinic, 30)
    invoices = {site: invoice(clinic, 1, site=site) for site in ("north", "south")}
    use = lambda work, key: on_account.use_credit(work, key, D(30))  # noqa: E731
    one_alone(
        together(
            [
                partial(clinic.run, partial(use, key=key), site=site)
                for site, key in invoices.items()
                for _ in range(2)
            ]
        )
    )
    assert open_items(clinic) == []
    books.check(books.read(clinic))


@pytest.mark.req("H-38", "OP-3")
def test_credit_is_used_or_given_back_never_both(clinic: Clinic) -> None:
    paid = deposit(clinic, 30)
    target, account = invoice(clinic, 1), account_id(clinic)
    commands = [
        lambda work: on_account.use_credit(work, target, D(30)),
        lambda work: paying.refund(work, account, paid, D(30), "cash", reason="Back"),
    ]
    one_alone(together([partial(clinic.run, command) for command in commands * 3]))
    books.check(books.read(clinic))


@pytest.mark.req("H-38")
def test_the_same_debt_is_paid_once_and_written_off_never_then(clinic: Clinic) -> None:
    target = invoice(clinic, 1)
    clinic.run(lambda work: on_account.move_to_account(work, target, D(30)))
    debt, party = open_items(clinic)[0], Party(client_id=clinic.client_id)
    pay = partial(
        paying.take_payment,
        party=party,
        amount=D(30),
        method="card",
        wanted=Shares(debts={debt.id: D(30)}),
    )
    forgive = lambda work: correcting.write_off(work, debt.account_id, debt.id, D(30), reason="Gone")  # noqa: E731
    one_alone(together([partial(clinic.run, command) for command in (pay, forgive) * 3]))
    books.check(books.read(clinic))


@pytest.mark.req("H-38")
def test_a_form_that_is_sent_twice_at_once_counts_once(clinic: Clinic) -> None:
    party, key = Party(client_id=clinic.client_id), uuid.uuid4()
    take = partial(paying.take_deposit, party=party, amount=D(20), method="card", key=key)
    results = together([partial(clinic.run, take) for _ in range(PEOPLE)])
    assert failures(results) == []
    assert len(set(results)) == 1
    assert [item.amount for item in open_items(clinic)] == [-20]


@pytest.mark.req("H-38", "OP-3")
def test_money_of_two_returns_is_given_back_once(clinic: Clinic) -> None:
    """Two invoices return the same line's units; what was paid for it is given back once."""
    sold = invoice(clinic, 2)
    clinic.run(lambda work: payments.take_payment(work, sold, D(20), "card"))
    clinic.run(lambda work: on_account.move_to_account(work, sold, D(40)))
    clinic.run(lambda work: closing.close(work, sold))
    back = clinic.run(lambda work: lines.return_line(work, 1, D(2), reason="Unused")).invoice.id
    give = lambda work: payments.take_payment(work, back, D(-20), "cash")  # noqa: E731
    one_alone(together([partial(clinic.run, give) for _ in range(4)]))
    books.check(books.read(clinic))


def _person(clinic: Clinic, insurer_id: int, seed: int) -> None:
    """A person busy with one client's money at one site. A refusal is fine, `Busy` or a failure is not."""
    random, site = Random(seed), ("north", "south")[seed % 2]
    here = clinic.records.sites[site]

    def something(work: Work) -> object:
        session = work.session
        found = session.query(Invoice).filter(Invoice.site_id == here).all()
        accounts = session.query(Account).order_by(Account.id).all()
        chosen = random.choice(found) if found else None
        stand = [each for account in accounts for each in items.open_items(session, account.id)]
        item = random.choice(stand) if stand else None
        way = random.randrange(10)
        if chosen is None or way == 0:
            return lines.add_lines(work, clinic.client_id, [clinic.line("NAIL", random.randint(1, 3))])
        balance = chosen.balance
        if way == 1:
            on_account.move_to_account(work, chosen.id, balance)
            return closing.close(work, chosen.id)
        if way == 2:
            on_account.move_to_insurer(work, chosen.id, insurer_id, balance)
            return closing.close(work, chosen.id)
        if way == 3:
            return closing.void(work, chosen.id, reason="Wrong")
        if way == 4:
            return closing.reopen(work, chosen.id, reason="Wrong")
        if item is None or way == 5:
            return paying.take_deposit(work, Party(client_id=clinic.client_id), D(10), "cash")
        if way == 6:
            return on_account.use_credit(work, chosen.id, min(balance, D(5)))
        if way == 7 and item.is_debt:
            return correcting.bill_client(work, item.account_id, item.id, item.open, reason="Excess")
        if way == 8 and item.is_debt:
            wanted = Shares(debts={item.id: item.open})
            return paying.take_payment(work, Party(client_id=clinic.client_id), item.open, "card", wanted)
        return paying.refund(work, item.account_id, item.id, item.open, "cash", reason="Back")

    for _ in range(10):
        try:
            clinic.run(something, site=site)
        except (Blocked, Conflict, Invalid, NotFound):
            continue


@pytest.mark.req("H-38", "OP-3")
def test_a_crowd_at_one_account_leaves_the_books_right(clinic: Clinic) -> None:
    insurer_id = clinic.run(lambda work: parties.keep_insurer(work, "Hartwell Mutual").id)
    results = together([partial(_person, clinic, insurer_id, seed) for seed in range(PEOPLE)])
    assert failures(results) == []
    books.check(books.read(clinic))
