"""Services of a plan added from its page: to treatment, to the invoice, one of several."""

import re

import httpx
import pytest

from plugins.careplans_covetrus.tests.plan_reading import HTMX, add, address, plan_text, row_of
from plugins.careplans_covetrus.tests.practice import Practice


@pytest.mark.req("CP-39", "CP-55")
@pytest.mark.parametrize(("where", "source"), [("treatment", "treatment"), ("invoice", "plugin")])
def test_adding_makes_one_line_at_zero_and_the_counter_falls(
    gold: Practice, desk: httpx.Client, where: str, source: str
) -> None:
    answer = add(gold, desk, "NAIL", where)
    assert answer.status_code == 200
    assert row_of(answer.text, "Nail trims").startswith(
        "Nail trims NAIL 3 1 (0 posted, 1 reserved or waiting) 2"
    )
    assert gold.entries() == [("reserve", 1, 1)]
    line = gold.line(1)
    assert (line.net, line.source, line.quantity) == (0, source, 1)
    assert f'href="/s/north/invoices/{line.invoice_id}"' in answer.text
    assert "30.00 saved, nothing to pay" in answer.text
    assert "Nail trim added to" in answer.headers["HX-Trigger"]
    treated = desk.get(address(gold, "/plans/1"), headers=HTMX)
    assert treated.status_code == 200


@pytest.mark.req("CP-39")
def test_alternates_are_chosen_from(gold: Practice, desk: httpx.Client) -> None:
    html = plan_text(gold, desk)
    item = gold.item("RAB")
    menu = re.search(rf'<div popover[^>]*id="add-treatment-{item.item_id}-menu".*?</div>', html, re.DOTALL)
    assert menu is not None
    assert re.findall(r"<span>([A-Z][a-z]+)<small>", menu[0]) == ["Rabies", "Distemper"]
    assert add(gold, desk, "DAPP", "treatment", item="RAB").status_code == 200
    assert gold.line(1).coverage[0].explanation.endswith("alternate of RAB")


@pytest.mark.req("CP-61")
def test_the_current_term_is_used_first_also_from_the_renewed_ones_page(
    gold: Practice, desk: httpx.Client
) -> None:
    renewed = next(i for i in gold.plans()[0].terms[1].items if i.vendor_item_id.endswith("-EXAM"))
    data = {"code": "EXAM", "where": "invoice", "term": "2"}
    for _ in range(3):
        answer = desk.post(address(gold, f"/plans/1/items/{renewed.item_id}"), data=data, headers=HTMX)
        assert answer.status_code == 200
    assert [gold.left("EXAM", term=term) for term in (0, 1)] == [0, 1]


def test_nothing_is_offered_where_nothing_is_left(gold: Practice, desk: httpx.Client) -> None:
    gold.add(("NAIL", 3))
    assert row_of(plan_text(gold, desk), "Nail trims").endswith("none left")


@pytest.mark.req("CPX-23")
def test_the_plan_that_is_picked_is_the_plan_that_is_used(gold: Practice, desk: httpx.Client) -> None:
    gold.plan(
        plan_id="P0",
        terms=[
            {
                "starts_on": gold.clinic.today().isoformat(),
                "expires_on": gold.clinic.today().isoformat(),
                "items": [{"code": "NAIL", "included": 3}],
            }
        ],
    )
    gold.refresh()
    assert add(gold, desk, "NAIL", "invoice").status_code == 200
    first, second = gold.plans()
    assert [p.plan.vendor_plan_id for p in (first, second)] == ["P1", "P0"]
    assert gold.left("NAIL") == 2  # though the other plan ends today


@pytest.mark.parametrize("status", ["suspended", "cancelled"])
def test_a_plan_that_is_not_active_offers_nothing(gold: Practice, desk: httpx.Client, status: str) -> None:
    gold.vendor.call("PATCH", "/plans/P1", {"status": status, "status_reason": "Two payments are unpaid"})
    gold.refresh()
    html = plan_text(gold, desk)
    assert "Two payments are unpaid" in html
    assert "/items/" not in html
    answer = add(gold, desk, "NAIL", "treatment")
    assert (answer.status_code, status in answer.text) == (409, True)


def test_a_plan_of_another_patient_or_account_is_not_here(gold: Practice, desk: httpx.Client) -> None:
    other = gold.clinic.records.patients["57B"]
    assert desk.get(f"/s/north/careplans/patients/{other}/plans/1", headers=HTMX).status_code == 404
    assert desk.get(address(gold, "/plans/99"), headers=HTMX).status_code == 404
    item = gold.item("NAIL").item_id
    wrong = desk.post(
        f"/s/north/careplans/patients/{other}/plans/1/items/{item}",
        data={"code": "NAIL", "where": "invoice"},
        headers=HTMX,
    )
    assert wrong.status_code == 404
    gold.settings("south", api_key="ANOTHER")
    assert desk.get(address(gold, "/plans/1", site="south"), headers=HTMX).status_code == 404
    assert gold.entries() == []


@pytest.mark.parametrize(
    "data", [{"code": "FOOD", "where": "invoice"}, {"code": "NAIL", "where": "moon"}, {"where": "invoice"}]
)
def test_what_cannot_be_meant_is_refused_and_nothing_is_added(
    gold: Practice, desk: httpx.Client, data: dict[str, str]
) -> None:
    item = gold.item("NAIL").item_id
    answer = desk.post(address(gold, f"/plans/1/items/{item}"), data=data, headers=HTMX)
    assert answer.status_code == 422
    assert "Not added." in answer.text
    assert gold.entries() == []
