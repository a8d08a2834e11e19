"""The ledger over any history: what it sums to is what is used, here and at the vendor (CPX-3)."""

import random
from collections import defaultdict
from decimal import Decimal

import pytest

from fetlock import Conflict, Invalid
from fetlock.domain.invoices import closing
from fetlock.domain.invoices.lines import remove_line
from fetlock.domain.invoices.models import Invoice, InvoiceLine, LineCoverage
from plugins.careplans_covetrus.tests.practice import Practice, later

OPERATIONS = 200


@pytest.fixture
def clinic_database_url(database_url: str) -> str:
    """On both databases."""
    return database_url


@pytest.mark.req("CPX-3")
@pytest.mark.parametrize("seed", [1, 20418])
def test_the_sum_of_the_ledger_is_what_is_used(practice: Practice, seed: int) -> None:
    """200 random operations; after each, used = reserved + committed + external - reversed; at the end
    the vendor has exactly what is committed and not given back, and its own."""
    practice.two_terms("NAIL", current=40, renewed=40)
    practice.refresh()
    chance = random.Random(seed)
    vendors_own = 0
    for step in range(OPERATIONS):
        if chance.random() < 0.03:
            vendors_own += 1
            used = practice.vendor.used("P1-T1-NAIL")
            practice.vendor.call("PATCH", "/plans/P1/items/P1-T1-NAIL", {"used": used + 1})
        else:
            _operate(practice, chance)
        if step % 20 == 0:
            practice.work_off()
        _require_sums(practice)
    with later(hours=6):
        practice.work_off()
    with later(hours=7):
        practice.refresh()
    _require_sums(practice)
    for term in (0, 1):
        shown = practice.item("NAIL", term=term)
        assert practice.vendor.used(f"P1-T{term + 1}-NAIL") == shown.used - shown.reserved
    assert sum(quantity for kind, quantity, _ in practice.entries() if kind == "external") == vendors_own
    assert {parcel.state for parcel in practice.parcels()} == {"sent"}


def _operate(practice: Practice, chance: random.Random) -> None:
    """One thing that staff might do; what is refused changes nothing."""
    invoices = _invoices(practice)
    wanted = chance.choice(("add", "add", "change", "remove", "close", "close", "reopen", "return", "void"))
    try:
        if wanted == "add":
            practice.add(("NAIL", chance.randint(1, 3)))
            return
        if not invoices:
            return
        invoice = chance.choice(invoices)
        lines = _lines(practice, invoice.id)
        if wanted == "close":
            practice.close(invoice.id)
        elif wanted == "reopen":
            practice.reopen(invoice.id)
        elif wanted == "void":
            practice.clinic.run(lambda work: closing.void(work, invoice.id, reason="test"))
        elif lines:
            line = chance.choice(lines)
            if wanted == "change":
                practice.change(line, chance.randint(1, 4))
            elif wanted == "remove":
                practice.clinic.run(lambda work: remove_line(work, line))
            else:
                practice.give_back(line, chance.randint(1, 2))
    except (Conflict, Invalid):
        return


def _invoices(practice: Practice) -> list[Invoice]:
    with practice.clinic.reading() as session:
        return list(session.query(Invoice).order_by(Invoice.id.desc()).limit(4))


def _lines(practice: Practice, invoice_id: int) -> list[int]:
    with practice.clinic.reading() as session:
        rows = session.query(InvoiceLine.id).filter(
            InvoiceLine.invoice_id == invoice_id, InvoiceLine.removed_at.is_(None)
        )
        return [row.id for row in rows]


def _require_sums(practice: Practice) -> None:
    """Each counter is a sum over the ledger, and nothing is covered that the ledger does not hold."""
    from fetlock.services import balances
    from fetlock.tables import Entitlement, EntitlementEntry

    with practice.clinic.reading() as session:
        rows = list(session.query(Entitlement))
        counters = balances(session, rows)
        effects: dict[int, Decimal] = defaultdict(Decimal)
        for entry in session.query(EntitlementEntry):
            effects[entry.entitlement_id] += entry.effect
        covered: dict[int, Decimal] = defaultdict(Decimal)
        for part, state in (
            session.query(LineCoverage, Invoice.state)
            .join(InvoiceLine, InvoiceLine.id == LineCoverage.line_id)
            .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
            .filter(InvoiceLine.removed_at.is_(None), Invoice.state.in_(["open", "closed"]))
        ):
            assert state in ("open", "closed")
            covered[part.entitlement_id] += part.quantity
        reopened = session.query(Invoice).filter(Invoice.state == "reopened").count()
    for row in rows:
        counter = counters[row.id]
        assert counter.used == effects[row.id]
        assert counter.used == counter.reserved + counter.committed + counter.external - counter.reversed
        assert counter.used <= counter.included + counter.external
        if not reopened:  # a reopened invoice frees nothing until it closes
            assert counter.used - counter.external == covered[row.id]
