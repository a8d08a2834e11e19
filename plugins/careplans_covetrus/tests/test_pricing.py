"""Plan items cost nothing and fall off the allotment; other things get the plan's discount."""

from decimal import Decimal

import pytest

from fetlock import Blocked, NotPermitted
from fetlock.domain.invoices.lines import add_lines_to
from fetlock.services import add_invoice_lines, order_treatment
from fetlock_careplans_covetrus.naming import NAME
from plugins.careplans_covetrus.tests.practice import Practice


@pytest.fixture
def clinic_database_url(database_url: str) -> str:
    """On both databases."""
    return database_url


@pytest.fixture
def nails(practice: Practice) -> Practice:
    """57A has a plan of three nail trims (30.00 each)."""
    practice.plan([{"code": "NAIL", "included": 3}])
    practice.refresh()
    return practice


@pytest.mark.req("CP-1", "CP-56")
def test_quick_invoice_takes_a_plan_item_at_zero(nails: Practice) -> None:
    changed = nails.add(("NAIL", 1))
    assert nails.line(changed.line_ids[0]).net == 0
    assert nails.left("NAIL") == 2


@pytest.mark.req("CP-55")
def test_treatment_takes_a_plan_item_at_zero(nails: Practice) -> None:
    clinic = nails.clinic
    ordered = clinic.run(
        lambda work: order_treatment(
            work,
            patient_id=clinic.patient_id,
            product_id=clinic.records.products["NAIL"],
            quantity=Decimal(1),
        )
    )
    assert ordered.item.invoice_line_id is not None
    assert nails.line(ordered.item.invoice_line_id).net == 0
    assert nails.left("NAIL") == 2


@pytest.mark.req("CP-39", "CP-57")
def test_every_path_that_charges_makes_the_same_ledger_entry(practice: Practice) -> None:
    practice.plan([{"code": "NAIL", "included": 9}])
    practice.refresh()
    clinic = practice.clinic
    nail = clinic.line("NAIL")
    first = clinic.run(lambda work: add_invoice_lines(work, clinic.client_id, [nail])).invoice.id
    clinic.run(lambda work: add_lines_to(work, first, [nail]))
    clinic.run(
        lambda work: order_treatment(
            work, patient_id=nail.patient_id, product_id=nail.product_id, quantity=Decimal(1)
        )
    )
    other = practice.add(("EXAM", 1)).line_ids[0]  # not in the plan: no entry
    assert practice.entries() == [("reserve", Decimal(1), Decimal(1))] * 3
    assert practice.line(other).coverage == []
    assert practice.left("NAIL") == 6


@pytest.mark.req("CP-38")
def test_alternates_share_one_allotment_over_the_whole_term(practice: Practice) -> None:
    clinic = practice.clinic
    for code in ("A", "B"):
        clinic.product(code, "20.00")
    practice.plan([{"code": "A", "included": 10, "alternates": ["B"]}])
    practice.refresh()
    lines = practice.add(("A", 4), ("B", 3)).line_ids
    assert [practice.line(line).net for line in lines] == [0, 0]
    assert practice.left("A") == 3
    further = practice.add(("B", 4)).line_ids[0]
    assert (practice.line(further).covered_quantity, practice.line(further).net) == (3, 20)
    assert practice.left("A") == 0


@pytest.mark.req("CP-40")
def test_available_is_included_less_used_and_over_use_is_flagged(nails: Practice) -> None:
    line = nails.add(("NAIL", 2)).line_ids[0]
    shown = nails.item("NAIL")
    assert (shown.included, shown.used, shown.posted, shown.reserved, shown.left) == (3, 2, 0, 2, 1)
    nails.change(line, 5)  # two of them beyond the allotment, at their price
    shown = nails.item("NAIL")
    assert (shown.used, shown.left, shown.over) == (3, 0, 0)
    nails.plan([{"code": "NAIL", "included": 1}])  # the vendor's word on what is included always wins
    nails.refresh()
    shown = nails.item("NAIL")
    assert (shown.included, shown.used, shown.left, shown.over) == (1, 3, 0, 2)


