"""Building, pricing and saving an invoice of twenty lines, and closing it, on both databases.

Baseline: the statements that our own path writes with, played back through the bare driver in one commit
on a copy of the same database. It reads nothing, decides nothing, and knows no Python objects.
"""

import shutil
import sqlite3
import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import event, select
from sqlalchemy.engine import make_url

from bench.measuring import Figure, timed
from bench.sample import build, new_client
from fetlock.domain.invoices import closing, payments
from fetlock.domain.invoices.lines import NewLine, add_lines
from fetlock.domain.invoices.models import Invoice
from fetlock.testing.clinic import Clinic
from tests.support.postgres import private_postgres

Written = list[tuple[str, Any, bool]]
"""Statement, parameters, and whether it was an executemany."""

WRITES = ("INSERT", "UPDATE", "DELETE")


def run(rounds: int) -> list[Figure]:
    """Four figures: saved and closed, on SQLite and on PostgreSQL."""
    with tempfile.TemporaryDirectory() as folder:
        figures = _sqlite(Path(folder), rounds)
    with private_postgres(durable=True) as server:
        figures += _postgresql(server, rounds)
    return figures


def _sqlite(folder: Path, rounds: int) -> list[Figure]:
    file = folder / "bench.sqlite3"
    clinic = build(f"sqlite:///{file}")
    clients = [new_client(clinic, number) for number in range(rounds + 3)]
    clinic.close()
    copy = folder / "copy.sqlite3"
    shutil.copy(file, copy)
    clinic = Clinic(type(clinic.database)(f"sqlite:///{file}"), clinic.hooks, clinic.records)
    bare = sqlite3.connect(copy, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        bare.execute(f"PRAGMA {pragma}")

    def replay(written: Written) -> None:
        bare.execute("BEGIN IMMEDIATE")
        for statement, parameters, many in written:
            if many:
                bare.executemany(statement, parameters)
            else:
                bare.execute(statement, parameters).fetchall()
        bare.execute("COMMIT")

    figures = _measure("SQLite (WAL, FULL)", clinic, clients, replay)
    bare.close()
    clinic.close()
    return figures


def _postgresql(server: Any, rounds: int) -> list[Figure]:
    url = server.create_database()
    clinic = build(url)
    clients = [new_client(clinic, number) for number in range(rounds + 3)]
    clinic.close()
    copy = make_url(server.create_database(template=url))
    clinic = Clinic(type(clinic.database)(url), clinic.hooks, clinic.records)
    text = copy.set(drivername="postgresql").render_as_string(hide_password=False)
    bare = psycopg.connect(text, autocommit=False)

    def replay(written: Written) -> None:
        with bare.cursor() as cursor:
            for statement, parameters, many in written:
                if many:
                    cursor.executemany(statement, parameters)
                else:
                    cursor.execute(statement, parameters)
        bare.commit()

    figures = _measure("PostgreSQL", clinic, clients, replay)
    bare.close()
    clinic.close()
    return figures


def _measure(
    where: str,
    clinic: Clinic,
    clients: Sequence[tuple[int, list[NewLine]]],
    replay: Callable[[Written], None],
) -> list[Figure]:
    rounds = [_round(clinic, client_id, lines, replay) for client_id, lines in clients][3:]
    baseline = "its own writes through the driver"
    saved = _medians([saved for saved, _ in rounds])
    closed = _medians([closed for _, closed in rounds])
    return [
        Figure(f"20 lines built, priced, saved: {where}", saved[0], baseline, saved[1], "within 4 ×"),
        Figure(f"… and closed: {where}", closed[0], baseline, closed[1], "within 4 ×"),
    ]


def _round(
    clinic: Clinic, client_id: int, lines: list[NewLine], replay: Callable[[Written], None]
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Ours and the baseline in milliseconds, saving and closing one invoice."""
    with recorded(clinic) as written:
        ours_saved = timed(lambda: clinic.run(lambda work: add_lines(work, client_id, lines)))
    bare_saved = timed(lambda: replay(written))
    with clinic.reading() as session:
        invoice = session.scalars(select(Invoice).where(Invoice.client_id == client_id)).one()
    with recorded(clinic) as written:
        clinic.run(lambda work: payments.take_payment(work, invoice.id, invoice.balance, "card"))
    replay(written)
    with recorded(clinic) as written:
        ours_closed = timed(lambda: clinic.run(lambda work: closing.close(work, invoice.id)))
    bare_closed = timed(lambda: replay(written))
    return (ours_saved, bare_saved), (ours_closed, bare_closed)


def _medians(pairs: Sequence[tuple[float, float]]) -> tuple[float, float]:
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


@contextmanager
def recorded(clinic: Clinic) -> Iterator[Written]:
    """The writing statements of the block, as the driver got them."""
    written: Written = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if statement.lstrip().upper().startswith(WRITES):
            written.append((statement, parameters, many and isinstance(parameters, list)))

    event.listen(clinic.database.engine, "before_cursor_execute", note)
    try:
        yield written
    finally:
        event.remove(clinic.database.engine, "before_cursor_execute", note)
