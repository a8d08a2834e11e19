"""Triggers by which the database itself refuses to change or delete a row of a ledger (CPX-3, H-5, H-38)."""

from sqlalchemy import DDL, Table, event


def append_only_ddl(table: str) -> list[tuple[str, str]]:
    """(dialect, statement) pairs that make a table append-only, for migrations."""
    message = f"{table} is append-only"
    sqlite = [
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}"
        f" BEGIN SELECT RAISE(ABORT, '{message}'); END"
        for verb in ("UPDATE", "DELETE")
    ]
    function = (
        f"CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{message}'; END $$"
    )
    trigger = (
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION {table}_refuse()"
    )
    return [*(("sqlite", text) for text in sqlite), ("postgresql", function), ("postgresql", trigger)]


def guard(table: Table, *, once_made: Table | None = None) -> None:
    """Have the triggers of `table` made whenever it is.

    `once_made`: make them with this other table instead, where `table` was released without them: the
    revision that adds the other one then adds them too.
    """
    for dialect, statement in append_only_ddl(table.name):
        ddl = DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]  # SQLAlchemy's own
        event.listen(
            table if once_made is None else once_made, "after_create", ddl.execute_if(dialect=dialect)
        )
