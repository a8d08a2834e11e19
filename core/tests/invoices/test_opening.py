"""Making a client's open invoice: what stands in memory is what stands in the database."""

import pytest
from sqlalchemy import inspect

from fetlock import Invalid, NotFound
from fetlock.domain.invoices import lines, opening
from fetlock.domain.invoices.models import Invoice, InvoiceHistory
from fetlock.testing import Clinic


@pytest.fixture
def clinic_database_url(database_url: str) -> str:
    return database_url


def test_a_new_invoice_is_in_memory_as_it_is_stored(clinic: Clinic) -> None:
    columns = [attribute.key for attribute in inspect(Invoice).column_attrs]
    made = clinic.run(lambda work: opening.current(work, clinic.client_id))
    with clinic.reading() as session:
        stored = session.get_one(Invoice, made.id)
        assert {name: getattr(made, name) for name in columns} == {
            name: getattr(stored, name) for name in columns
        }
        assert [note.what for note in session.query(InvoiceHistory)] == ["opened"]
    assert clinic.run(lambda work: opening.current(work, clinic.client_id).id) == made.id


def test_whose_lines_they_are_is_checked_before_anything_is_made(clinic: Clinic) -> None:
    with pytest.raises(NotFound):
        clinic.run(lambda work: lines.add_lines(work, 999, [clinic.line("NAIL")]))
    with pytest.raises(Invalid, match="patient of the client"):
        clinic.run(lambda work: lines.add_lines(work, clinic.client_id, [clinic.line("NAIL", patient="58A")]))
    with clinic.reading() as session:
        assert session.query(Invoice).count() == 0
