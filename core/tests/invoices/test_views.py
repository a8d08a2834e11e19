"""One invoice read whole: its parts, its trace, its deliveries, in a fixed number of queries."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
from sqlalchemy import event, insert, update

from fetlock import clock
from fetlock.domain.invoices import closing, lines, payments, views
from fetlock.domain.invoices.models import InvoicePayer
from fetlock.domain.invoices.view_values import InvoiceView
from fetlock.errors import NotFound
from fetlock.outbox.models import OutboxAttempt, OutboxRow
from fetlock.testing import Clinic, SamplePlans

D = Decimal


@pytest.fixture
def plugins_under_test() -> tuple[object, ...]:
    return (SamplePlans(),)


@contextmanager
def counted(clinic: Clinic) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(*args: object) -> None:
        statements.append(str(args[2]))

    event.listen(clinic.database.engine, "before_cursor_execute", note)
    yield statements
    event.remove(clinic.database.engine, "before_cursor_execute", note)


def read(clinic: Clinic, invoice_id: int = 1) -> InvoiceView:
    with clinic.reading() as session:
        return views.get(session, clinic.records.sites["north"], invoice_id)


def add(clinic: Clinic, *wanted: lines.NewLine) -> lines.Changed:
    return clinic.run(lambda work: lines.add_lines(work, clinic.client_id, list(wanted)))


def pay_and_close(clinic: Clinic, invoice_id: int = 1) -> None:
    clinic.run(
        lambda work: payments.take_payment(
            work, invoice_id, read(clinic, invoice_id).balance, "card", close=True
        )
    )


@pytest.mark.req("CPX-1", "CPX-40")
def test_a_line_that_two_pay_for_shows_its_parts(clinic: Clinic) -> None:
    clinic.entitle("NAIL gold", 1)
    add(clinic, clinic.line("NAIL", 3, provider_id=clinic.records.staff["Veterinarian"]), clinic.line("FOOD"))
    [nails, food] = read(clinic).lines
    assert (nails.product_code, nails.provider_name, nails.patient_code) == (
        "NAIL",
        "Veterinarian Smith",
        "57A",
    )
    assert nails.sum_text == "1 × 0.00 + 2 × 30.00"
    covered, charged = nails.parts
    assert (covered.quantity, covered.list_amount, covered.savings, covered.amount) == (
        D(1),
        D(30),
        D(30),
        D(0),
    )
    assert (charged.quantity, charged.list_amount, charged.amount, charged.coverage) == (
        D(2),
        D(60),
        D(60),
        None,
    )
    assert covered.coverage is not None
    assert covered.coverage.explanation == "Covered by Plan item NAIL gold, term 1"
    assert (covered.coverage.state, covered.coverage.left, nails.payer) == ("reserved", D(0), "")
    assert (food.parts, food.discount, food.payer) == ((), D(5), "")
    assert sum(part.amount for part in nails.parts) == nails.amount


@pytest.mark.req("CPX-1")
def test_two_terms_are_two_parts_and_one_whole_term_is_none(clinic: Clinic) -> None:
    clinic.entitle("NAIL now", 1)
    clinic.entitle("NAIL next", 2, days=(336, 700), usable_from=-1, term=2)
    add(clinic, clinic.line("NAIL", 3))
    [line] = read(clinic).lines
    assert [part.quantity for part in line.parts] == [D(1), D(2)]
    assert (line.payer, line.sum_text, line.net) == ("plan", "1 × 0.00 + 2 × 0.00", D(0))
    clinic.run(lambda work: lines.change_line(work, line.id, quantity=D(1)))
    assert read(clinic).lines[0].parts == ()


@pytest.mark.req("H-31")
def test_the_trace_stands_with_every_line(clinic: Clinic) -> None:
    clinic.entitle("NAIL gold", 1)
    add(clinic, clinic.line("FOOD"))
    [line] = read(clinic).lines
    assert [(step.phase, step.plugin, step.before, step.after) for step in line.steps] == [
        ("base_price", "pricelist", D(0), D(50)),
        ("discount", "plans", D(50), D(45)),
        ("tax", "core", D(45), D("47.86")),
    ]


@pytest.mark.req("CP-63")
def test_totals_payments_taxes_history_and_payers(clinic: Clinic) -> None:
    clinic.entitle("NAIL gold", 1)
    add(clinic, clinic.line("NAIL"), clinic.line("FOOD"))
    clinic.run(lambda work: payments.take_payment(work, 1, D(20), "card", note="ends 4410"))
    clinic.run(
        lambda work: work.session.execute(
            insert(InvoicePayer).values(
                invoice_id=1, position=1, plugin="plans", payer="Hartwell", amount=D(10)
            )
        )
    )
    view = read(clinic)
    assert (view.list_total, view.savings, view.discount, view.net) == (D(80), D(30), D(5), D(45))
    assert [(tax.percent, tax.net, tax.tax) for tax in view.taxes] == [(D("6.35"), D(45), D("2.86"))]
    assert (view.gross, view.paid, view.balance) == (D("47.86"), D(20), D("27.86"))
    assert [(p.amount, p.method, p.note, p.taken_by_name) for p in view.payments] == [
        (D(20), "card", "ends 4410", "Administrator Smith")
    ]
    assert [(p.payer, p.amount) for p in view.payers] == [("Hartwell", D(10))]
    assert [entry.what for entry in view.history] == ["paid", "line_added", "line_added", "opened"]
    assert (view.client_name, view.title, view.is_open) == ("Dana Whitfield", "Draft 1", True)


@pytest.mark.req("CPX-4")
def test_ledger_and_delivery_state_of_each_part(clinic: Clinic) -> None:
    clinic.entitle("NAIL gold", 3)
    add(clinic, clinic.line("NAIL", 2))
    assert read(clinic).reserved_units == 2
    pay_and_close(clinic)
    [part] = read(clinic).lines[0].coverage
    assert (part.state, part.committed, part.reserved) == ("pending", D(2), D(0))

    def fail(work: object) -> None:
        session = work.session  # type: ignore[attr-defined]
        session.execute(
            update(OutboxRow).values(state="failed", attempts=1, problem="503 service unavailable")
        )
        session.add(
            OutboxAttempt(
                outbox_id=1,
                number=1,
                started_at=clock.now(),
                ended_at=clock.now(),
                outcome="retry",
                message="503 service unavailable",
            )
        )

    clinic.run(fail)
    view = read(clinic)
    [delivery] = view.deliveries
    assert (delivery.state, delivery.quantity, delivery.unsettled) == ("failed", D(2), True)
    assert [attempt.message for attempt in delivery.tries] == ["503 service unavailable"]
    assert view.lines[0].coverage[0].deliveries == (delivery,)
    clinic.run(lambda work: closing.reopen(work, 1, reason="one more"))
    clinic.run(lambda work: lines.change_line(work, 1, quantity=D(3)))
    [part] = read(clinic).lines[0].coverage
    assert (part.state, part.committed, part.reserved) == ("reserved", D(2), D(1))


def test_returns_name_what_they_return_and_what_is_left(clinic: Clinic) -> None:
    add(clinic, clinic.line("NAIL", 3))
    pay_and_close(clinic)
    clinic.run(lambda work: lines.return_line(work, 1, D(2), reason="slipped"))
    assert (read(clinic).lines[0].returned, read(clinic).lines[0].left_to_return) == (D(2), D(1))
    [back] = read(clinic, 2).lines
    assert (back.returns_text, back.returns_invoice_id, back.quantity) == ("NC-1, line 1", 1, D(-2))


def test_another_sites_invoice_does_not_exist(clinic: Clinic) -> None:
    add(clinic, clinic.line("NAIL"))
    with clinic.reading() as session, pytest.raises(NotFound):
        views.get(session, clinic.records.sites["south"], 1)


@pytest.mark.parametrize("count", [1, 20])
def test_an_invoice_is_read_in_eleven_queries_however_many_lines(clinic: Clinic, count: int) -> None:
    clinic.entitle("NAIL gold", 30)
    clinic.entitle("EXAM gold", 30)
    add(clinic, *[clinic.line("NAIL" if n % 2 else "EXAM") for n in range(count)])
    pay_and_close(clinic)
    clinic.run(lambda work: work.session.execute(update(OutboxRow).values(attempts=1)))
    with counted(clinic) as statements:
        assert len(read(clinic).lines) == count
    assert len([s for s in statements if s.startswith("SELECT")]) == 11
