"""Lines on the page of an invoice: added, changed in place, removed; faults stand beside their field."""

from decimal import Decimal

import pytest
from httpx import Client

from fetlock.domain.invoices import lines
from fetlock_hostapp.testing import WebClinic
from hostapp.tests.invoices.desk import HTMX, begin, press, read, text_of, value_of

D = Decimal


@pytest.fixture
def client(web: WebClinic) -> Client:
    return web.signed_in("Receptionist")


@pytest.mark.req("H-31", "CPX-40")
def test_why_this_price_stands_at_every_line(web: WebClinic, client: Client) -> None:
    web.clinic.entitle("NAIL gold", 1, label="Nail trims")
    begin(web, ("NAIL", 3), ("FOOD", 1), ("BLOOD", 1))
    page = client.get("/s/north/invoices/1")
    assert page.status_code == 200
    text = text_of(page)
    assert "Base price 3 × 30.00, Price list Price list 0.1" in text
    assert (
        "Plan entitlement covers 1 of 3: Nail trims, term 1. None left for the rest Sample plans 1.0" in text
    )
    assert "Discount Out-of-plan discount 10 % Sample plans 1.0" in text
    assert "Tax Tax 6.35 % on 45.00 Fetlock" in text
    assert "excluded from percentage discounts" in text
    assert "1 × 0.00 + 2 × 30.00" in text
    assert "Care plan savings −30.00" in text
    assert text.count("why this price?") == 3


def test_a_line_is_added_by_its_code_and_the_person_goes_on(web: WebClinic, client: Client) -> None:
    begin(web, ("NAIL", 1))
    answer = press(client, "1/lines", product="exam", quantity="2", patient_id=web.clinic.patient_id, seen=2)
    assert answer.status_code == 200
    assert "Wellness exam added." in answer.headers["hx-trigger"]
    assert [(line.product_code, line.quantity) for line in read(web).lines] == [
        ("NAIL", D(1)),
        ("EXAM", D(2)),
    ]
    assert (value_of(answer, "add-product"), value_of(answer, "add-quantity")) == ("", "1")


def test_without_scripts_the_page_comes_back_with_what_is_to_be_told(web: WebClinic, client: Client) -> None:
    web.clinic.entitle("NAIL gold", 1, label="Nail trims")
    begin(web, ("EXAM", 1))
    form = {"product": "NAIL", "quantity": "2", "patient_id": str(web.clinic.patient_id)}
    answer = client.post("/s/north/invoices/1/lines", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/s/north/invoices/1")
    text = text_of(client.get("/s/north/invoices/1"))
    assert "Nail trims: 1 of 2 covered, none left for the other 1, which cost 30.00." in text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("-1", "Enter a quantity above 0. To give something back, use Return."),
        ("0", "Enter a quantity above 0."),
        ("1.5", "NAIL is counted in each: whole numbers only."),
        ("99999999", "Enter at most 100,000."),
        ("two", "Quantity must be a number, such as 1.5."),
        ("", "Enter quantity."),
        ("1e5", "Quantity must be a number"),
    ],
)
def test_an_impossible_quantity_is_said_beside_its_field_and_nothing_is_lost(
    web: WebClinic, client: Client, typed: str, said: str
) -> None:
    begin(web, ("NAIL", 1))
    before = read(web)
    added = press(
        client, "1/lines", product="NAIL", quantity=typed, patient_id=web.clinic.patient_id, provider_id=2
    )
    assert added.status_code == 422
    assert said in text_of(added)
    assert (value_of(added, "add-quantity"), value_of(added, "add-product")) == (typed, "NAIL")
    assert 'aria-describedby="add-quantity-error"' in added.text
    changed = press(client, f"1/lines/{before.lines[0].id}", quantity=typed, seen=before.revision)
    assert changed.status_code == 422
    assert said in text_of(changed)
    assert value_of(changed, f"qty-{before.lines[0].id}") == typed
    assert read(web) == before


@pytest.mark.parametrize(
    ("typed", "said"), [("NOPE", "No product has the code “NOPE”"), ("", "Choose a product")]
)
def test_an_unknown_product_is_said_beside_its_field(
    web: WebClinic, client: Client, typed: str, said: str
) -> None:
    begin(web, ("NAIL", 1))
    answer = press(client, "1/lines", product=typed, quantity="x", patient_id=web.clinic.patient_id)
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert "Quantity must be a number" in text_of(answer)
    assert (value_of(answer, "add-product"), value_of(answer, "add-quantity")) == (typed, "x")


