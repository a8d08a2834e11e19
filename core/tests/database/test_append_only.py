"""CPX-3: the database itself refuses to change or delete an entry of the ledger."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from fetlock.domain.invoices import lines
from fetlock.testing import Clinic, SamplePlans


@pytest.fixture
def plugins_under_test() -> tuple[object, ...]:
    return (SamplePlans(),)


@pytest.fixture
def clinic_database_url(database_url: str) -> str:
    return database_url


@pytest.mark.req("CPX-3")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entitlement_entry SET effect = 0",
        "UPDATE entitlement_entry SET reason = 'tidied up'",
        "DELETE FROM entitlement_entry",
        "DELETE FROM entitlement_entry WHERE id = 1",
    ],
)
def test_the_ledger_is_append_only(clinic: Clinic, statement: str) -> None:
    clinic.entitle("NAIL gold", 3)
    clinic.run(lambda work: lines.add_lines(work, clinic.client_id, [clinic.line("NAIL", 2)]))
    with pytest.raises(DBAPIError, match="append-only"), clinic.database.engine.begin() as connection:
        connection.execute(text(statement))
    with clinic.reading() as session:
        assert session.execute(text("SELECT sum(effect) FROM entitlement_entry")).scalar() == 20_000