@pytest.mark.req("CP-61", "CP-62")
def test_the_current_term_is_used_before_the_renewed_one(practice: Practice) -> None:
    practice.two_terms("NAIL", current=1, renewed=2)
    practice.refresh()
    line = practice.line(practice.add(("NAIL", 2)).line_ids[0])
    assert (line.net, line.covered_quantity) == (0, 2)
    assert [(part.quantity, part.amount) for part in line.coverage] == [(1, 30), (1, 30)]
    assert practice.entries() == [("reserve", 1, 1), ("reserve", 1, 1)]
    assert [practice.left("NAIL", term=term) for term in (0, 1)] == [0, 1]


@pytest.mark.req("CP-61")
def test_a_later_term_is_not_touched_before_it_is_flagged(practice: Practice) -> None:
    practice.plan(
        terms=[
            {"items": [{"code": "NAIL", "included": 1}]},
            {"items": [{"code": "NAIL", "included": 2}]},
        ]
    )
    practice.refresh()
    line = practice.line(practice.add(("NAIL", 2)).line_ids[0])
    assert (line.covered_quantity, line.net) == (1, 30)


@pytest.mark.req("CP-63")
def test_the_invoice_shows_zero_lines_and_the_savings_in_all(practice: Practice) -> None:
    practice.plan([{"code": "NAIL", "included": 3}, {"code": "EXAM", "included": 1}])
    practice.refresh()
    changed = practice.add(("NAIL", 2), ("EXAM", 1))
    assert [practice.line(line).amount for line in changed.line_ids] == [0, 0]
    invoice = practice.invoice(changed.invoice.id)
    assert (invoice.savings, invoice.list_total, invoice.gross) == (Decimal(118), Decimal(118), 0)


@pytest.mark.req("CP-64")
def test_a_return_goes_back_to_the_term_it_came_from(practice: Practice) -> None:
    practice.plan([{"code": "NAIL", "included": 3}])
    practice.refresh()
    sold = practice.add(("NAIL", 2))
    practice.close(sold.invoice.id)
    assert practice.left("NAIL") == 1
    practice.give_back(sold.line_ids[0], 1)
    assert practice.left("NAIL") == 2


@pytest.mark.req("CP-64")
def test_what_two_terms_covered_comes_back_to_the_later_one_first(practice: Practice) -> None:
    practice.two_terms("NAIL", current=1, renewed=2)
    practice.refresh()
    sold = practice.add(("NAIL", 3))
    practice.close(sold.invoice.id)
    back = practice.give_back(sold.line_ids[0], 2)
    assert [practice.left("NAIL", term=term) for term in (0, 1)] == [0, 2]
    practice.close(back.invoice.id)
    assert [practice.left("NAIL", term=term) for term in (0, 1)] == [0, 2]
    practice.close(practice.give_back(sold.line_ids[0], 1).invoice.id)
    assert [practice.left("NAIL", term=term) for term in (0, 1)] == [1, 2]


@pytest.mark.req("CP-65")
def test_a_return_after_the_plan_ended_restores_nothing(nails: Practice) -> None:
    sold = nails.add(("NAIL", 2))
    nails.close(sold.invoice.id)
    nails.work_off()
    nails.vendor.call("PATCH", "/plans/P1", {"status": "cancelled"})
    nails.refresh()
    nails.close(nails.give_back(sold.line_ids[0], 1).invoice.id)
    assert nails.left("NAIL") == 1
    assert nails.entries()[-1] == ("reverse", 1, 0)
    nails.work_off()
    assert [usage["quantity"] for usage in nails.vendor.usages()] == [2]


