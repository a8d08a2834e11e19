"""H-35: money and quantities are scaled integers in the database and Decimal in Python, never float."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, func, insert, select
from sqlalchemy.exc import StatementError
from sqlalchemy.sql.sqltypes import NumericCommon

from fetlock.database import Database, Money, Percent, Quantity
from fetlock.database.tables import load_core_tables
from fetlock.database.types import InexactNumber
from fetlock.domain.entitlements.models import EntitlementEntry
from fetlock.domain.invoices import closing, lines, payments
from fetlock.platform.registry import load_registry
from fetlock.testing import Clinic, SamplePlans

pytestmark = pytest.mark.req("H-35")

EXACT = (Money, Quantity, Percent)
ENTRIES = 10_000


@pytest.fixture
def plugins_under_test() -> tuple[object, ...]:
    return (SamplePlans(),)


@pytest.fixture
def clinic_database_url(database_url: str) -> str:
    return database_url


def all_tables() -> list[Table]:
    """Core's tables and those of every installed plugin."""
    metadata = load_core_tables()
    for plugin in load_registry().plugins.values():
        if plugin.manifest.models:
            __import__(plugin.manifest.models)
    return list(metadata.sorted_tables)


def columns() -> Iterator[tuple[str, Column[Any]]]:
    for table in all_tables():
        for column in table.columns:
            yield f"{table.name}.{column.name}", column


def test_no_column_of_the_metadata_is_inexact() -> None:
    found = [
        name
        for name, column in columns()
        for kind in (column.type, getattr(column.type, "impl", None), getattr(column.type, "item_type", None))
        if isinstance(kind, NumericCommon)  # Numeric, Float and all their kind
    ]
    assert found == []
    assert sum(isinstance(column.type, EXACT) for _, column in columns()) > 30


def test_no_column_in_the_database_is_inexact(clinic: Clinic) -> None:
    with clinic.database.engine.connect() as connection:
        if clinic.database.is_sqlite:
            tables = connection.exec_driver_sql(
                "SELECT name FROM sqlite_master WHERE type = 'table'"
            ).scalars()
            declared = [
                (table, name, kind.upper())
                for table in tables.all()
                for _, name, kind, *_ in connection.exec_driver_sql(f"PRAGMA table_info({table})")
            ]
        else:
            query = (
                "SELECT table_name, column_name, upper(data_type) FROM information_schema.columns"
                " WHERE table_schema = 'public'"
            )
            declared = [(row[0], row[1], row[2]) for row in connection.exec_driver_sql(query)]
    assert len(declared) > 200
    # SQLite gives REAL or NUMERIC affinity by these words within a type's name
    words = ("REAL", "FLOA", "DOUB", "NUMERIC", "DECIMAL", "MONEY")
    # a full-text table declares no types at all, and holds text only
    assert [(t, c, kind) for t, c, kind in declared if any(word in kind for word in words)] == []


def test_every_stored_amount_is_an_integer(tmp_path: Path) -> None:
    path = tmp_path / "typed.sqlite3"
    clinic = Clinic.build(f"sqlite:///{path}", SamplePlans(taxable=True))
    clinic.entitle("NAIL+DROPS gold", "2.5")
    wanted = [
        clinic.line("NAIL", 3),
        clinic.line("DROPS", "1.11"),
        clinic.line("EXAM"),
        clinic.line("FOOD", 2),
    ]
    added = clinic.run(lambda work: lines.add_lines(work, clinic.client_id, wanted))
    clinic.run(lambda work: payments.take_payment(work, added.invoice.id, added.invoice.gross, "card"))
    clinic.run(lambda work: closing.close(work, added.invoice.id))
    clinic.close()
    checked: dict[str, int] = {}
    with sqlite3.connect(path) as plain:
        for name, column in columns():
            if isinstance(column.type, EXACT):
                table = column.table.name
                present = plain.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone()
                if not present:
                    continue
                query = f"SELECT typeof({column.name}), count(*) FROM {table} GROUP BY 1"
                for kind, count in plain.execute(query):
                    assert kind in ("integer", "null"), name
                    checked[name] = count
    assert (checked["invoice_line.gross"], checked["invoice_line_coverage.quantity"]) == (4, 1)
    assert {"payment.amount", "product_price.amount", "tax_rate.percent", "entitlement.included"} <= set(
        checked
    )


def test_the_sum_of_ten_thousand_entries_is_the_same_in_sql(clinic: Clinic) -> None:
    random = Random(35)
    key = clinic.entitle("NAIL gold", 10)
    amounts = [Decimal(random.randint(-(10**9), 10**9)).scaleb(-4) for _ in range(ENTRIES)]
    rows = [
        {
            "uuid": UUID(int=number + 1),
            "entitlement_id": key,
            "kind": "correction",
            "quantity": abs(amount),
            "effect": amount,
            "created_at": datetime(2026, 1, 1, tzinfo=UTC),
        }
        for number, amount in enumerate(amounts)
    ]
    clinic.run(lambda work: work.session.execute(insert(EntitlementEntry), rows).close())
    with clinic.reading() as session:
        total = session.scalar(select(func.sum(EntitlementEntry.effect)))
        stored = session.scalars(select(EntitlementEntry.effect)).all()
    assert isinstance(total, Decimal)
    assert total == sum(amounts)
    assert sorted(stored) == sorted(amounts)


@pytest.mark.parametrize(
    "value", [0.1, Decimal("0.00001"), True, "1.00", Decimal("NaN"), Decimal("Infinity")], ids=str
)
def test_a_number_that_would_lose_something_is_refused(clinic: Clinic, value: object) -> None:
    """Rounding is a decision of pricing, never a side effect of storing."""
    key = clinic.entitle("NAIL gold", 1)
    row = {
        "uuid": UUID(int=1),
        "entitlement_id": key,
        "kind": "external",
        "quantity": value,
        "effect": Decimal(1),
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    with pytest.raises((StatementError, InexactNumber)):
        clinic.run(lambda work: work.session.execute(insert(EntitlementEntry), [row]).close())


def test_a_plugins_own_column_is_as_exact(sqlite_url: str) -> None:
    table = Table(
        "sample",
        MetaData(),
        Column("id", Integer, primary_key=True),
        Column("price", Money),
    )
    database = Database(sqlite_url)
    table.create(database.engine)
    with database.writing_once() as session:
        session.execute(insert(table), [{"price": Decimal("0.1")}] * 10)
    with database.reading() as session:
        assert session.scalar(select(func.sum(table.c.price))) == Decimal(1)
    database.dispose()