def test_a_removed_line_can_be_put_back(web: WebClinic, client: Client) -> None:
    web.clinic.entitle("NAIL gold", 1)
    begin(web, ("NAIL", 1), ("FOOD", 1))
    line = read(web).lines[0]
    answer = press(client, f"1/lines/{line.id}/remove", seen=3)
    assert f'action="/s/north/invoices/1/lines/{line.id}/restore"' in answer.text
    assert [each.product_code for each in read(web).lines] == ["FOOD"]
    assert press(client, f"1/lines/{line.id}/restore").status_code == 200
    assert read(web).lines[0].id == line.id
    assert read(web).lines[0].net == 0


@pytest.mark.req("H-36")
def test_the_later_save_is_told_what_others_did_and_nothing_is_lost(web: WebClinic) -> None:
    ann, ruth = web.signed_in("Nurse"), web.signed_in("Receptionist")
    begin(web, ("NAIL", 1), ("FOOD", 1))
    nails, food = read(web).lines
    seen = read(web).revision
    assert press(ann, f"1/lines/{food.id}", quantity="2", seen=seen).status_code == 200
    answer = press(ruth, f"1/lines/{nails.id}", quantity="3", seen=seen)
    assert answer.status_code == 200
    text = text_of(answer)
    assert "Nurse Smith saved this invoice while you had it open." in text
    assert "Line 2: quantity 1 → 2" in text
    assert "Receptionist Smith saved this invoice" not in text
    assert [line.quantity for line in read(web).lines] == [3, 2]


@pytest.mark.req("H-36")
def test_two_changes_of_one_line_keep_what_was_typed_and_ask_to_look(web: WebClinic) -> None:
    ann, ruth = web.signed_in("Nurse"), web.signed_in("Receptionist")
    begin(web, ("NAIL", 1))
    line, seen = read(web).lines[0], read(web).revision
    press(ann, f"1/lines/{line.id}", quantity="5", seen=seen)
    refused = press(ruth, f"1/lines/{line.id}", quantity="2", seen=seen)
    assert refused.status_code == 409
    assert "Somebody changed line 1 meanwhile: its quantity is now 5." in text_of(refused)
    assert value_of(refused, f"qty-{line.id}") == "2"
    assert read(web).lines[0].quantity == 5
    now = read(web).revision
    assert f'name="seen" value="{now}"' in refused.text
    assert press(ruth, f"1/lines/{line.id}", quantity="2", seen=now).status_code == 200
    assert read(web).lines[0].quantity == 2


@pytest.mark.req("H-36", "CPX-1")
def test_a_unit_that_somebody_else_took_is_told_at_once(web: WebClinic, client: Client) -> None:
    web.clinic.entitle("NAIL gold", 1, label="Nail trims")
    begin(web, ("EXAM", 1))
    clinic = web.clinic
    clinic.run(lambda work: lines.add_lines(work, clinic.client_id, [clinic.line("NAIL")]), site="south")
    answer = press(client, "1/lines", product="NAIL", quantity="1", patient_id=clinic.patient_id)
    assert "Nail trims: 0 of 1 covered, none left for the other 1, which cost 30.00." in text_of(answer)
    assert "none left for the other 1" in answer.headers["hx-trigger"]


def test_explanations_that_stood_open_are_drawn_open_again(web: WebClinic, client: Client) -> None:
    begin(web, ("NAIL", 1), ("FOOD", 1))
    answer = press(client, "1/lines/1", quantity="2", seen=2, open_rows="2,x,99")
    assert '<tr class="why" id="why-1" hidden>' in answer.text
    assert '<tr class="why" id="why-2">' in answer.text


