"""H-36: two hundred people add the same item, of which one unit is left: one is covered, all are saved."""

import json
import subprocess
import sys
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, select

from fetlock import Work
from fetlock.domain.entitlements import ledger
from fetlock.domain.entitlements.models import Entitlement
from fetlock.domain.invoices import lines
from fetlock.domain.invoices.lines import Changed
from fetlock.domain.invoices.models import Invoice, InvoiceLine
from fetlock.testing import Clinic
from tests.concurrency.crowd import failures, together

PEOPLE = 200
pytestmark = [pytest.mark.serial, pytest.mark.timeout(400)]


def _look(clinic: Clinic, key: int, added: int) -> None:
    """All lines stand, one of them is covered, and every sum fits."""
    with clinic.reading() as session:
        stored = session.scalars(select(InvoiceLine)).all()
        balance = ledger.balances(session, [session.get_one(Entitlement, key)])[key]
        gross = session.scalar(select(func.sum(Invoice.gross)))
    assert len(stored) == added
    assert sorted(line.covered_quantity for line in stored)[-2:] == [0, 1]
    assert sorted(line.net for line in stored)[:2] == [0, 30]
    assert (balance.used, balance.reserved, balance.available) == (Decimal(1), Decimal(1), Decimal(0))
    assert gross == 30 * (added - 1)


@pytest.mark.req("H-36", "OP-3")
def test_of_two_hundred_adds_one_is_covered(clinic: Clinic) -> None:
    key = clinic.entitle("NAIL gold", 1)

    def add(site: str) -> Changed:
        command = lambda work: lines.add_lines(work, clinic.client_id, [clinic.line("NAIL")])  # noqa: E731
        return clinic.run(command, site=site)

    results = together([partial(add, ("north", "south")[n % 2]) for n in range(PEOPLE)])
    assert failures(results) == []
    told = [result.told for result in results if isinstance(result, Changed)]
    assert sum(1 for text in told if not text) == 1
    full_price = "Plan item NAIL gold: 0 of 1 covered, none left for the other 1, which cost 30.00."
    assert sum(1 for text in told if text == [full_price]) == PEOPLE - 1
    _look(clinic, key, PEOPLE)


@pytest.mark.req("H-36", "OP-3")
def test_four_processes_share_one_unit(clinic: Clinic) -> None:
    key = clinic.entitle("NAIL gold", 1)
    times, url = 12, clinic.database.url.render_as_string(hide_password=False)
    tills = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.concurrency.till_process", url, site, str(times)],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for site in ("north", "south", "north", "south")
    ]
    for till in tills:
        assert till.stdout is not None
        assert till.stdout.readline() == "ready\n"
    for till in tills:
        assert till.stdin is not None
        till.stdin.write("go\n")
        till.stdin.flush()
    told = [text for till in tills for text in json.loads(till.communicate(timeout=120)[0])]
    assert [till.returncode for till in tills] == [0, 0, 0, 0]
    assert sum(1 for text in told if not text) == 1
    _look(clinic, key, 4 * times)


@pytest.mark.req("H-36")
def test_more_units_than_people_cover_everybody_exactly_once(clinic: Clinic) -> None:
    key = clinic.entitle("NAIL gold", 25)

    def add(work: Work) -> Changed:
        return lines.add_lines(work, clinic.client_id, [clinic.line("NAIL", 2)])

    results = together([partial(clinic.run, add, site=("north", "south")[n % 2]) for n in range(20)])
    assert failures(results) == []
    with clinic.reading() as session:
        covered = session.scalars(select(InvoiceLine.covered_quantity)).all()
        balance = ledger.balances(session, [session.get_one(Entitlement, key)])[key]
    assert sorted(covered) == [Decimal(0)] * 7 + [Decimal(1)] + [Decimal(2)] * 12
    assert balance.available == 0
