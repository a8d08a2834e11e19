"""Triggers by which the database itself refuses to change or delete an entry of the ledger (CPX-3)."""

from typing import Final

from sqlalchemy import DDL, Table, event

_MESSAGE: Final = "entitlement_entry is append-only"

SQLITE: Final = tuple(
    f"CREATE TRIGGER entitlement_entry_no_{verb.lower()} BEFORE {verb} ON entitlement_entry"
    f" BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
    for verb in ("UPDATE", "DELETE")
)
_POSTGRESQL_FUNCTION: Final = (
    "CREATE OR REPLACE FUNCTION entitlement_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS"
    f" $$ BEGIN RAISE EXCEPTION '{_MESSAGE}'; END $$"
)
_POSTGRESQL_TRIGGER: Final = (
    "CREATE TRIGGER entitlement_entry_append_only BEFORE UPDATE OR DELETE ON entitlement_entry"
    " FOR EACH ROW EXECUTE FUNCTION entitlement_entry_refuse()"
)
POSTGRESQL: Final = (_POSTGRESQL_FUNCTION, _POSTGRESQL_TRIGGER)


def append_only_ddl() -> list[tuple[str, str]]:
    """(dialect, statement) pairs, for migrations."""
    return [("sqlite", text) for text in SQLITE] + [("postgresql", text) for text in POSTGRESQL]


def guard(table: Table) -> None:
    """Have the triggers made whenever `table` is."""
    for dialect, statement in append_only_ddl():
        ddl = DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]  # SQLAlchemy's own
        event.listen(table, "after_create", ddl.execute_if(dialect=dialect))