def test_the_dialog_of_a_line_changes_provider_date_and_plan(web: WebClinic, client: Client) -> None:
    first = web.clinic.entitle("NAIL gold", 5, label="Gold: nails", days=(-10, 100))
    second = web.clinic.entitle("NAIL silver", 5, label="Silver: nails", chain="silver", days=(-10, 200))
    begin(web, ("NAIL", 1))
    dialog = client.get("/s/north/invoices/1/lines/1/edit", headers=HTMX)
    assert "Silver: nails, term 1, 5 left" in text_of(dialog)
    assert read(web).lines[0].coverage[0].entitlement_id == first
    vet = web.clinic.records.staff["Veterinarian"]
    fields = {"quantity": "2", "service_date": "2026-11-01", "provider_id": vet, "plan": second, "seen": 2}
    answer = press(client, "1/lines/1/edit", **fields)
    assert answer.status_code == 200
    assert 'hx-swap-oob="morph"' in answer.text
    line = read(web).lines[0]
    assert (line.quantity, line.provider_id, line.service_date.isoformat()) == (D(2), vet, "2026-11-01")
    assert line.coverage[0].entitlement_id == second
    fields |= {"seen": read(web).revision, "plan": "", "provider_id": ""}
    press(client, "1/lines/1/edit", **fields)
    assert (read(web).lines[0].coverage[0].entitlement_id, read(web).lines[0].provider_id) == (first, None)
    refused = press(
        client, "1/lines/1/edit", **(fields | {"quantity": "-2", "service_date": "soon", "seen": 4})
    )
    assert refused.status_code == 422
    assert "Service date must be a day" in text_of(refused)
    refused = press(client, "1/lines/1/edit", **(fields | {"quantity": "-2", "seen": 4}))
    assert "Enter a quantity above 0." in text_of(refused)
    assert value_of(refused, "f-quantity") == "-2"


@pytest.mark.req("CPX-30", "H-30")
def test_prices_are_shown_before_anything_is_saved(web: WebClinic, client: Client) -> None:
    web.clinic.entitle("NAIL gold", 3)
    begin(web, ("NAIL", 1))
    before = read(web)
    badge = client.get("/s/north/invoices/1/lines/1/preview?quantity=2")
    assert text_of(badge).strip() == "0.00 60.00 1 left"
    assert "2 covered, 1 × 30.00 30.00 90.00 0 left" in text_of(
        client.get(
            f"/s/north/invoices/1/lines/preview?product=NAIL&quantity=3&patient_id={web.clinic.patient_id}"
        )
    )
    wrong = client.get("/s/north/invoices/1/lines/1/preview?quantity=-2")
    assert "Enter a quantity above 0" in text_of(wrong)
    found = client.get(f"/s/north/invoices/products?product=na&patient_id={web.clinic.patient_id}")
    assert "Nail trim NAIL 30.00 0.00 2 left" in text_of(found)
    assert read(web) == before


@pytest.mark.req("CP-39")
def test_what_the_plan_still_holds_is_added_with_one_press(web: WebClinic, client: Client) -> None:
    plan = web.clinic.entitle("NAIL gold", 2, label="Care Plan: Gold, term 1: Nail trims")
    web.clinic.entitle("EXAM+BLOOD gold", 1, label="Care Plan: Gold, term 1: Checks")
    begin(web, ("FOOD", 1))
    chips = client.get("/s/north/invoices/1/plan-items", headers=HTMX)
    text = text_of(chips)
    assert "Biscuit’s plan: Nail trims 2 left" in text
    assert "Checks: choose one Blood panel BLOOD Wellness exam EXAM" in text
    assert "Olive" not in text
    press(client, "1/lines", product_id=1, quantity=1, patient_id=web.clinic.patient_id)
    assert read(web).lines[1].coverage[0].entitlement_id == plan


def test_an_invoice_of_another_site_does_not_exist(web: WebClinic, client: Client) -> None:
    begin(web, ("NAIL", 1))
    assert client.get("/s/south/invoices/1").status_code == 404
    assert client.post("/s/south/invoices/1/lines/1", data={"quantity": "2"}).status_code == 404
    assert client.get("/s/north/invoices/99").status_code == 404
    assert press(client, "1/lines/99", quantity="2").status_code == 404
    second = web.clinic.run(
        lambda work: lines.add_lines(
            work, web.clinic.records.clients["58"], [web.clinic.line("FOOD", patient="58A")]
        )
    )
    assert press(client, f"1/lines/{second.line_ids[0]}", quantity="2").status_code == 404
    assert read(web).lines[0].quantity == 1
