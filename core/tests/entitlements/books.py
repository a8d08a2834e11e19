"""What must hold of the ledger, the invoices and the outbox after any command, read by plain SQL."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, text

from fetlock.domain.entitlements import ledger
from fetlock.domain.entitlements.models import Entitlement
from fetlock.testing import Clinic

UNIT = 10_000
"""Quantities stand in the database in 1/10,000."""


@dataclass
class Books:
    """The state of everything at one moment; quantities in units, whole numbers in this test."""

    entries: int = 0
    used: dict[int, int] = field(default_factory=dict)
    included: dict[int, int] = field(default_factory=dict)
    active: dict[int, bool] = field(default_factory=dict)
    invoices: dict[int, str] = field(default_factory=dict)
    reserved: dict[tuple[int, int], int] = field(default_factory=dict)
    committed: dict[tuple[int, int], int] = field(default_factory=dict)
    effects: dict[tuple[int, int], int] = field(default_factory=dict)
    covered: dict[tuple[int, int], int] = field(default_factory=dict)
    line_invoice: dict[int, int] = field(default_factory=dict)
    line_rows: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    owed: dict[str, int] = field(default_factory=dict)
    posted: dict[str, int] = field(default_factory=dict)
    numbers: dict[int, list[int]] = field(default_factory=dict)


def read(clinic: Clinic) -> Books:
    """Read all of it in one transaction."""
    with clinic.reading() as session:
        books = _from(session.connection())
        balances = ledger.balances(session, session.query(Entitlement).all())
        for key, balance in balances.items():
            counted = balance.reserved + balance.committed + balance.external - balance.reversed
            assert balance.used == counted == books.used[key], (
                "used = reserved + committed + external - reversed"
            )
    return books


def _from(connection: Connection) -> Books:
    def rows(statement: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in connection.execute(text(statement))]

    books = Books()
    for key, included, state in rows("SELECT id, included, state FROM entitlement"):
        books.included[key], books.active[key], books.used[key] = included // UNIT, state == "active", 0
    reserved: dict[tuple[int, int], int] = defaultdict(int)
    committed: dict[tuple[int, int], int] = defaultdict(int)
    effects: dict[tuple[int, int], int] = defaultdict(int)
    signs = {"reserve": (1, 0), "release": (-1, 0), "commit": (-1, 1), "reverse": (0, -1)}
    entries = rows(
        "SELECT uuid, entitlement_id, invoice_line_id, kind, quantity, effect FROM entitlement_entry"
    )
    books.entries = len(entries)
    for uuid, key, line, kind, quantity, effect in entries:
        books.used[key] += effect // UNIT
        if line is None:
            continue
        reserve, commit = signs[kind]
        reserved[line, key] += reserve * quantity // UNIT
        committed[line, key] += commit * quantity // UNIT
        effects[line, key] += effect // UNIT
        if kind == "commit" or (kind == "reverse" and effect):
            books.owed[uuid] = commit * quantity // UNIT
    books.reserved, books.committed, books.effects = dict(reserved), dict(committed), dict(effects)
    books.invoices = dict(rows("SELECT id, state FROM invoice"))
    for row in rows("SELECT id, invoice_line.* FROM invoice_line"):
        books.line_rows[row[0]] = row
    books.line_invoice = dict(rows("SELECT id, invoice_id FROM invoice_line"))
    statement = (
        "SELECT c.line_id, c.entitlement_id, c.quantity FROM invoice_line_coverage c"
        " JOIN invoice_line l ON l.id = c.line_id WHERE l.removed_at IS NULL"
    )
    books.covered = {(line, key): quantity // UNIT for line, key, quantity in rows(statement)}
    for key, quantity in rows("SELECT key, payload ->> 'quantity' FROM outbox WHERE topic = 'entitlement'"):
        assert key not in books.posted
        books.posted[key] = int(quantity)
    numbers: dict[int, list[int]] = defaultdict(list)
    for site, number in rows("SELECT site_id, number FROM invoice WHERE number IS NOT NULL ORDER BY number"):
        numbers[site].append(number)
    books.numbers = dict(numbers)
    return books


def check(books: Books) -> None:
    """What holds at any moment."""
    assert books.posted == books.owed, "each committed or restored unit is posted once, and nothing else"
    for numbers in books.numbers.values():
        assert numbers == list(range(1, len(numbers) + 1)), "numbers without gaps"
    needed: dict[tuple[int, int], int] = defaultdict(int)
    for place in books.reserved.keys() | books.covered.keys():
        line, key = place
        state = books.invoices[books.line_invoice[line]]
        reserved, committed = books.reserved.get(place, 0), books.committed.get(place, 0)
        covered = books.covered.get(place, 0)
        if state == "open":
            assert committed == 0
            assert reserved == covered or (covered < 0 and reserved == 0), "an open line holds what it covers"
        elif state == "closed":
            assert reserved == 0
            assert committed == covered, "a closed line has committed what it covers"
        elif state == "void":
            assert reserved == 0
            assert books.effects.get(place, 0) >= 0
            assert committed == 0 or committed < 0 == books.effects.get(place, 0), "a void line holds nothing"
        else:
            assert reserved >= 0
            invoice = books.line_invoice[line]
            needed[invoice, key] += max(covered, 0) - max(reserved + committed, 0)
    assert all(missing <= 0 for missing in needed.values()), "a reopened invoice holds all that it covers"


def compare(before: Books, after: Books, command: str, touched: set[int]) -> None:
    """What one command may not do."""
    assert after.entries >= before.entries
    for key, used in after.used.items():
        was = before.used.get(key, 0)
        if used > was and command != "use_elsewhere" and after.active[key]:
            assert used <= after.included[key], "never more covered than included"
        if not after.active[key] and not before.active.get(key, True):
            held = _by_invoice(before, key, {p: _held(before, p) for p in before.reserved})
            for invoice, covered in _by_invoice(after, key, after.covered).items():
                open_after = after.invoices[invoice] in ("open", "reopened")
                assert not open_after or covered <= held.get(invoice, 0), (
                    "an ended plan covers what is held, and no more"
                )
    for line, row in before.line_rows.items():
        invoice = before.line_invoice[line]
        if before.invoices[invoice] in ("closed", "void") and invoice not in touched:
            assert after.line_rows[line] == row, "closed lines stay as they are"
    if command in ("reopen", "reopen_and_close"):
        assert after.entries == before.entries, "reopening alone changes nothing"
    reopened = {i for i in touched if before.invoices.get(i) == after.invoices.get(i) == "reopened"}
    for place, effect in before.effects.items():
        if before.line_invoice[place[0]] in reopened:
            assert after.effects[place] >= effect, "on a reopened invoice nothing is freed until it closes"


def _held(books: Books, place: tuple[int, int]) -> int:
    return books.reserved.get(place, 0) + books.committed.get(place, 0)


def _by_invoice(books: Books, entitlement_id: int, quantities: dict[tuple[int, int], int]) -> dict[int, int]:
    """Quantities above zero of one entitlement, summed per invoice."""
    found: dict[int, int] = defaultdict(int)
    for (line, key), quantity in quantities.items():
        if key == entitlement_id and quantity > 0:
            found[books.line_invoice[line]] += quantity
    return found
