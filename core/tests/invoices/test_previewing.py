"""Prices shown before saving equal those after it; products to choose from, and what plans still hold."""

from decimal import Decimal
from typing import Any

import pytest

from fetlock.domain.invoices import lines, picking, previewing
from fetlock.domain.invoices.models import InvoiceLine
from fetlock.errors import Invalid, NotFound
from fetlock.testing import Clinic, SamplePlans

D = Decimal


@pytest.fixture
def plugins_under_test() -> tuple[object, ...]:
    return (SamplePlans(),)


def add(clinic: Clinic, *wanted: lines.NewLine) -> lines.Changed:
    return clinic.run(lambda work: lines.add_lines(work, clinic.client_id, list(wanted)))


def stored(clinic: Clinic) -> list[Any]:
    with clinic.reading() as session:
        return [
            (line.quantity, line.amount, line.covered_quantity, line.gross, [s.label for s in line.steps])
            for line in session.query(InvoiceLine).order_by(InvoiceLine.id)
        ]


@pytest.mark.req("H-30")
@pytest.mark.parametrize("standing", [[], [("NAIL", 1)], [("NAIL", 2), ("FOOD", 1)]])
def test_saving_gives_what_the_preview_showed(clinic: Clinic, standing: list[tuple[str, int]]) -> None:
    plan = clinic.entitle("NAIL gold", 2)
    invoice_id = None
    if standing:
        invoice_id = add(clinic, *[clinic.line(code, n) for code, n in standing]).invoice.id
    new = [clinic.line("NAIL", 2), clinic.line("FOOD", 3), clinic.line("DROPS", "1.11"), clinic.line("BLOOD")]
    with clinic.reading() as session:
        preview = previewing.preview_new(clinic.work(session), new, invoice_id=invoice_id)
    add(clinic, *new)
    assert [
        (line.quantity, line.amount, line.covered_quantity, line.gross, [s.label for s in line.steps])
        for line in preview.total.lines
    ] == stored(clinic)
    with clinic.reading() as session:
        [facts] = picking.plans_for(clinic.work(session), clinic.patient_id)
    assert preview.left[plan] == facts.available


@pytest.mark.req("CPX-30")
def test_a_typed_quantity_lets_the_badge_fall_before_it_is_saved(clinic: Clinic) -> None:
    plan = clinic.entitle("NAIL gold", 3)
    line_id = add(clinic, clinic.line("NAIL")).line_ids[0]
    with clinic.reading() as session:
        work = clinic.work(session)
        two = previewing.preview_change(work, line_id, quantity=D(2))
        four = previewing.preview_change(work, line_id, quantity=D(4))
    assert (two.left[plan], two.lines[line_id].amount) == (D(1), D(0))
    assert (four.left[plan], four.lines[line_id].amount) == (D(0), D(30))
    assert stored(clinic)[0][0] == 1


def test_a_preview_refuses_what_saving_refuses(clinic: Clinic) -> None:
    line_id = add(clinic, clinic.line("NAIL")).line_ids[0]
    with clinic.reading() as session:
        work = clinic.work(session)
        for bad in ("-1", "0", "NaN", "0.5", "99999999"):
            with pytest.raises(Invalid):
                previewing.preview_new(work, [clinic.line("NAIL", D(bad))])
            with pytest.raises(Invalid):
                previewing.preview_change(work, line_id, quantity=D(bad))
        with pytest.raises(NotFound):
            previewing.preview_change(clinic.work(session, site="south"), line_id, quantity=D(1))


def test_a_code_is_found_however_it_is_typed(clinic: Clinic) -> None:
    clinic.product("nail", "1.00", name="Something else")
    with clinic.reading() as session:
        for typed, code in [("NAIL", "NAIL"), (" nail ", "nail"), ("eXam", "EXAM")]:
            found = picking.by_code(session, typed)
            assert found is not None
            assert found.code == code
        assert picking.by_code(session, "nothing") is None


def test_products_to_choose_from_show_price_and_units_left(clinic: Clinic) -> None:
    clinic.entitle("NAIL gold", 1)
    clinic.entitle("NAIL next", 2, days=(336, 700), usable_from=-1, term=2)
    clinic.entitle("EXAM gold", 1)
    add(clinic, clinic.line("EXAM"))
    with clinic.reading() as session:
        work = clinic.work(session)
        products = [p for code in ("NAIL", "EXAM", "FOOD") if (p := picking.by_code(session, code))]
        nail, exam, food = picking.choices(work, products, clinic.patient_id)
        assert nail.price is not None
        assert exam.price is not None
        assert food.price is not None
        assert (nail.price.amount, nail.left) == (D(0), D(3))
        assert (exam.price.amount, exam.left) == (D(58), D(0))
        assert (food.price.amount, food.left) == (D(45), None)
        assert picking.choices(work, products, None)[0].price is None


@pytest.mark.req("CP-39")
def test_what_the_plans_still_pay_for_with_its_alternates(clinic: Clinic) -> None:
    clinic.entitle("NAIL+EXAM gold", 2, label="Checks, term 1")
    clinic.entitle("NAIL+EXAM next", 3, label="Checks, term 2", days=(336, 700), usable_from=-1, term=2)
    clinic.entitle("BLOOD gold", 1)
    add(clinic, clinic.line("BLOOD"))
    with clinic.reading() as session:
        work = clinic.work(session)
        [offer] = picking.offers(work, clinic.patient_id)
        assert [product.code for product in offer.products] == ["EXAM", "NAIL"]
        assert (offer.label, offer.left) == ("Checks, term 1", Decimal(5))
        assert picking.offers(work, clinic.records.patients["57B"]) == []
    clinic.switch("plans", "off")
    with clinic.reading() as session:
        assert picking.offers(clinic.work(session), clinic.patient_id) == []


def test_people_and_patients_to_choose_from(clinic: Clinic) -> None:
    with clinic.reading() as session:
        names = [person.first_name for person in picking.providers(session, clinic.records.sites["north"])]
        assert names == ["Administrator", "Nurse", "Receptionist", "Veterinarian"]
        assert [p.code for p in picking.patients_of(session, clinic.client_id)] == ["57A", "57B"]
