"""What is given back is told before what is used anew: else the owner refuses, for a moment, one too many."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from fetlock import Work
from fetlock.domain.invoices import closing
from fetlock.domain.invoices.lines import add_lines, change_line, remove_line
from fetlock.outbox.models import OutboxRow
from fetlock.testing import Clinic, SamplePlans


@pytest.mark.req("CP-67", "PL-8")
def test_a_unit_that_moves_between_lines_is_given_back_first(sqlite_url: str) -> None:
    clinic = Clinic.build(sqlite_url, SamplePlans())
    clinic.entitle("NAIL gold", 2)
    lines = [clinic.line("NAIL"), clinic.line("NAIL")]
    first = clinic.run(lambda work: add_lines(work, clinic.client_id, lines))
    invoice_id = first.invoice.id
    clinic.run(lambda work: closing.close(work, invoice_id))

    def correct(work: Work) -> None:
        closing.reopen(work, invoice_id, reason="Both were on one line")
        remove_line(work, first.line_ids[1])
        change_line(work, first.line_ids[0], quantity=Decimal(2))
        closing.close(work, invoice_id)

    clinic.run(correct)
    with clinic.reading() as session:
        rows = session.scalars(select(OutboxRow).order_by(OutboxRow.id)).all()
        told = [int(row.payload["quantity"]) for row in rows]
    assert told == [1, 1, -1, 1], "at no moment more than the two that are included"
    clinic.close()
