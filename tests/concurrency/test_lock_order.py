"""Everything locks in one order: invoices that share entitlements, closed, reopened and returned at once."""

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from functools import partial
from random import Random

import pytest
from sqlalchemy import Engine, event, select, text

from fetlock import Blocked, Conflict, Invalid, NotFound, Work
from fetlock.domain.entitlements import ledger
from fetlock.domain.entitlements.models import Entitlement
from fetlock.domain.invoices import closing, lines, payments
from fetlock.domain.invoices.models import Invoice, InvoiceLine
from fetlock.testing import Clinic
from tests.concurrency.crowd import failures, together

PEOPLE = 8
TURNS = 12
pytestmark = [pytest.mark.serial, pytest.mark.timeout(400)]


def _settle(invoice_id: int, work: Work) -> None:
    invoice = work.session.get_one(Invoice, invoice_id, with_for_update=True)
    if invoice.is_open and invoice.balance:
        payments.take_payment(work, invoice_id, invoice.balance, "card")
    closing.close(work, invoice_id)


def _person(clinic: Clinic, seed: int) -> None:
    """A person at one site, busy with random commands. A refusal is fine, `Busy` or a failure is not."""
    random = Random(seed)
    site = ("north", "south")[seed % 2]
    products = ["NAIL", "EXAM"] if site == "north" else ["EXAM", "NAIL"]
    for _ in range(TURNS):
        commands: list[Callable[[Work], object]] = [
            lambda work: lines.add_lines(work, clinic.client_id, [clinic.line(p) for p in products])
        ]
        with clinic.reading() as session:
            here = clinic.records.sites[site]
            invoices = session.scalars(select(Invoice).where(Invoice.site_id == here)).all()
            found = session.scalars(
                select(InvoiceLine).where(InvoiceLine.invoice_id.in_([i.id for i in invoices]))
            ).all()
        if invoices and found:
            invoice, line = random.choice(invoices), random.choice(found)
            commands += [
                partial(_settle, invoice.id),
                partial(closing.reopen, invoice_id=invoice.id, reason="A mistake"),
                partial(lines.change_line, line_id=line.id, quantity=Decimal(random.randint(1, 3))),
                partial(lines.return_line, line_id=line.id, quantity=Decimal(1), reason="Unused"),
                partial(lines.remove_line, line_id=line.id),
            ]
        with suppress(Blocked, Conflict, Invalid, NotFound):
            clinic.run(random.choice(commands), site=site)


@pytest.mark.req("H-36", "OP-3")
def test_nobody_waits_for_each_other_in_a_circle(clinic: Clinic) -> None:
    keys = [
        clinic.entitle(f"{code} {plan}", 4, chain=plan) for plan in ("b", "a") for code in ("NAIL", "EXAM")
    ]
    troubles: list[str] = []

    def note(context: object) -> None:
        troubles.append(str(getattr(context, "original_exception", context)))

    event.listen(clinic.database.engine, "handle_error", note)
    results = together([partial(_person, clinic, seed) for seed in range(PEOPLE)])
    assert failures(results) == []
    assert [text for text in troubles if "deadlock" in text or "serialize" in text] == []
    assert _deadlocks(clinic.database.engine) == 0
    with clinic.reading() as session:
        for key, balance in ledger.balances(session, session.query(Entitlement).all()).items():
            assert key in keys
            assert 0 <= balance.used <= balance.included


def _deadlocks(engine: Engine) -> int:
    """How many deadlocks PostgreSQL had to end in this database; SQLite knows none."""
    if engine.dialect.name == "sqlite":
        return 0
    query = text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    with engine.connect() as connection:
        return int(connection.execute(query).scalar_one())
