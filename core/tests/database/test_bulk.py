"""Bulk statements write what the ORM would: defaults, JSON, times, exact numbers, on both databases."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, Uuid, func, select
from sqlalchemy.exc import DBAPIError

from fetlock.database import Database, Json, Money, Quantity, UtcDateTime
from fetlock.database.bulk import Bulk
from fetlock.database.types import InexactNumber

TABLE = Table(
    "sample",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("name", String(5), nullable=False, default="none"),
    Column("price", Money),
    Column("quantity", Quantity, default=Decimal("1.5")),
    Column("at", UtcDateTime),
    Column("detail", Json, default=dict),
)
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def database(database_url: str) -> Database:
    found = Database(database_url)
    TABLE.metadata.create_all(found.engine)
    return found


def rows(database: Database) -> list[tuple[object, ...]]:
    columns = [TABLE.c[name] for name in ("position", "name", "price", "quantity", "at", "detail")]
    with database.reading() as session:
        return [tuple(row) for row in session.execute(select(*columns).order_by(TABLE.c.position))]


def test_inserts_with_defaults(database: Database) -> None:
    insert = Bulk(TABLE, ("position", "at", "price"))
    for _ in range(2):
        with database.writing_once() as session:
            session.execute(TABLE.delete())
            insert.write(session.connection(), [(2, None, None), (1, NOON, Decimal("9.99"))])
            insert.write(session.connection(), [])
    assert rows(database) == [
        (1, "none", Decimal("9.99"), Decimal("1.5"), NOON, {}),
        (2, "none", None, Decimal("1.5"), None, {}),
    ]
    database.dispose()


def test_updates_by_a_key(database: Database) -> None:
    with database.writing_once() as session:
        Bulk(TABLE, ("position", "name", "detail")).write(
            session.connection(), [(n, f"n{n}", {"n": [n]}) for n in range(3)]
        )
        Bulk(TABLE, ("name", "position", "price"), updates_by="position").write(
            session.connection(), [("new", 1, Decimal(7)), ("also", 2, Decimal("0.1"))]
        )
    assert [(row[1], row[2], row[5]) for row in rows(database)] == [
        ("n0", None, {"n": [0]}),
        ("new", Decimal("7.00"), {"n": [1]}),
        ("also", Decimal("0.10"), {"n": [2]}),
    ]
    database.dispose()


def test_is_as_exact_as_the_columns_are(database: Database) -> None:
    insert = Bulk(TABLE, ("position", "price"))
    with pytest.raises(InexactNumber), database.writing_once() as session:
        insert.write(session.connection(), [(1, Decimal("0.001"))])
    with pytest.raises(DBAPIError), database.writing_once() as session:
        insert.write(session.connection(), [(None, Decimal(1))])
    assert rows(database) == []
    database.dispose()


def test_a_default_that_the_database_computes_must_be_given() -> None:
    computed = Table(
        "computed", MetaData(), Column("id", Integer), Column("at", UtcDateTime, default=func.now())
    )
    with pytest.raises(TypeError, match="name it among the columns"):
        Bulk(computed, ("id",))
    Bulk(computed, ("id", "at"))


def test_a_uuid_is_written_as_the_orm_reads_it(database_url: str) -> None:
    from uuid import UUID

    table = Table("keyed", MetaData(), Column("key", Uuid, primary_key=True))
    database = Database(database_url)
    table.create(database.engine)
    with database.writing_once() as session:
        Bulk(table, ("key",)).write(session.connection(), [(UUID(int=7),)])
    with database.reading() as session:
        assert session.scalars(select(table.c.key).where(table.c.key == UUID(int=7))).all() == [UUID(int=7)]
    database.dispose()