@pytest.mark.req("CP-66")
@pytest.mark.parametrize("quantity", ["1.5", "0.1", "2.01"])
@pytest.mark.parametrize("code", ["NAIL", "DROPS"])
def test_part_of_a_unit_is_refused_with_the_way_out(practice: Practice, code: str, quantity: str) -> None:
    practice.plan([{"code": code, "included": 3}])
    practice.refresh()
    with pytest.raises(Blocked) as refused:
        practice.add((code, quantity))
    veto = refused.value.vetoes[0]
    assert (veto.field, veto.overridable, veto.plugin) == ("quantity", False, NAME)
    assert "link an inventory item" in veto.reason
    assert practice.entries() == []
    line = practice.add((code, 2)).line_ids[0]
    with pytest.raises(Blocked):
        practice.change(line, quantity)
    assert practice.line(line).quantity == 2


@pytest.mark.req("CP-66")
def test_a_part_that_stood_before_the_plan_came_is_never_covered(practice: Practice) -> None:
    line = practice.add(("DROPS", "1.5")).line_ids[0]
    practice.plan([{"code": "DROPS", "included": 3}])
    practice.refresh()
    practice.add(("NAIL", 1))  # prices the whole invoice again
    assert practice.line(line).amount == Decimal("18.60")
    assert practice.entries() == []
    practice.add(("DROPS", "0.25"), patient="57B")  # another patient's drops are no plan item


@pytest.mark.req("CPX-40")
def test_every_covered_part_says_why(practice: Practice) -> None:
    terms = [
        {"items": [{"code": "NAIL", "name": "Paws", "included": 1, "alternates": ["EXAM"]}]},
        {
            "items": [{"code": "NAIL", "name": "Paws", "included": 1, "alternates": ["EXAM"]}],
            "flagged_early": True,
        },
    ]
    practice.plan(terms=terms)
    practice.refresh()
    nail, exam = practice.add(("NAIL", 1), ("EXAM", 1)).line_ids
    assert [part.explanation for part in practice.line(nail).coverage] == [
        "covered by Care Plan: Gold, term 1, item Paws"
    ]
    assert [part.explanation for part in practice.line(exam).coverage] == [
        "covered by Care Plan: Gold, term 2, item Paws, alternate of NAIL"
    ]


@pytest.mark.req("CPX-40")
def test_the_longest_names_are_cut_not_refused(practice: Practice) -> None:
    item = {"code": "NAIL", "name": "n" * 200, "included": 1, "alternates": ["EXAM"]}
    practice.plan([item], name="p" * 200)
    practice.refresh()
    sold = practice.add(("EXAM", 1))
    assert practice.line(sold.line_ids[0]).net == 0
    assert len(practice.line(sold.line_ids[0]).coverage[0].explanation) <= 500
    practice.close(sold.invoice.id)
    assert all(len(parcel.subject) <= 300 for parcel in practice.parcels())


@pytest.mark.req("CP-70")
def test_a_reopened_invoice_keeps_its_coverage_when_the_plan_has_ended(nails: Practice) -> None:
    sold = nails.add(("NAIL", 2))
    nails.close(sold.invoice.id)
    nails.vendor.call("PATCH", "/plans/P1", {"status": "cancelled"})
    nails.refresh()
    nails.reopen(sold.invoice.id)
    clinic = nails.clinic
    clinic.run(lambda work: add_lines_to(work, sold.invoice.id, [clinic.line("NAIL", 1)]))
    lines = nails.line(sold.line_ids[0])
    assert (lines.net, lines.covered_quantity) == (0, 2)
    assert nails.invoice(sold.invoice.id).gross == 30  # the new one is not covered any more


def test_charging_needs_the_permission(nails: Practice) -> None:
    clinic = nails.clinic
    nobody = clinic.actor("Nurse")
    nobody = type(nobody)(staff_id=nobody.staff_id, name=nobody.name)
    with pytest.raises(NotPermitted):
        clinic.run(
            lambda work: add_invoice_lines(work, clinic.client_id, [clinic.line("NAIL")]), actor=nobody
        )
    assert nails.entries() == []
