"""H-34: fifty invoices close at once, some of them fail at the last moment: numbers have no gaps."""

from functools import partial

import pytest
from sqlalchemy import select

from fetlock import Work, clock
from fetlock.domain.clients.models import Client
from fetlock.domain.invoices import closing, lines
from fetlock.domain.invoices.models import Invoice, InvoiceCounter
from fetlock.domain.patients.models import Patient
from fetlock.testing import Clinic
from tests.concurrency.crowd import failures, together

CLOSES = 50
pytestmark = [pytest.mark.serial, pytest.mark.timeout(300)]


class PowerCut(Exception):
    """The process ends after the number was given, before the commit."""


def _invoice_of_nothing(clinic: Clinic, number: int) -> int:
    """An open invoice with a balance of zero, of a client of its own."""

    def make(work: Work) -> int:
        client = Client(account_number=f"C{number}", last_name=f"Client {number}", created_at=clock.now())
        work.session.add(client)
        work.session.flush()
        patient = Patient(client_id=client.id, code=f"C{number}A", name="Rex", created_at=clock.now())
        work.session.add(patient)
        work.session.flush()
        clinic.records.patients[patient.code] = patient.id
        return lines.add_lines(work, client.id, [clinic.line("FREE", patient=patient.code)]).invoice.id

    return clinic.run(make)


@pytest.mark.req("H-34", "OP-3")
def test_numbers_have_no_gaps(clinic: Clinic) -> None:
    invoices = [_invoice_of_nothing(clinic, number) for number in range(CLOSES)]
    fails = set(invoices[::5])

    def close(invoice_id: int, work: Work) -> int | None:
        number = closing.close(work, invoice_id).number
        if invoice_id in fails:
            raise PowerCut
        return number

    results = together([partial(clinic.run, partial(close, invoice_id)) for invoice_id in invoices])
    assert [type(failure) for failure in failures(results)] == [PowerCut] * len(fails)
    given = [result for result in results if isinstance(result, int)]
    assert sorted(given) == list(range(1, CLOSES - len(fails) + 1))
    fails.clear()
    results = together([partial(clinic.run, partial(close, key)) for key in invoices[::5]])
    assert failures(results) == []
    with clinic.reading() as session:
        numbers = session.scalars(select(Invoice.number).order_by(Invoice.number)).all()
        assert numbers == list(range(1, CLOSES + 1))
        assert session.scalars(select(InvoiceCounter.last)).all() == [CLOSES]
        references = set(session.scalars(select(Invoice.reference)))
    assert references == {f"NC-{number}" for number in range(1, CLOSES + 1)}


@pytest.mark.req("H-34")
def test_one_invoice_is_closed_once(clinic: Clinic) -> None:
    invoice_id = _invoice_of_nothing(clinic, 1)
    results = together([partial(clinic.run, lambda work: closing.close(work, invoice_id).number)] * 10)
    assert [result for result in results if isinstance(result, int)] == [1]
    assert {str(failure) for failure in failures(results)} == {
        "NC-1 is closed. Reopen it to change its lines."
    }
