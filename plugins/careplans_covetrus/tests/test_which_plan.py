"""Which plan pays where several could, in an order that nobody's luck decides; one query for all."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from fetlock.domain.invoices import previewing, quoting
from fetlock.platform.reading import SessionReading
from fetlock.services import add_invoice_lines
from fetlock_careplans_covetrus import pricing
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


# Plans of one patient, as (id, first day, length in days) from today; expected order of use.
_TABLE = [
    ("the one that ends first", {"PB": (-10, 300), "PA": (-10, 200)}, ["PA", "PB"]),
    ("then the one that began first", {"PB": (-20, 320), "PA": (-10, 310)}, ["PB", "PA"]),
    ("then the one with the lower id", {"PB": (-10, 300), "PA": (-10, 300)}, ["PA", "PB"]),
    (
        "all together",
        {"PC": (-10, 100), "PB": (-20, 110), "PA": (-5, 60), "PD": (-10, 100)},
        ["PA", "PB", "PC", "PD"],
    ),
]


@pytest.mark.req("CPX-23")
@pytest.mark.parametrize(("plans", "order"), [row[1:] for row in _TABLE], ids=[row[0] for row in _TABLE])
def test_several_plans_of_one_patient(
    practice: Practice, plans: dict[str, tuple[int, int]], order: list[str]
) -> None:
    _put(practice, plans)
    for count in range(1, len(order) + 1):
        line = practice.line(practice.add(("NAIL", 1)).line_ids[0])
        assert line.net == 0
        used = {shown.plan.vendor_plan_id for shown in practice.plans() if shown.terms[0].items[0].used}
        assert used == set(order[:count])


@pytest.mark.req("CPX-23")
def test_the_order_does_not_depend_on_how_plans_came(practice: Practice) -> None:
    first = {}
    for place, ids in enumerate(permutations(("PA", "PB", "PC"))):
        patient = ("57A", "57B", "58A")[place % 3]
        names = {plan_id: f"{plan_id}{place}" for plan_id in ids}
        _put(practice, {names[plan_id]: (-10, 300) for plan_id in ids}, patient=patient)
        practice.add(("NAIL", 1), patient=patient)
        used = [s.plan.vendor_plan_id for s in practice.plans(patient) if s.terms[0].items[0].used]
        first[place] = min(u[:2] for u in used)
    assert set(first.values()) == {"PA"}


@pytest.mark.req("CPX-23")
def test_staff_may_choose_the_plan(practice: Practice) -> None:
    _put(practice, {"PA": (-10, 200), "PB": (-10, 300)})
    chosen = next(s for s in practice.plans() if s.plan.vendor_plan_id == "PB").terms[0].items[0]
    clinic = practice.clinic
    wanted = clinic.line("NAIL", 2, preferred_entitlement_id=chosen.entitlement_id)
    changed = clinic.run(lambda work: add_invoice_lines(work, clinic.client_id, [wanted]))
    line = practice.line(changed.line_ids[0])
    assert [part.entitlement_id == chosen.entitlement_id for part in line.coverage] == [True, False]


def test_the_item_whose_own_code_it_is_comes_before_an_alternate(practice: Practice) -> None:
    """QA13: both in one plan; then the vendor's order."""
    practice.plan(
        [
            {"code": "EXAM", "included": 1, "alternates": ["NAIL"], "position": 1},
            {"code": "NAIL", "included": 1, "position": 2},
        ]
    )
    practice.refresh()
    practice.add(("NAIL", 1))
    assert [practice.left(code) for code in ("NAIL", "EXAM")] == [0, 1]
    practice.add(("NAIL", 1))
    assert [practice.left(code) for code in ("NAIL", "EXAM")] == [0, 0]


def test_a_plan_counts_only_for_its_own_patient_and_account(nails: Practice) -> None:
    assert nails.line(nails.add(("NAIL", 1), patient="57B").line_ids[0]).net == 30
    nails.settings("south", api_key="ANOTHER-ACCOUNT")
    assert nails.line(nails.add(("NAIL", 1), site="south").line_ids[0]).net == 30
    assert nails.plans(site="south") == []


def _put(practice: Practice, plans: dict[str, tuple[int, int]], patient: str = "57A") -> None:
    today = practice.clinic.today()
    for plan_id, (first, length) in plans.items():
        starts_on = today + timedelta(days=first)
        term = {
            "starts_on": starts_on.isoformat(),
            "expires_on": (starts_on + timedelta(days=length)).isoformat(),
            "items": [{"code": "NAIL", "included": 1}],
        }
        practice.plan(plan_id=plan_id, patient=patient, terms=[term])
    practice.refresh(patient)


@pytest.mark.parametrize("codes", [1, 300])
def test_one_query_prices_a_whole_invoice(nails: Practice, codes: int) -> None:
    clinic = nails.clinic
    for number in range(codes):
        clinic.product(f"X{number}", "10.00")
    lines = [clinic.line("NAIL", 1), *(clinic.line(f"X{number}", 1) for number in range(codes))]
    with clinic.reading() as session:
        work = clinic.work(session)
        quoted = tuple(previewing.quote_lines(work, lines))
        reading = Counting(SessionReading(session))
        quote = replace(quoting.build_quote(work, None, quoted, False), reading=reading)
        proposals = pricing.propose(quote)
    assert reading.count == 1
    assert [proposal.line for proposal in proposals if proposal.kind == "cover"] == [quoted[0].key]


class Counting:
    """A window that counts how often it is looked through."""

    def __init__(self, reading: SessionReading) -> None:
        self._reading = reading
        self.count = 0

    def rows(self, statement: Any, parameters: Any = None) -> Any:
        self.count += 1
        return self._reading.rows(statement, parameters)
