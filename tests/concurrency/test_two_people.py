"""H-36: two people on one invoice: the later save is told what changed, and nothing is lost."""

from decimal import Decimal
from functools import partial

import pytest
from sqlalchemy import select

from fetlock import Conflict, Work
from fetlock.domain.invoices import lines
from fetlock.domain.invoices.lines import Changed
from fetlock.domain.invoices.models import Invoice, InvoiceLine, InvoiceState
from fetlock.testing import Clinic
from tests.concurrency.crowd import failures, together

pytestmark = pytest.mark.req("H-36")


def _add(clinic: Clinic, product: str, **more: int) -> Changed:
    wanted = [clinic.line(product)]
    return clinic.run(lambda work: lines.add_lines(work, clinic.client_id, wanted, **more))


def test_two_change_one_line_and_the_later_is_told(clinic: Clinic) -> None:
    seen = _add(clinic, "EXAM")
    revision, line_id = seen.invoice.revision, seen.line_ids[0]

    def change(quantity: int, work: Work) -> Changed:
        return lines.change_line(work, line_id, quantity=Decimal(quantity), seen_revision=revision)

    results = together([partial(clinic.run, partial(change, quantity)) for quantity in (2, 3)])
    (told,) = failures(results)
    (saved,) = [result for result in results if isinstance(result, Changed)]
    with clinic.reading() as session:
        quantity = session.get_one(InvoiceLine, line_id).quantity
    assert isinstance(told, Conflict)
    assert f"its quantity is now {quantity.normalize():f}" in told.message
    assert saved.invoice.gross == 58 * quantity


def test_two_add_lines_and_the_later_is_shown_the_other(clinic: Clinic) -> None:
    revision = _add(clinic, "EXAM").invoice.revision
    results = together(
        [partial(_add, clinic, product, seen_revision=revision) for product in ("NAIL", "BLOOD")]
    )
    assert failures(results) == []
    first, second = sorted(
        (result for result in results if isinstance(result, Changed)), key=lambda r: r.invoice.revision
    )
    assert first.meanwhile == []
    assert [entry.what for entry in second.meanwhile] == ["line_added"]
    assert second.meanwhile[0].detail.startswith("Line 2 added: ")
    with clinic.reading() as session:
        assert len(session.scalars(select(InvoiceLine)).all()) == 3


def test_many_begin_at_the_same_moment_and_share_one_invoice(clinic: Clinic) -> None:
    results = together([partial(_add, clinic, "NAIL")] * 12)
    assert failures(results) == []
    with clinic.reading() as session:
        (invoice,) = session.scalars(select(Invoice).where(Invoice.state == InvoiceState.OPEN))
        positions = session.scalars(select(InvoiceLine.position).order_by(InvoiceLine.position)).all()
    assert positions == list(range(1, 13))
    assert invoice.gross == 12 * 30


def test_one_removes_the_line_that_another_changes(clinic: Clinic) -> None:
    added = _add(clinic, "EXAM")
    line_id = added.line_ids[0]

    def remove(work: Work) -> Changed:
        return lines.remove_line(work, line_id)

    def change(work: Work) -> Changed:
        return lines.change_line(work, line_id, quantity=Decimal(2))

    results = together([partial(clinic.run, remove), partial(clinic.run, change)])
    told = [str(failure) for failure in failures(results)]
    assert told in ([], ["Somebody has removed this line meanwhile."])
    with clinic.reading() as session:
        assert session.get_one(InvoiceLine, line_id).removed_at is not None
        assert session.scalars(select(Invoice.gross)).all() == [Decimal(0)]
