"""What must hold of accounts, invoices and money after any command, read by plain SQL in whole cents."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, text

from fetlock.testing import Clinic

MONEY = ("cash", "card", "bank", "cheque")
Row = tuple[Any, ...]


@dataclass
class Books:
    """Everything at one moment, by id. Amounts are cents."""

    invoices: dict[int, Row] = field(default_factory=dict)
    payments: dict[int, Row] = field(default_factory=dict)
    entries: dict[int, Row] = field(default_factory=dict)
    accounts: dict[int, Row] = field(default_factory=dict)
    allocations: list[Row] = field(default_factory=list)


def read(clinic: Clinic) -> Books:
    """Read all of it in one transaction."""
    with clinic.reading() as session:
        return _from(session.connection())


def _from(connection: Connection) -> Books:
    def by_id(columns: str, table: str) -> dict[int, Row]:
        return {
            row[0]: tuple(row[1:]) for row in connection.execute(text(f"SELECT id, {columns} FROM {table}"))
        }

    return Books(
        invoices=by_id("client_id, state, gross, paid", "invoice"),
        payments=by_id("invoice_id, method, amount", "payment"),
        entries=by_id(
            "account_id, kind, against, amount, invoice_id, payment_id, partner_id", "account_entry"
        ),
        accounts=by_id("client_id, insurer_id, currency", "account"),
        allocations=list(by_id("credit_id, debit_id, amount", "account_allocation").values()),
    )


def check(books: Books) -> None:
    """All that holds at any moment."""
    _check_invoices(books)
    _check_both_sides(books)
    _check_sums(books)
    _check_allocations(books)


def _check_invoices(books: Books) -> None:
    paid: dict[int, int] = defaultdict(int)
    for invoice_id, _, amount in books.payments.values():
        paid[invoice_id] += amount
    for key, (_, state, gross, said) in books.invoices.items():
        assert said == paid[key], "paid is the sum of the payments"
        if state == "closed":
            assert gross == said, "a closed invoice has no balance"
        if state == "void":
            assert said == 0, "nothing is paid on a void invoice"


def _check_both_sides(books: Books) -> None:
    settled = {key: row for key, row in books.payments.items() if row[1] not in MONEY}
    against: dict[int, Row] = {}
    transferred = 0
    for row in books.entries.values():
        _, kind, side, amount, invoice_id, payment_id, partner_id = row
        assert amount != 0
        if side == "invoice":
            against[payment_id] = (invoice_id, amount)
        if side == "account":
            transferred += amount
        if partner_id is not None:
            partner = books.entries[partner_id]
            assert kind == partner[1] == "transfer"
            assert amount == -partner[3]
            assert invoice_id == partner[4]
    assert transferred == 0, "what leaves one account stands on another"
    assert against == {key: (row[0], row[2]) for key, row in settled.items()}, (
        "each move is on the invoice and on the account, by the same amount"
    )


def _check_sums(books: Books) -> None:
    """Sum of invoices less sum of payments is the balance: of each client, each insurer, and altogether."""
    balance: dict[int, int] = defaultdict(int)
    money: dict[int, int] = defaultdict(int)
    loss: dict[int, int] = defaultdict(int)
    moved: dict[int, int] = defaultdict(int)
    insured: dict[int, int] = defaultdict(int)
    for account_id, _, side, amount, invoice_id, _, _ in books.entries.values():
        balance[account_id] += amount
        money[account_id] -= amount if side == "money" else 0
        loss[account_id] -= amount if side == "loss" else 0
        if books.accounts[account_id][1] is not None and side in ("invoice", "account"):
            moved[account_id] += amount
            insured[books.invoices[invoice_id][0]] += amount
    for key, (client_id, insurer_id, _) in books.accounts.items():
        assert money[key] >= 0 or client_id is not None, "no insurer is given back more than it paid"
        if insurer_id is not None:
            assert balance[key] == moved[key] - money[key] - loss[key]
    whole = [0, 0, 0, 0, 0]
    for client_id in {row[0] for row in books.invoices.values()} | {
        row[0] for row in books.accounts.values()
    }:
        if client_id is None:
            continue
        own = [key for key, row in books.accounts.items() if row[0] == client_id]
        mine = {key: row for key, row in books.invoices.items() if row[0] == client_id}
        gross = sum(row[2] for row in mine.values() if row[1] != "void")
        due = sum(row[2] - row[3] for row in mine.values() if row[1] != "void")
        paid = sum(row[2] for row in books.payments.values() if row[0] in mine and row[1] in MONEY)
        paid += sum(money[key] for key in own)
        given_up = sum(loss[key] for key in own)
        owed = sum(balance[key] for key in own)
        assert gross - paid - given_up - insured[client_id] == due + owed, "invoices - payments = balance"
        assert paid >= 0, "nobody is given back more than they paid"
        for place, amount in enumerate((gross, paid, given_up, due, owed)):
            whole[place] += amount
    insurers = [key for key, row in books.accounts.items() if row[1] is not None]
    gross, paid, given_up, due, owed = whole
    paid += sum(money[key] for key in insurers)
    given_up += sum(loss[key] for key in insurers)
    owed += sum(balance[key] for key in insurers)
    assert gross - paid - given_up == due + owed, "the same over the whole house"


def _check_allocations(books: Books) -> None:
    pairs: dict[tuple[int, int], int] = defaultdict(int)
    for credit_id, debit_id, amount in books.allocations:
        pairs[credit_id, debit_id] += amount
    used: dict[int, int] = defaultdict(int)
    for (credit_id, debit_id), amount in pairs.items():
        credit, debit = books.entries[credit_id], books.entries[debit_id]
        assert amount >= 0
        assert credit[3] < 0 < debit[3]
        assert credit[0] == debit[0], "within one account"
        used[credit_id] += amount
        used[debit_id] += amount
    for key, row in books.entries.items():
        assert 0 <= used[key] <= abs(row[3]), "never above a debt or a payment"
        if row[3] < 0 and row[1] in ("write_off", "transfer", "reversal"):
            assert used[key] == -row[3], "what is no money and no goodwill never becomes credit"


def compare(before: Books, after: Books) -> None:
    """What one command may not do: change what was written."""
    for key, row in before.entries.items():
        assert after.entries[key] == row
    assert after.allocations[: len(before.allocations)] == before.allocations
    for key, row in before.payments.items():
        assert after.payments[key] == row
